import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export type Demo = {
  /** The preview's, such as "http://127.0.0.1:40001". */
  origin: string;
  port: number;
  /** Where Help Scout's requests go. */
  callbackUrl: string;
  /** Saves a view, or the query, in place of its text; gives how to put the old one back. */
  save: (file: string, change: (text: string) => string) => Promise<() => Promise<void>>;
  close: () => Promise<void>;
};

/** The built program's demo, with views and a query that may be changed. */
export async function startDemo(): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'browser-'));
  await cp(inRoot('views'), join(folder, 'views'), { recursive: true });
  await cp(inRoot('sql/account.sql'), join(folder, 'account.sql'));
  const child = spawn(process.execPath, [inRoot('dist/kit/start.js')], {
    cwd: '/',
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      VIEWS_DIR: join(folder, 'views'),
      ACCOUNT_QUERY_FILE: join(folder, 'account.sql'),
    },
  });
  const printed = await startOf(child);
  const [origin = ''] = /http:\S+(?=\/preview)/.exec(printed) ?? [];
  const [callbackUrl = ''] = /http:\S+\/helpscout/.exec(printed) ?? [];
  return {
    origin,
    port: Number(new URL(origin).port),
    callbackUrl,
    async save(file, change) {
      const path = join(folder, file);
      const text = await readFile(path, 'utf8');
      await writeFile(path, change(text));
      return () => writeFile(path, text);
    },
    async close() {
      child.kill('SIGINT');
      if (child.exitCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startOf(child: ChildProcess): Promise<string> {
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  while (!printed.includes('npm run ask')) {
    if (child.exitCode !== null) throw new Error(`The demo ended: ${printed}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return printed;
}
