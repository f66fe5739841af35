import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { secretKey } from '../../examples.ts';
import { guard } from './guard.ts';

/** The built server in a process of its own, as an operator runs it. */
export type RunningSidebar = Awaited<ReturnType<typeof startSidebar>>;

const program = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** Starts it with only these settings, after that shell command, and does not wait for anything. */
export function launch(
  settings: Record<string, string>,
  nodeOptions: readonly string[] = [],
  prepare = '',
) {
  const env = { PATH: process.env['PATH'], ...settings };
  const command = [process.execPath, ...nodeOptions, program];
  // The shell limits itself, and then becomes the server.
  const limited = ['sh', '-c', `${prepare} && exec "$@"`, 'sh', ...command];
  const [file, ...args] = prepare === '' ? command : limited;
  const child = spawn(file as string, args, { env, cwd: '/' });
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed.text += text;
    });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  exited.then(guard(`kill -9 ${child.pid}`));
  return { child, printed, exited };
}

const production = {
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: '0',
  HELPSCOUT_SECRET_KEY: secretKey,
};

/** Starts it and gives its port once it listens. */
export async function startSidebar(
  databaseUrl: string,
  settings: Record<string, string> = {},
  nodeOptions: readonly string[] = [],
  prepare = '',
) {
  const all = { ...production, DATABASE_URL: databaseUrl, ...settings };
  const running = launch(all, nodeOptions, prepare);
  const { child, printed, exited } = running;
  const deadline = performance.now() + 20_000;
  while (!printed.text.includes('"listening"')) {
    if (child.exitCode !== null) throw new Error(`The sidebar ended: ${printed.text}`);
    if (performance.now() > deadline) throw new Error(`The sidebar never listens: ${printed.text}`);
    await wait(20);
  }
  return {
    ...running,
    pid: child.pid as number,
    port: Number(/"listening".*?"port":(\d+)/.exec(printed.text)?.[1]),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    stop: async () => {
      if (child.exitCode === null) child.kill('SIGKILL');
      await exited;
    },
  };
}
