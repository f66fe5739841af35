import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../src/kit/demo/embedded-postgres.ts';
import { startProgram } from '../../faults/tools/program.ts';

export const haproxyFile = fileURLToPath(
  new URL('../../../deploy/haproxy/haproxy.cfg', import.meta.url),
);

/** Those behind it, as its file calls them. */
export type Behind = 'sidebar_1' | 'sidebar_2' | 'replica' | 'primary';

export type Haproxy = {
  /** Where Help Scout asks. */
  port: number;
  /** Where PgBouncer asks. */
  databasePort: number;
  printed: { text: string };
  /** Whether it sends anybody there, as it says itself. */
  isUp: (behind: Behind) => Promise<boolean>;
  /** How many it keeps there. */
  connections: (behind: Behind) => Promise<number>;
  /** Waits until it sends somebody there, or no longer does; gives how long that took. */
  until: (behind: Behind, isUp: boolean) => Promise<number>;
  stop: () => Promise<void>;
};

const mostWaitMs = 8_000;

/** The HAProxy of deploy/haproxy/haproxy.cfg as it stands, before these ports. */
export async function startHaproxy(
  program: string,
  ports: Record<Behind, number>,
): Promise<Haproxy> {
  const [port, databasePort, statePort] = [await freePort(), await freePort(), await freePort()];
  const at = (one: number) => `127.0.0.1:${one}`;
  // A copy: the project may lie where only its owner can read.
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  await copyFile(haproxyFile, file);
  const removal = `rm -rf '${folder}'`;
  await chmod(folder, 0o755);
  await chmod(file, 0o644);
  const running = await startProgram([program, '-db', '-f', file], removal, {
    SIDEBAR_BIND: at(port),
    SIDEBAR_1: at(ports.sidebar_1),
    SIDEBAR_2: at(ports.sidebar_2),
    DATABASE_BIND: at(databasePort),
    DATABASE_REPLICA: at(ports.replica),
    DATABASE_PRIMARY: at(ports.primary),
    STATE_BIND: at(statePort),
  });

  /** One of the figures that HAProxy has of it. */
  async function figure(name: string, behind: Behind): Promise<number> {
    const answer = await fetch(`http://${at(statePort)}/metrics`);
    const of = new RegExp(
      `^${name}\\{proxy="(?:sidebars|database)",server="${behind}"(.*)\\} (.*)$`,
    );
    const found = (await answer.text())
      .split('\n')
      .map((line) => of.exec(line))
      .find((match) => match !== null && /^(,state="UP")?$/.test(match[1] ?? ''));
    return Number(found?.[2]);
  }

  const isUp = async (behind: Behind) => (await figure('haproxy_server_status', behind)) === 1;
  const connections = (behind: Behind) => figure('haproxy_server_current_sessions', behind);

  async function until(behind: Behind, wanted: boolean): Promise<number> {
    const started = performance.now();
    const ms = () => Math.round(performance.now() - started);
    while ((await isUp(behind).catch(() => !wanted)) !== wanted) {
      if (!running.isAlive()) throw new Error(`HAProxy ended: ${running.printed.text}`);
      if (ms() > mostWaitMs)
        throw new Error(
          `HAProxy still takes ${behind} for ${wanted ? 'down' : 'up'}: ${running.printed.text.slice(-2_000)}`,
        );
      await wait(20);
    }
    return ms();
  }

  const stop = async () => {
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { port, databasePort, printed: running.printed, isUp, connections, until, stop };
}
