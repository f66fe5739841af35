import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { eventually } from './examples.ts';

const program = fileURLToPath(new URL('../dist/kit/start.js', import.meta.url));

const children: ChildProcess[] = [];

/** Starts the built server with only these settings; what it prints is kept. */
export function runServer(settings: Record<string, string>) {
  const env = { PATH: process.env['PATH'], PORT: '0', ...settings };
  const child = spawn(process.execPath, [program], { env, cwd: '/' });
  children.push(child);
  const printed = { text: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed.text += text;
    });
  return { child, printed };
}

/** The same, once it listens. */
export async function startServer(settings: Record<string, string>) {
  const { child, printed } = runServer(settings);
  while (!printed.text.includes('"listening"')) {
    if (child.exitCode !== null) throw new Error(`it ended: ${printed.text}`);
    await once(child.stdout, 'data');
  }
  const port = Number(/"listening".*?"port":(\d+)/.exec(printed.text)?.[1]);
  return { child, printed, port };
}

/** The preview's URL, once it is printed. */
export async function previewIn(printed: { text: string }): Promise<string> {
  const url = () => /http:\S+\/preview/.exec(printed.text)?.[0];
  await eventually(() => expect(url()).toBeDefined());
  return url() ?? '';
}

/** The same with its metrics, on a port of its own. */
export async function startServerWithMetrics(settings: Record<string, string>) {
  const started = await startServer({ METRICS_PORT: '0', ...settings });
  while (!started.printed.text.includes('"metrics_listening"'))
    await once(started.child.stdout, 'data');
  const [, metricsPort] = /"metrics_listening".*?"port":(\d+)/.exec(started.printed.text) ?? [];
  return { ...started, metricsPort: Number(metricsPort) };
}

/** Asked, not killed: a demo that failed its test would leave its Postgres behind. */
export async function stopServers(): Promise<void> {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
