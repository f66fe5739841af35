import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { anotherUserThanRoot, freePort } from '../../../src/kit/demo/embedded-postgres.ts';
import { type RunningProgram, startProgram } from '../../faults/tools/program.ts';

/** One Postgres, and what may befall it. */
export type Postgres = {
  port: number;
  /** The superuser's address of a database. */
  url: (database: string) => string;
  start: () => Promise<void>;
  /** Ends its sessions in good order, and starts it again. */
  restart: () => Promise<void>;
  /** All of its processes at once, as when a machine dies. */
  kill: () => Promise<void>;
  freeze: () => void;
  thaw: () => void;
  /** Its log, since it was started. */
  printed: () => string;
};

const superuser = 'postgres';

/** A folder for clusters that Postgres may own, and `initdb` in it. */
export async function prepareCluster(bin: string, folder: string, password: string) {
  const runAs = await anotherUserThanRoot();
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await chmod(folder, 0o700);
  const own = async (path: string) => runAs && chown(path, runAs.uid, runAs.gid);
  for (const path of [folder, passwordFile]) await own(path);
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(join(bin, program), args, {
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
      ...runAs,
    });
  const initdb = (name: string) =>
    run(
      'initdb',
      ...['--pgdata', join(folder, name), '--username', superuser, '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    );
  return { own, run, initdb };
}

/** The Postgres in that folder, not started. */
export async function postgresIn(
  data: string,
  bin: string,
  password: string,
  onEnd: string,
  more: Record<string, string> = {},
): Promise<Postgres> {
  const port = await freePort();
  const url = (database: string) =>
    `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    // What is tested is who answers, not what a power cut leaves.
    fsync: 'off',
    ...more,
  };
  const words = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  let running: RunningProgram | null = null;

  const signal = (name: NodeJS.Signals) => {
    if (running === null) return;
    for (const pid of [running.pid, ...childrenOf(running.pid)])
      try {
        process.kill(pid, name);
      } catch (error) {
        // A child may end while its elders are signalled.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
  };
  const start = async () => {
    running = await startProgram([join(bin, 'postgres'), '-D', data, ...words], onEnd);
    await untilItAnswers(url('postgres'), running);
  };
  return {
    port,
    url,
    start,
    restart: async () => {
      if (running === null) throw new Error('It does not run');
      // A fast shutdown: https://www.postgresql.org/docs/current/server-shutdown.html
      process.kill(running.pid, 'SIGINT');
      await running.exited;
      await start();
    },
    kill: async () => {
      if (running?.isAlive()) signal('SIGKILL');
      await running?.stop();
      running = null;
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    printed: () => running?.printed.text ?? '',
  };
}

/** Each has a process group of its own, so there is none to signal. */
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((child) => child !== '')
    .map(Number);

async function untilItAnswers(url: string, running: RunningProgram): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client(url);
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (attempt === 100 || !running.isAlive())
        throw new Error(`Postgres does not answer: ${running.printed.text}`, { cause: error });
      await wait(100);
    }
  }
}
