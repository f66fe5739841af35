import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';

/** A connection sends one request after another; proxies never have more than one under way. */
const maxRequestsInHand = 16;

/** The next answer waits while more of the one before than this is unread. */
const maxUnreadBytes = 4 * 1024;

/** An answer that is not read by then closes its connection; the largest has some 64 KiB. */
const unreadTimeoutMs = 8_000;

const checkIntervalMs = 1_000;

/** High: a low limit helps a caller with many slow connections to keep good requests out. */
const defaultMaxConnections = 5_000;

/** A request needs milliseconds; one that is not verified by then may make room for another. */
const minAgeToEvictMs = 2_000;

/** Bytes that Node parses at once: a whole read of 64 KiB may hold a thousand requests. */
const maxParsedBytes = 1024;

type Connection = {
  openedAt: number;
  /** Requests that were parsed and not answered yet, the one under way included. */
  inHand: number;
  /** Begin the next requests, in order. */
  waiting: (() => void)[];
  /** Since when a part of its answers is unread; null where all is read. */
  unreadSince: number | null;
};

/** Connections that carried a verified request, such as a reverse proxy's. */
const verified = new WeakSet<Socket>();

/** Keeps this request's connection when others must make room for new ones. */
export function markVerified({ socket }: IncomingMessage): void {
  verified.add(socket);
}

export type ConnectionGuard = {
  /** Begins each request of a connection when the one before it is answered and read. */
  inTurn: (handle: RequestListener) => RequestListener;
  /** Closes connections that carry no request at the moment. */
  closeIdle: () => void;
};

/**
 * Bounds what a caller without a signature can make this process hold: requests of a connection,
 * unread answers, and connections. `onRejected` gets the class of each rejection.
 */
export function guardConnections(
  server: Server,
  onRejected: (failure: string) => void,
  maxConnections = defaultMaxConnections,
): ConnectionGuard {
  /** The oldest first. */
  const connections = new Map<Socket, Connection>();

  function destroy(socket: Socket, failure: string): void {
    onRejected(failure);
    connections.delete(socket);
    socket.destroy();
  }

  server.on('connection', (socket) => {
    if (connections.size >= maxConnections && !makeRoom()) return destroy(socket, 'connections');
    const openedAt = performance.now();
    connections.set(socket, { openedAt, inHand: 0, waiting: [], unreadSince: null });
    socket.once('close', () => connections.delete(socket));
    parseInPieces(socket);
  });

  /** Closes the oldest unverified connection: an idle one, else one whose request is late. */
  function makeRoom(): boolean {
    const evictBefore = performance.now() - minAgeToEvictMs;
    let late: Socket | null = null;
    for (const [socket, { inHand, openedAt }] of connections) {
      if (verified.has(socket)) continue;
      if (inHand === 0) {
        destroy(socket, 'connections');
        return true;
      }
      if (openedAt < evictBefore) late ??= socket;
    }
    if (late !== null) destroy(late, 'connections');
    return late !== null;
  }

  function check(): void {
    const now = performance.now();
    for (const [socket, connection] of connections) {
      if (socket.writableLength === 0) connection.unreadSince = null;
      else connection.unreadSince ??= now;
      if (now - (connection.unreadSince ?? now) > unreadTimeoutMs) destroy(socket, 'unread');
    }
  }
  const timer = setInterval(check, checkIntervalMs);
  timer.unref();
  server.on('close', () => clearInterval(timer));

  function inTurn(handle: RequestListener): RequestListener {
    return (req, res) => {
      const { socket } = req;
      const connection = connections.get(socket);
      // The last piece that was parsed may hold more requests.
      if (connection === undefined || socket.destroyed) return;
      if (connection.inHand === maxRequestsInHand) return destroy(socket, 'pipelined');
      connection.inHand++;
      res.once('close', () => {
        connection.inHand--;
        beginNext(socket, connection);
      });
      if (connection.inHand === 1) handle(req, res);
      else connection.waiting.push(() => handle(req, res));
    };
  }

  function beginNext(socket: Socket, connection: Connection): void {
    const [next] = connection.waiting;
    if (next === undefined || socket.destroyed) return;
    if (socket.writableLength > maxUnreadBytes)
      return void socket.once('drain', () => beginNext(socket, connection));
    connection.waiting.shift();
    next();
  }

  function closeIdle(): void {
    for (const [socket, { inHand }] of connections) if (inHand === 0) socket.destroy();
  }

  return { inTurn, closeIdle };
}

/** More than a proxy and a browser send. */
const maxHeaders = 100;

export const hasTooManyHeaders = ({ rawHeaders }: IncomingMessage) =>
  rawHeaders.length > 2 * maxHeaders;

/**
 * Hands what is received to Node's parser piece by piece, and nothing more once the connection is
 * closed. A listener for data keeps Node from parsing whole reads out of our sight.
 */
function parseInPieces(socket: Socket): void {
  const push = socket.push;
  socket.on('data', () => {});
  socket.push = (chunk: Buffer | null, encoding) => {
    if (chunk === null || chunk.length <= maxParsedBytes) return push.call(socket, chunk, encoding);
    let mayGoOn = true;
    for (let from = 0; from < chunk.length && !socket.destroyed; from += maxParsedBytes)
      mayGoOn = push.call(socket, chunk.subarray(from, from + maxParsedBytes), encoding);
    return mayGoOn;
  };
}
