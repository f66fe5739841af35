import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { anotherUserThanRoot } from '../../../src/kit/demo/embedded-postgres.ts';
import { guard } from './guard.ts';

/** One of Debian's servers, in the foreground and as an unprivileged user: some refuse root. */
export type RunningProgram = {
  pid: number;
  printed: { text: string };
  isAlive: () => boolean;
  exited: Promise<unknown>;
  stop: () => Promise<void>;
};

/** Starts it, and does not wait for anything. `onEnd` is a shell command for what it leaves behind. */
export async function startProgram(
  command: readonly [string, ...string[]],
  onEnd: string,
  settings: Record<string, string> = {},
): Promise<RunningProgram> {
  const [file, ...args] = command;
  const runAs = await anotherUserThanRoot();
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', ...settings };
  const child = spawn(file, args, { cwd: '/', stdio: 'pipe', env, ...runAs });
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed.text += text;
    });
  const exited = once(child, 'exit');
  const pid = child.pid;
  if (pid === undefined) throw (await exited.catch((error) => error)) as Error;
  // What is frozen ignores everything but SIGKILL, and its children would outlive it.
  const release = guard(
    `kill -CONT ${pid} $(cat /proc/${pid}/task/${pid}/children); kill -9 ${pid}; ${onEnd}`,
  );
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const stop = async () => {
    if (isAlive()) child.kill('SIGKILL');
    await exited;
    release();
  };
  return { pid, printed, isAlive, exited, stop };
}
