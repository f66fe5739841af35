import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inProject } from './pages.ts';

// A terminal, for the commands of the pages.

/** As much as a command may take on a busy machine. */
const timeoutMs = 90_000;

export type Shell = {
  folder: string;
  /** What was exported so far. */
  settings: Record<string, string>;
  /** Runs it to its end; throws with all it printed when a command fails. Gives what it printed. */
  run: (script: string) => Promise<string>;
  /** Starts what goes on, and waits until it prints that. */
  start: (script: string, sign: RegExp) => Promise<string>;
};

const running = new Set<ChildProcess>();

/** A terminal in that folder. What a script exports is there for the next one. */
export function openShell(folder: string, settings: Record<string, string> = {}): Shell {
  const shell: Shell = {
    folder,
    settings,
    async run(script) {
      // The third descriptor tells what is exported at the end.
      const { child, printed, exported } = launch(folder, `${script}\nenv -0 >&3`, shell.settings);
      const [code] = await inTime(once(child, 'close'), script, printed);
      if (code !== 0) throw new Error(`status ${code} of:\n${script}\n${printed.text}`);
      shell.settings = Object.fromEntries(
        exported.text
          .split('\0')
          .filter((entry) => /^[A-Z]/.test(entry))
          .map((entry) => [
            entry.slice(0, entry.indexOf('=')),
            entry.slice(entry.indexOf('=') + 1),
          ]),
      );
      return printed.text;
    },
    async start(script, sign) {
      const { child, printed } = launch(folder, script, shell.settings);
      const said = new Promise<void>((resolve, reject) => {
        const look = () => sign.test(printed.text) && resolve();
        for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
        child.once('close', () => reject(new Error(`it ended:\n${script}\n${printed.text}`)));
      });
      await inTime(said, script, printed);
      return printed.text;
    },
  };
  return shell;
}

function launch(folder: string, script: string, settings: Record<string, string>) {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    // A group of its own, so that what it started is stopped with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {
      PATH: pathWithStandIns,
      HOME: folder,
      npm_config_ignore_scripts: 'true',
      PREVIEW_PORT: '0',
      ...settings,
    },
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  const [, out, err, fd3] = child.stdio;
  const printed = { text: '' };
  const exported = { text: '' };
  for (const stream of [out, err]) collect(stream as NodeJS.ReadableStream, printed);
  collect(fd3 as NodeJS.ReadableStream, exported);
  return { child, printed, exported };
}

function collect(stream: NodeJS.ReadableStream, into: { text: string }): void {
  stream.setEncoding('utf8').on('data', (text: string) => {
    into.text += text;
  });
}

const standIns = fileURLToPath(new URL('stand-ins/bin', import.meta.url));
const pathWithStandIns = `${standIns}${delimiter}${process.env['PATH']}`;

async function inTime<T>(work: Promise<T>, script: string, printed: { text: string }): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not within ${timeoutMs} ms:\n${script}\n${printed.text}`)),
      timeoutMs,
    );
  });
  return Promise.race([work, tooLong]).finally(() => clearTimeout(timer));
}

/** Ctrl-C in every terminal where something still runs; then whatever did not listen is ended. */
export async function interruptAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const closed = once(child, 'close');
      const signal = (name: NodeJS.Signals) => {
        try {
          process.kill(-(child.pid ?? 0), name);
        } catch {
          // It ended by itself.
        }
      };
      signal('SIGINT');
      const last = setTimeout(() => signal('SIGKILL'), 10_000);
      await closed;
      clearTimeout(last);
    }),
  );
}

/**
 * A clone in which `npm ci` and `npm run build` were done: npm test has built it, so npm need not
 * build it again before each command (`ignore_scripts`, above).
 */
export function makeClone(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'clone-'));
  for (const path of [
    ...[
      'package.json',
      'package-lock.json',
      '.npmrc',
      '.ci',
      'tsconfig.json',
      'LICENSE',
      'README.md',
    ],
    ...['src', 'dist', 'sql', 'views', 'page', 'preview'],
  ])
    cpSync(inProject(path), join(folder, path), { recursive: true });
  symlinkSync(fileURLToPath(inProject('node_modules')), join(folder, 'node_modules'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return String(typeof address === 'object' ? address?.port : address);
}
