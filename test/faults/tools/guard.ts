import { spawn } from 'node:child_process';

/**
 * Runs a shell command when this process ends in whatever way, SIGKILL too: a shell of its own
 * waits for the end of a pipe that only we hold open. What it gives takes the guard off.
 */
export function guard(command: string): () => void {
  const waiting = `trap '' INT TERM HUP; cat >/dev/null; ${command}`;
  const child = spawn('sh', ['-c', waiting], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  // Its group, with the cat that waits.
  return () => child.pid !== undefined && void process.kill(-child.pid, 'SIGKILL');
}
