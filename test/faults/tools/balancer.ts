import { once } from 'node:events';
import { createServer, get, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Balancer = {
  port: number;
  /** Where the requests go, in turn; one that takes no connection is passed over. */
  servers: number[];
  close: () => Promise<void>;
};

const checkEveryMs = 100;

/**
 * As nginx does by itself: a connection for each request, and no second try once it is sent. Whoever
 * says at /readyz that he is not ready gets none.
 */
export async function startBalancer(...servers: number[]): Promise<Balancer> {
  let turn = 0;
  const unready = new Set<number>();
  const checks = setInterval(() => {
    for (const port of servers)
      get({ host: '127.0.0.1', port, path: '/readyz', agent: false }, (answer) => {
        if (answer.statusCode === 503) unready.add(port);
        else unready.delete(port);
        answer.resume();
      }).on('error', () => {});
  }, checkEveryMs);
  const listener = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part) => parts.push(part));
    req.on('end', () => {
      turn++;
      const order = servers
        .map((_, i) => servers[(turn + i) % servers.length] as number)
        .sort((one, other) => Number(unready.has(one)) - Number(unready.has(other)));
      pass(req, res, Buffer.concat(parts), order);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    servers,
    close: async () => {
      clearInterval(checks);
      listener.close();
      listener.closeAllConnections();
      await once(listener, 'close').catch(() => {});
    },
  };
}

function pass(req: IncomingMessage, res: ServerResponse, body: Buffer, order: number[]): void {
  const [port, ...others] = order;
  if (port === undefined) return void res.writeHead(502).end();
  const { method, url, headers } = req;
  const onward = request(
    { host: '127.0.0.1', port, method, path: url, headers, agent: false },
    (answer) => {
      res.writeHead(answer.statusCode ?? 502);
      answer.pipe(res);
      answer.on('error', () => res.destroy());
    },
  );
  onward.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNREFUSED') pass(req, res, body, others);
    else if (!res.headersSent) res.writeHead(502).end(error.message);
    else res.destroy();
  });
  onward.end(body);
}
