import { connect, type Socket } from 'node:net';

export type Answer = {
  status: number;
  body: Buffer;
  /** Of the head and the body. */
  bytes: number;
};
/** The body is valid only during the call: the next answer overwrites it. */
export type OnAnswer = (answer: Answer | Error) => void;

/**
 * One kept connection, which asks one thing at a time. No more of HTTP than the servers measured
 * here use: an answer with a Content-Length, and `Connection: close` where it is the last one.
 */
export type Connection = { ask: (request: Buffer, onAnswer: OnAnswer) => void; close: () => void };

const answerWithinMs = 10_000;

/**
 * Reused for each read. Node's own 64 KB an answer called the garbage collector every 400 ms, which
 * kept Postgres from their core for 10 ms.
 */
const bufferBytes = 64 * 1024;

export function openConnection(port: number): Connection {
  let socket: Socket | null = null;
  let waiting: OnAnswer | null = null;
  let received: Buffer | null = null;
  const buffer = Buffer.allocUnsafe(bufferBytes);

  function settle(answer: Answer | Error): void {
    const onAnswer = waiting;
    waiting = null;
    received = null;
    onAnswer?.(answer);
  }

  function open(): Socket {
    const onread = { buffer, callback: (size: number) => onRead(buffer.subarray(0, size)) };
    const opened = connect({ port, host: '127.0.0.1', noDelay: true, onread });
    const lose = (error: Error) => {
      if (socket !== opened) return;
      socket = null;
      received = null;
      opened.destroy();
      if (waiting) settle(error);
    };
    opened.setTimeout(answerWithinMs);
    opened.on('timeout', () => lose(new Error(`no answer within ${answerWithinMs} ms`)));
    opened.on('error', lose);
    opened.on('close', () => lose(new Error('the connection was closed')));
    const onRead = (chunk: Buffer): boolean => {
      const all = received === null ? chunk : Buffer.concat([received, chunk]);
      const end = all.indexOf('\r\n\r\n');
      const head = all.toString('latin1', 0, Math.max(end, 0));
      const length = Number(/\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (end === -1 || all.length < end + 4 + length) {
        received = Buffer.from(all);
      } else if (Number.isNaN(length)) {
        lose(new Error(`an answer without a length: ${head}`));
      } else {
        if (/\nconnection: close/i.test(head)) {
          socket = null;
          opened.destroy();
        }
        settle({
          status: Number(head.slice(9, 12)),
          body: all.subarray(end + 4, end + 4 + length),
          bytes: end + 4 + length,
        });
      }
      return true;
    };
    return opened;
  }

  return {
    ask: (request, onAnswer) => {
      waiting = onAnswer;
      socket ??= open();
      socket.write(request);
    },
    close: () => {
      const last = socket;
      socket = null;
      last?.destroy();
    },
  };
}

/** The answer to one request, on a connection of its own. */
export function askOnce(port: number, request: Buffer): Promise<Answer> {
  const connection = openConnection(port);
  return new Promise((resolve, reject) => {
    connection.ask(request, (answer) => {
      connection.close();
      if (answer instanceof Error) reject(answer);
      else resolve({ ...answer, body: Buffer.from(answer.body) });
    });
  });
}
