import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountQueryFile, viewsFolder } from '../../src/domain/package-files.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { createConnections } from '../../src/postgres/connections.ts';
import { checkContract } from '../../src/postgres/contract.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { asksForCustomerId } from '../../src/postgres/sql.ts';
import { createToSidebar } from '../../src/sidebar/sidebar.ts';
import { compileViews } from '../../src/sidebar/views.ts';
import { createDatabase, createDemoDatabase } from '../databases.ts';
import { memoryLog, now } from '../examples.ts';
import { blocksIn, type Claim, isClaimed, loose } from '../pages.ts';

// What the pages show of SQL and of changes, tried. A new `sql` or `diff` block needs a test below;
// docs/recipes.md has a file of its own.

const root = new URL('../../', import.meta.url);
const options = { locale: 'en-GB', stripeDashboardUrl: 'https://dashboard.stripe.com' };
const email = 'fredsmith@mailinator.com';

const blocks = blocksIn().filter(
  ({ page, language }) => language === 'diff' || (language === 'sql' && page !== 'docs/recipes.md'),
);
const claims: Claim[] = [];

/** The block of that page that has these words. */
function block(page: string, has: string): string {
  const claim = { page, has };
  claims.push(claim);
  const found = blocks.find((one) => isClaimed(one, claim));
  if (found === undefined) throw new Error(`${page} has no block with ${has}`);
  return found.text;
}

let copy: string;
const log = memoryLog();
const pools: ReturnType<typeof createConnections>[] = [];
let findAccounts: (sql: string) => ReturnType<typeof createFindAccounts>;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'changed-'));
  await cp(new URL('src', root), join(copy, 'src'), { recursive: true });
  await cp(viewsFolder, join(copy, 'views'), { recursive: true });
  const url = await createDemoDatabase(now);
  findAccounts = (sql) => {
    const pool = createConnections(url, log);
    pools.push(pool);
    return createFindAccounts(pool, { file: 'account.sql', sql }, log);
  };
});
afterAll(async () => {
  await rm(copy, { recursive: true });
  for (const pool of pools) await pool.end();
});

/** The text with a diff applied to it, at the one place that it fits. */
function applied(text: string, diff: string): string {
  const lines = diff.trimEnd().split('\n');
  const side = (without: string) =>
    lines
      .filter((line) => !line.startsWith(without))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  expect(text.split(side('+'))).toHaveLength(2);
  return text.replace(side('+'), () => side('-'));
}

const newFact = block('README.md', 'Head office');
test('a new fact is a line of SQL', async () => {
  const sql = applied(await readFile(accountQueryFile, 'utf8'), newFact);
  const accounts = await findAccounts(sql)([email]);
  const toSidebar = createToSidebar(options);
  const html = compileViews(viewsFolder, toSidebar)(toSidebar([email], accounts, now));
  expect(html).toMatch(
    /Head office\s*<span class="c-sb-list-item__text ">Smith &amp; Sons Carpentry HQ/,
  );
});

const newWord = block('README.md', 'Customer:');
test('another word is a line of subscription.ts', async () => {
  const file = join(copy, 'src/sidebar/subscription.ts');
  await writeFile(file, applied(await readFile(file, 'utf8'), newWord));
  const { createToSidebar: changed } = await import(join(copy, 'src/sidebar/sidebar.ts'));
  const accounts = await findAccounts(await readFile(accountQueryFile, 'utf8'))([email]);
  const [account] = changed(options)([email], accounts, now).accounts;
  expect(account.badges).toContainEqual({ text: 'Customer', tone: 'green' });
});

const lessLayout = block('README.md', 'Stripe subscription');
test('another layout is a line of a view', async () => {
  const file = join(copy, 'views/account.ejs');
  await writeFile(file, applied(await readFile(file, 'utf8'), lessLayout));
  const toSidebar = createToSidebar(options);
  const accounts = await findAccounts(await readFile(accountQueryFile, 'utf8'))([email]);
  const html = compileViews(join(copy, 'views'), toSidebar)(toSidebar([email], accounts, now));
  expect(html).toContain('cus_FredSmith1');
  expect(html).not.toContain('sub_FredSmith1');
});

const byNumber = block('docs/platform.md', '= $2');
test('a query that names $2 finds by the number in Help Scout, and by address', async () => {
  const sql = byNumber;
  expect(asksForCustomerId(sql)).toBe(true);
  const url = await createDatabase();
  await runSql(
    url,
    `create table users (email text, helpscout_customer_id text, full_name text);
     insert into users values ('Robin@example.com', '706401868', 'Robin'), ('sam@example.com', null, 'Sam')`,
  );
  const pool = createConnections(url, log);
  pools.push(pool);
  const find = createFindAccounts(pool, { file: 'account.sql', sql }, log);
  const names = async (...asked: Parameters<typeof find>) =>
    (await find(...asked)).map(({ personName }) => personName);
  expect(await names([], '706401868')).toEqual(['Robin']);
  expect(await names(['robin@example.com', 'sam@example.com'])).toEqual(['Robin', 'Sam']);
  expect(await names([], '7')).toEqual([]);
});

const notice = block('docs/query.md', 'as notice');
test('a notice is a column of the query', async () => {
  const [fred] = await findAccounts(notice)([email]);
  expect(fred?.notice).toEqual({
    text: 'Payroll runs late today for carpenters: no need to escalate',
    url: 'https://status.example.com',
    level: 'warning',
  });
  const [tina] = await findAccounts(notice)(['tina.trial@example.com']);
  expect(tina).toMatchObject({ email: 'tina.trial@example.com', notice: null });
});

const invoices = block('docs/values.md', 'json_agg');
test('a list of invoices is a column of the query', async () => {
  const [ines] = await findAccounts(invoices)(['ines.invoice@example.com']);
  const [list] = createToSidebar(options)([], ines === undefined ? [] : [ines], now).accounts;
  expect(list?.others).toMatchObject([{ list: { title: 'Invoices (8)', more: '+ 3 more' } }]);
  expect(list?.others[0]?.list?.items.slice(0, 2)).toEqual([
    {
      text: 'LLP-108',
      link: 'https://admin.example.com/invoices/8',
      details: '12 Nov 2026 · €99.90 · Open',
      tone: null,
    },
    {
      text: 'LLP-107',
      link: 'https://admin.example.com/invoices/7',
      details: '13 Oct 2026 · €99.90 · Overdue',
      tone: 'red',
    },
  ]);
});

const declared = block('docs/upgrading.md', 'helpscout-sidebar contract');
test('a query says for which contract it was made', async () => {
  expect(await findAccounts(declared)([email])).toHaveLength(1);
  const later = declared.replace(/contract \d+/, 'contract 99');
  const pool = pools.at(-1) as ReturnType<typeof createConnections>;
  const check = pool.check((client) => checkContract(client, { file: 'ours.sql', sql: later }));
  await expect(check).rejects.toThrow('contract 99');
});

test('every diff and every query of the pages is tried', () => {
  expect(loose(blocks, claims)).toEqual([]);
});
