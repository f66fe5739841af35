import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { sign } from '../../../src/helpscout/signature.ts';
import { secretKey } from '../../examples.ts';

/** What came back over one connection, byte for byte. */
export type Exchange = {
  text: string;
  /** Of all answers, in order. */
  statuses: number[];
  isClosed: boolean;
  /** From the first byte sent until the connection was closed, or until nobody waited any longer. */
  ms: number;
  /** How many bytes went out before that. */
  sentBytes: number;
};

type Part = string | Buffer;

/**
 * Sends these parts in packets of their own, and listens until the server closes, or has given so
 * many answers and no other, or `forMs` are over.
 */
export async function exchange(
  port: number,
  parts: Iterable<Part>,
  answers: number,
  forMs: number,
): Promise<Exchange> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      resolve();
    });
  });
  socket.on('error', () => {});
  socket.setEncoding('latin1').on('data', (received) => {
    text += received;
  });
  const started = performance.now();
  for (const part of parts) {
    if (isClosed) break;
    if (!socket.write(part)) await drained(socket, closed);
    else await new Promise(setImmediate);
  }
  while (!isClosed && statusesIn(text).length < answers && performance.now() - started < forMs)
    await wait(10);
  if (!isClosed) await Promise.race([closed, wait(300)]);
  const ms = Math.round(performance.now() - started);
  const sentBytes = socket.bytesWritten;
  socket.destroy();
  return { text, statuses: statusesIn(text), isClosed, ms, sentBytes };
}

/** An answer's body ends without a line feed, and html has no such words. */
const statusesIn = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

function drained(socket: Socket, closed: Promise<void>): Promise<unknown> {
  const drain = new Promise((resolve) => socket.once('drain', resolve));
  return Promise.race([drain, closed, wait(2_000)]);
}

/** The first lines of a request to the hook; each header a line. */
export function head(...headers: string[]): string {
  return ['POST /helpscout HTTP/1.1', 'Host: sidebar.test', ...headers, '', ''].join('\r\n');
}

export const signatureOf = (body: Part) => `X-HelpScout-Signature: ${sign(secretKey, body)}`;
export const lengthOf = (body: Part) => `Content-Length: ${Buffer.byteLength(body)}`;
