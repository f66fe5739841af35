import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nodeOn } from './machine.ts';
import { inProject } from './paths.ts';

export const servers = ['ours', 'bare', 'careful', 'usual'] as const;
export type ServerName = (typeof servers)[number];

export const titles: Readonly<Record<ServerName, string>> = {
  ours: 'helpscout-sidebar',
  bare: 'bare node:http + pg',
  careful: 'Express, careful',
  usual: 'Express, usual',
};

const program = (name: ServerName) =>
  name === 'ours'
    ? inProject('dist/main.js')
    : fileURLToPath(new URL(`yardsticks/${name}.js`, import.meta.url));

export const secretKey = 'bench-secret-of-exactly-forty-characters';

export type Usage = { cpuMs: number; rssMb: number };

export type Running = {
  name: ServerName;
  port: number;
  /** From `spawn` to the line "listening". */
  startedAt: number;
  pid: number;
  usage: () => Promise<Usage>;
  /** How much it has logged since it listens. */
  loggedBytes: () => number;
  stop: () => Promise<void>;
};

/** Starts a server in a process of its own; its log goes through a pipe, as a container's does. */
export async function start(
  name: ServerName,
  databaseUrl: string,
  cores: string | undefined,
): Promise<Running> {
  const probe = new URL('probe.js', import.meta.url).href;
  const [command, args] = nodeOn(cores, ['--import', probe, program(name)]);
  const env = {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '0',
    HELPSCOUT_SECRET_KEY: secretKey,
    DATABASE_URL: databaseUrl,
  };
  const startedAt = performance.now();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const port = await listening(name, child);
  let loggedBytes = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    loggedBytes += chunk.length;
  });
  return {
    name,
    loggedBytes: () => loggedBytes,
    port,
    startedAt,
    pid: child.pid as number,
    usage: async () => {
      const answered = once(child, 'message', { signal: AbortSignal.timeout(5_000) });
      child.send('usage');
      const [usage] = await answered;
      return usage;
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit', { signal: AbortSignal.timeout(10_000) });
      child.kill('SIGTERM');
      await exited.catch(() => child.kill('SIGKILL'));
    },
  };
}

/** Waits until it listens; gives its port. */
async function listening(name: ServerName, child: ChildProcess): Promise<number> {
  const stdout = child.stdout as NonNullable<typeof child.stdout>;
  let printed = '';
  const port = new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk;
      const found = /"listening".*?"port":(\d+)/.exec(printed);
      if (found === null) return;
      stdout.off('data', read);
      stdout.resume();
      resolve(Number(found[1]));
    };
    stdout.on('data', read);
    child.once('exit', () => reject(new Error(`${name} ended at its start: ${printed}`)));
    child.once('error', reject);
    setTimeout(() => reject(new Error(`${name} did not start: ${printed}`)), 15_000).unref();
  });
  return port;
}
