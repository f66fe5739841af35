import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The address is not free or not ours; the message is for the operator's console. */
export class ListenError extends Error {
  override name = 'ListenError';
}

export type Listening = {
  /** The port, which differs from the one asked for when that was 0. */
  port: number;
  /** Takes no new request, waits for those under way, and resolves when all are answered. */
  close: () => Promise<void>;
};

/**
 * A request is small and comes at once, so whoever sends it slowly is cut off soon: Node's own
 * limits are a minute and more. Idle connections are kept longer than the 60 seconds of most load
 * balancers, which would otherwise send a request into a connection that we are just closing.
 */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 8_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 72_000,
};

/** An answer under way is given this long when the server stops. */
const lastAnswersMs = 2_000;

export async function listen(app: RequestListener, port: number, host: string): Promise<Listening> {
  const server = createServer(limits, app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new ListenError(whyNot(error, port, host))));
    server.listen(port, host, resolve);
  });

  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // close() alone waits for idle keep-alive connections, and some become idle only later.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const overdue = setTimeout(() => server.closeAllConnections(), lastAnswersMs);
    await closed;
    clearInterval(idle);
    clearTimeout(overdue);
  };
  return { port: (server.address() as AddressInfo).port, close };
}

function whyNot(error: NodeJS.ErrnoException, port: number, host: string): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `PORT ${port} is taken by another program: stop that one, or set PORT to another`;
    case 'EACCES':
      return `PORT ${port} may not be used by this user: set PORT to 1024 or above`;
    default:
      return `HOST must be an address of this machine, but is "${host}" (${error.code})`;
  }
}
