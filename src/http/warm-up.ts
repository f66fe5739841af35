import { get, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';

const timeoutMs = 1_000;

/**
 * Asks the server whether it is alive, before others can, and waits for its answer, whatever it
 * is. A process takes twice as long for the first request that it ever answers, since Node loads
 * and compiles what that takes; so no agent waits for it. It comes through a socket of its own.
 */
export function warmUp(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      server.emit('connection', socket),
    );
    const end = () => {
      listener.close();
      resolve();
    };
    listener.on('error', end);
    listener.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => {
      const { address: host, port } = listener.address() as AddressInfo;
      get({ host, port, path: '/healthz', agent: false, timeout: timeoutMs }, (res) =>
        res.resume().on('close', end),
      )
        .on('timeout', end)
        .on('error', end);
    });
  });
}
