import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { createDatabase } from '../databases.ts';

let url: string;
beforeAll(async () => {
  url = await createDatabase();
  await runSql(url, 'create table users (id int primary key, email text, name text)');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = 0;
});

/** What `npm run draft-query -- …` prints, and its exit status. */
async function run(databaseUrl: string, ...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  vi.stubEnv('DATABASE_URL', databaseUrl);
  vi.spyOn(process, 'argv', 'get').mockReturnValue(['node', 'draft-query', ...args]);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(console, 'log').mockImplementation((text) => void out.push(text));
  vi.spyOn(console, 'error').mockImplementation((text) => void err.push(text));
  process.exitCode = 0;
  vi.resetModules();
  await import('../../src/kit/draft-query.ts');
  const status = process.exitCode;
  vi.restoreAllMocks();
  return { out: out.join(''), err: err.join('\n'), status };
}

test('prints the draft, or writes a file that did not exist', async () => {
  const printed = await run(url);
  expect(printed).toMatchObject({ status: 0, err: '' });
  expect(printed.out).toContain('join users on lower(users.email) = asked.email');

  const file = join(mkdtempSync(join(tmpdir(), 'draft-')), 'account.sql');
  expect(await run(url, '--out', file)).toEqual({ status: 0, out: '', err: '' });
  expect(readFileSync(file, 'utf8')).toBe(printed.out);
  expect(await run(url, '--out', file)).toEqual({
    status: 2,
    out: '',
    err: `--out needs a file that can be created: EEXIST: file already exists, open '${file}'`,
  });
});

test('explains itself', async () => {
  const { out, status } = await run('', '--help');
  expect(status).toBe(0);
  expect(out).toContain('npm run draft-query -- [--table TABLE]');
});

test.each([
  ['', [], 'DATABASE_URL is not set; set it to postgres://'],
  ['mysql://root@host/app', [], 'DATABASE_URL begins with "mysql:"; write postgres://'],
  ['postgres://nobody@127.0.0.1:1/app', [], 'Cannot connect to the database "app" at 127.0.0.1:1:'],
  ['', ['--tabel', 'users'], 'Unknown option --tabel.'],
])('turns away DATABASE_URL "%s" with %j', async (databaseUrl, args, message) => {
  const { err, out, status } = await run(databaseUrl, ...args);
  expect(err).toContain(message);
  expect({ out, status }).toEqual({ out: '', status: 2 });
});
