import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { knownColumns } from '../src/accounts/columns.ts';
import { createPool } from '../src/accounts/database.ts';
import { createFindAccounts } from '../src/accounts/find-accounts.ts';
import { asksForCustomerId } from '../src/accounts/parameters.ts';
import { accountQueryFile, viewsFolder } from '../src/paths.ts';
import { createToSidebar } from '../src/sidebar/sidebar.ts';
import { compileViews } from '../src/sidebar/views.ts';
import { runSql } from '../src/tools/demo-database.ts';
import { createDatabase, createDemoDatabase } from './databases.ts';
import { memoryLog, now } from './examples.ts';

// What README.md promises, kept true.

const root = new URL('../', import.meta.url);
const options = { locale: 'en-GB', stripeDashboardUrl: 'https://dashboard.stripe.com' };
const email = 'fredsmith@mailinator.com';

let readme: string;
let copy: string;
const log = memoryLog();
const pools: ReturnType<typeof createPool>[] = [];
let findAccounts: (sql: string) => ReturnType<typeof createFindAccounts>;

beforeAll(async () => {
  readme = await readFile(new URL('README.md', root), 'utf8');
  copy = await mkdtemp(join(tmpdir(), 'changed-'));
  await cp(new URL('src', root), join(copy, 'src'), { recursive: true });
  await cp(viewsFolder, join(copy, 'views'), { recursive: true });
  const url = await createDemoDatabase(now);
  findAccounts = (sql) => {
    const pool = createPool(url, log);
    pools.push(pool);
    return createFindAccounts(pool, { file: 'account.sql', sql }, log);
  };
});
afterAll(async () => {
  await rm(copy, { recursive: true });
  for (const pool of pools) await pool.end();
});

/** The text with the README's diff, the one that has these words, applied to it. */
function applied(text: string, words: string): string {
  const diffs = [...readme.matchAll(/```diff\n(.*?)```/gs)].map(([, diff]) => diff as string);
  const diff = diffs.find((one) => one.includes(words));
  expect(diff, `a diff with ${words}`).toBeDefined();
  const lines = (diff as string).trimEnd().split('\n');
  const side = (without: string) =>
    lines
      .filter((line) => !line.startsWith(without))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  expect(text).toContain(side('+'));
  return text.replace(side('+'), () => side('-'));
}

test('a new fact is a line of SQL', async () => {
  const sql = applied(await readFile(accountQueryFile, 'utf8'), 'Head office');
  const accounts = await findAccounts(sql)([email]);
  const toSidebar = createToSidebar(options);
  const html = compileViews(viewsFolder, toSidebar)(toSidebar([email], accounts, now));
  expect(html).toMatch(
    /Head office\s*<span class="c-sb-list-item__text ">Smith &amp; Sons Carpentry HQ/,
  );
});

test('another word is a line of words.ts', async () => {
  const file = join(copy, 'src/sidebar/words.ts');
  await writeFile(file, applied(await readFile(file, 'utf8'), "'Customer'"));
  const { createToSidebar: changed } = await import(join(copy, 'src/sidebar/sidebar.ts'));
  const accounts = await findAccounts(await readFile(accountQueryFile, 'utf8'))([email]);
  const [account] = changed(options)([email], accounts, now).accounts;
  expect(account.badges).toContainEqual({ text: 'Customer', tone: 'green' });
});

test('another layout is a line of a view', async () => {
  const file = join(copy, 'views/account.ejs');
  await writeFile(file, applied(await readFile(file, 'utf8'), 'Stripe subscription'));
  const toSidebar = createToSidebar(options);
  const accounts = await findAccounts(await readFile(accountQueryFile, 'utf8'))([email]);
  const html = compileViews(join(copy, 'views'), toSidebar)(toSidebar([email], accounts, now));
  expect(html).toContain('cus_FredSmith1');
  expect(html).not.toContain('sub_FredSmith1');
});

test('a query that names $2 finds by the number in Help Scout, and by address', async () => {
  const [, sql = ''] = /```sql\n(.*?)```/s.exec(readme) ?? [];
  expect(asksForCustomerId(sql)).toBe(true);
  const url = await createDatabase();
  await runSql(
    url,
    `create table users (email text, helpscout_customer_id text, full_name text);
     insert into users values ('Robin@example.com', '706401868', 'Robin'), ('sam@example.com', null, 'Sam')`,
  );
  const pool = createPool(url, log);
  pools.push(pool);
  const find = createFindAccounts(pool, { file: 'account.sql', sql }, log);
  const names = async (...asked: Parameters<typeof find>) =>
    (await find(...asked)).map(({ personName }) => personName);
  expect(await names([], '706401868')).toEqual(['Robin']);
  expect(await names(['robin@example.com', 'sam@example.com'])).toEqual(['Robin', 'Sam']);
  expect(await names([], '7')).toEqual([]);
});

test('every known column and every setting is explained', async () => {
  const config = await readFile(new URL('src/config.ts', root), 'utf8');
  const example = await readFile(new URL('.env.example', root), 'utf8');
  const settings = new Set(config.match(/(?<=['"])[A-Z]{4,}(?:_[A-Z]+)*(?=['"])/g));
  expect(settings.size).toBeGreaterThan(8);
  for (const name of [...knownColumns.keys(), ...settings]) expect(readme).toContain(`\`${name}\``);
  settings.delete('NODE_ENV');
  for (const name of settings) expect(example).toMatch(new RegExp(`^${name}=`, 'm'));
});
