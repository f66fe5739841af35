import { get, type Server } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';

const timeoutMs = 1_000;

/**
 * Sends the server its first request, over a socket of its own, before others can connect. The
 * first takes twice as long, since Node loads and compiles code for it; no agent waits for that.
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
