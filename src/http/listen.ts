import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, Server as TcpServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Express, Request, Response } from 'express';
import { StartError } from '../domain/start-error.ts';
import { guardConnections, hasTooManyHeaders } from './connections.ts';
import { expressPrototypes } from './express-prototypes.ts';
import { warmUp } from './warm-up.ts';

/** The address is not free or not ours; the message is for the operator's console. */
export class ListenError extends StartError {
  override name = 'ListenError';
}

export type Listening = {
  /** The port, which differs from the one asked for when that was 0. */
  port: number;
  /** From now on every response closes its connection. */
  disableKeepAlive: () => void;
  /** Accepts no new request, waits for those in flight, and resolves when all are answered. */
  close: () => Promise<void>;
};

export type ListenOptions = {
  /** What came over a connection and was no request: Node's code for it, or ours. */
  onRejected?: (failure: string) => void;
  /** What the port and the host are called in messages. */
  settings?: { port: string; host: string };
  /** For how long an idle connection is kept. */
  keepAliveMs?: number;
};

/** Requests are small, so slow ones are cut off sooner than by Node. */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 8_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
};

/**
 * Longer than any proxy keeps its idle connections (Caddy 120 s, Google Cloud 600 s), which would
 * else send a request into a connection that is just closing.
 */
const defaultKeepAliveMs = 620_000;

/** How long open connections may still send a request at a stop: it may be on its way. */
const lateRequestsMs = 250;

/** How long requests in flight may take at a stop. */
const drainMs = 2_000;

export async function listen(
  app: RequestListener | Express,
  port: number,
  host: string,
  options: ListenOptions = {},
): Promise<Listening> {
  const { onRejected = () => {}, settings = { port: 'PORT', host: 'HOST' } } = options;
  const { keepAliveMs = defaultKeepAliveMs } = options;
  const prototypes = 'request' in app ? expressPrototypes(app) : {};
  const answer = 'request' in app ? withoutFinalHandler(app) : app;
  const server = createServer({ ...limits, ...prototypes, keepAliveTimeout: keepAliveMs });
  // Node 20 would drop the headers above a limit in silence; their bytes are limited anyway.
  server.maxHeadersCount = 0;
  const { inTurn, closeIdle } = guardConnections(server, onRejected);
  const handle = inTurn((req, res) => {
    if (!hasTooManyHeaders(req)) return answer(req, res);
    onRejected('too_many_headers');
    res.writeHead(431, { Connection: 'close', 'Content-Length': 0 }).end();
  });
  server.on('request', handle);

  // `Expect: 100-continue` goes to the app, which may reject the body unread.
  server.on('checkContinue', (req, res) => {
    req.once('resume', () => {
      if (!res.headersSent) res.writeContinue();
    });
    handle(req, res);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const failure = error.code ?? 'unknown';
    onRejected(failure);
    if (socket.writable && failure !== 'ECONNRESET') socket.end(rejection(failure));
    else socket.destroy();
  });
  await warmUp(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new ListenError(listenProblem(error, port, host, settings))),
    );
    server.listen(port, host, resolve);
  });

  const disableKeepAlive = () => {
    for (const event of ['request', 'checkContinue'])
      server.prependListener(event, (_req, res) => res.setHeader('Connection', 'close'));
  };
  const close = async () => {
    // http's own close ends idle connections at once, and with them a request on its way.
    const closed = new Promise<void>((resolve) =>
      TcpServer.prototype.close.call(server, () => resolve()),
    );
    await Promise.race([closed, wait(lateRequestsMs)]);
    server.close();
    closeIdle();
    // Some become idle only later.
    const idle = setInterval(closeIdle, 50);
    const overdue = setTimeout(() => server.closeAllConnections(), drainMs);
    await closed;
    clearInterval(idle);
    clearTimeout(overdue);
  };
  return { port: (server.address() as AddressInfo).port, disableKeepAlive, close };
}

/** Our handlers answer everything; Express would make a final handler for each request. */
const withoutFinalHandler =
  (app: Express): RequestListener =>
  (req, res) =>
    app(req as Request, res as Response, () => res.destroy());

const rejections = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', '413 Payload Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
]);

const rejection = (failure: string) =>
  `HTTP/1.1 ${rejections.get(failure) ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`;

/** Whether only this machine can reach a server that listens there. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(127(\.\d{1,3}){3}|::1|localhost)$/.test(address);
}

function listenProblem(
  error: NodeJS.ErrnoException,
  port: number,
  host: string,
  settings: { port: string; host: string },
): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `${settings.port} ${port} is taken by another program: stop that one, or set ${settings.port} to another`;
    case 'EACCES':
      return `${settings.port} ${port} may not be used by this user: set ${settings.port} to 1024 or above`;
    default:
      return `${settings.host} must be an address of this machine, but is "${host}" (${error.code})`;
  }
}
