import { get } from 'node:http';

const patienceMs = 1_000;

/**
 * Asks the server that listens there whether it is alive, and waits for its answer, whatever it
 * is. A process takes twice as long for the first request that it ever answers, since Node loads
 * and compiles what that takes; so no agent waits for it.
 */
export function makeFirstRequest(host: string, port: number): Promise<void> {
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const options = { host: everywhere[host] ?? host, port, path: '/healthz', agent: false };
  return new Promise((resolve) => {
    get({ ...options, timeout: patienceMs }, (res) => res.resume().on('close', resolve))
      .on('timeout', resolve)
      .on('error', () => resolve());
  });
}
