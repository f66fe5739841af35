import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../src/kit/demo/embedded-postgres.ts';
import { inProject } from './paths.ts';

export const haproxyProgram = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find((path) =>
  existsSync(path),
);

/** Starts the HAProxy of deploy/haproxy/haproxy.cfg in front of two replicas. */
export async function startHaproxy(
  program: string,
  ports: readonly [number, number],
): Promise<{ port: number; stop: () => Promise<void> }> {
  const port = await freePort();
  const at = (one: number) => `127.0.0.1:${one}`;
  // Port 1 is closed: the half of the file that is for databases is not used here.
  const env = {
    SIDEBAR_BIND: at(port),
    SIDEBAR_1: at(ports[0]),
    SIDEBAR_2: at(ports[1]),
    DATABASE_BIND: at(await freePort()),
    DATABASE_REPLICA: at(1),
    DATABASE_PRIMARY: at(1),
    STATE_BIND: at(await freePort()),
  };
  const file = inProject('deploy/haproxy/haproxy.cfg');
  const child = spawn(program, ['-db', '-f', file], { env, stdio: 'ignore' });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  const isReady = () =>
    fetch(`http://${at(port)}/readyz`)
      .then(({ ok }) => ok)
      .catch(() => false);
  for (let attempt = 0; !(await isReady()); attempt++) {
    if (attempt === 100 || child.exitCode !== null) {
      await stop();
      throw new Error('HAProxy does not reach the replicas');
    }
    await wait(50);
  }
  return { port, stop };
}
