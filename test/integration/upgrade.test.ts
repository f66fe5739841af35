import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { knownColumns } from '../../src/accounts/columns.ts';
import { checkContract } from '../../src/accounts/contract.ts';
import {
  type Change,
  changes,
  contractVersion,
  type History,
} from '../../src/accounts/contract-version.ts';
import { createPool } from '../../src/accounts/database.ts';
import { createFindAccounts } from '../../src/accounts/find-accounts.ts';
import { lookupFunction } from '../../src/accounts/lookup-function.ts';
import { checkQuery } from '../../src/doctor/query.ts';
import { functionSqlFile, viewsFolder } from '../../src/paths.ts';
import { emptiest } from '../../src/sidebar/samples.ts';
import { createToSidebar, formerFacts } from '../../src/sidebar/sidebar.ts';
import { compileViews } from '../../src/sidebar/views.ts';
import { runSql } from '../../src/tools/demo-database.ts';
import { createDatabase, createDemoDatabase } from '../databases.ts';
import { clockIn, memoryLog, now } from '../examples.ts';

// What somebody made for an earlier version goes on, or is told what to change.

const toSidebar = createToSidebar({
  locale: 'en-GB',
  stripeDashboardUrl: 'https://dashboard.stripe.com',
});

const pools: pg.Pool[] = [];
afterAll(async () => {
  for (const pool of pools) await pool.end();
});
function poolAt(url: string): pg.Pool {
  const pool = createPool(url, memoryLog());
  pools.push(pool);
  return pool;
}

/**
 * Each folder has what a team took from a version and never touched again: views and query, with
 * tables and people to try them on, and the sidebars that this version made of them.
 */
const releases = readdirSync(new URL('../upgrade', import.meta.url));

describe.each(releases)('views and query of %s', (release) => {
  const at = (file: string) =>
    fileURLToPath(new URL(`../upgrade/${release}/${file}`, import.meta.url));

  test('show today what they showed then', async () => {
    const url = await createDatabase();
    await runSql(url, readFileSync(at('schema.sql'), 'utf8'));
    await runSql(
      url,
      `set demo.now = '${now.toISOString()}'; ${readFileSync(at('people.sql'), 'utf8')}`,
    );
    const pool = poolAt(url);
    const { rows } = await pool.query('select lower(email) as email from users order by id');
    const log = memoryLog();
    const query = { file: 'account.sql', sql: readFileSync(at('account.sql'), 'utf8') };
    const findAccounts = createFindAccounts(pool, query, log);
    const render = compileViews(at('views'), toSidebar);
    const sidebars: string[] = [];
    for (const { email } of [...rows, { email: 'nobody@example.com' }]) {
      const html = render(toSidebar([email], await findAccounts([email]), now));
      sidebars.push(`<!-- ${email} -->\n${html}`);
    }
    const shown = withoutNodesOwnData(sidebars.join('\n'));
    if (process.env['FREEZE'] === release) writeFileSync(at('sidebars.html'), shown);
    expect(sidebars.length).toBeGreaterThan(12);
    // A word that is meant to change is one that others notice: it belongs into CHANGELOG.md.
    const hint = `if only words were meant to change, write them again with FREEZE=${release}`;
    expect(shown, hint).toBe(readFileSync(at('sidebars.html'), 'utf8'));
    expect(log.entries).toEqual([]);
  });
});

/**
 * Clocks become {clock} and dates ISO dates, each only where it is what this Node's Intl says: its
 * time-zone data and its names of months differ from those of another Node.
 */
function withoutNodesOwnData(html: string): string {
  const dates = new Map<string, string>();
  for (let ms = Date.UTC(2018); ms < Date.UTC(2031); ms += 86_400_000)
    dates.set(
      new Date(ms).toLocaleDateString('en-GB', { dateStyle: 'medium', timeZone: 'UTC' }),
      new Date(ms).toISOString().slice(0, 10),
    );
  return html
    .replace(/(\w+\/\w+) · (\d\d:\d\d, \p{L}+)/gu, (all, zone: string, time: string) =>
      time === clockIn(zone) ? `${zone} · {clock}` : all,
    )
    .replace(/\d{1,2} \p{L}+ \d{4}/gu, (date) => dates.get(date) ?? date);
}

test('the columns and facts that changed lead to ones that exist', () => {
  const facts = Object.keys(toSidebar(['a@x.com'], [emptiest], now).accounts[0] ?? {});
  for (const change of changes) {
    expect(change.contract).toBeLessThanOrEqual(contractVersion);
    if ('nowCalled' in change) expect(knownColumns.has(change.nowCalled)).toBe(true);
    expect(knownColumns.has(change.column)).toBe('nowMeans' in change);
  }
  expect(Math.max(1, ...changes.map(({ contract }) => contract))).toBe(contractVersion);
  for (const [name, { nowCalled }] of formerFacts) {
    expect(facts).toContain(nowCalled);
    expect(facts).not.toContain(name);
  }
});

/** As if the server had come further: one column was renamed twice, another means something else. */
const future: History = {
  current: 3,
  changes: [
    { contract: 2, since: '0.2.0', column: 'renews_at', nowCalled: 'renews_on' },
    { contract: 3, since: '0.3.0', column: 'renews_on', nowCalled: 'plan_expires_at' },
    {
      contract: 3,
      since: '0.3.0',
      column: 'employee_limit',
      nowMeans: 'the limit of the company, not of the plan',
    },
  ] satisfies Change[],
};

describe('a query that was made for an earlier contract', () => {
  let url: string;
  beforeAll(async () => {
    url = await createDemoDatabase(now);
  });

  const query = (columns: string, declaration = '') => ({
    file: 'ours.sql',
    sql: `${declaration}select users.email,\n  ${columns}\nfrom users where lower(email) = any($1)`,
  });
  const verdict = (columns: string, declaration?: string) =>
    checkContract(poolAt(url), query(columns, declaration), future).then(
      () => '',
      (error: Error) => error.message,
    );
  const renamed = "date '2027-03-12' as renews_at";

  test('finds its renamed column under the new name, and is told so', async () => {
    const log = memoryLog();
    const find = createFindAccounts(poolAt(url), query(renamed), log, future);
    const [fred] = await find(['fredsmith@mailinator.com']);
    expect(fred).toMatchObject({ planExpiresAt: '2027-03-12', otherFacts: [] });
    expect(log.entries).toEqual([
      {
        event: 'contract',
        says: '"renews_at" is called "plan_expires_at" since 0.3.0 (contract 3); it is still read, but rename it: … as plan_expires_at',
      },
    ]);
  });

  test('is worth a thought to the doctor', async () => {
    expect(await checkQuery(poolAt(url), query(renamed), future)).toEqual([
      expect.objectContaining({ state: 'right', says: 'ours.sql returns 2 columns' }),
      expect.objectContaining({
        state: 'advice',
        says: expect.stringContaining(
          'ours.sql: "renews_at" is called "plan_expires_at" since 0.3.0',
        ),
      }),
    ]);
  });

  test('is checked for the type of the column as it is now', async () => {
    expect(await verdict('1 as renews_at')).toBe(
      'ours.sql:2: "plan_expires_at" must be timestamptz or date, but is integer: cast it, as in … ::timestamptz as plan_expires_at',
    );
  });

  test('is refused with both names, and told where', async () => {
    expect(await verdict(`${renamed}, date '2027-03-12' as plan_expires_at`)).toContain(
      'ours.sql:2: "plan_expires_at" is returned more than once, once as "renews_at", which it was called before',
    );
  });

  test('may call a column of its own so, once it says that it knows', async () => {
    const own = query(renamed, '-- helpscout-sidebar contract 3\n');
    const find = createFindAccounts(poolAt(url), own, memoryLog(), future);
    const [fred] = await find(['fredsmith@mailinator.com']);
    expect(fred).toMatchObject({
      planExpiresAt: null,
      otherFacts: [{ name: 'renews_at', value: '2027-03-12' }],
    });
  });

  test('is refused where a column means something else, until it says that it knows', async () => {
    expect(await verdict('50 as employee_limit')).toBe(
      'ours.sql:2: "employee_limit" means something else since 0.3.0: the limit of the company, not of the plan; look at it, then say so in a line: -- helpscout-sidebar contract 3',
    );
    expect(await verdict('50 as employee_limit', '-- helpscout-sidebar contract 3\n')).toBe('');
  });

  test.each([
    [
      '2',
      'ours.sql:2: is made for contract 2, but this server knows contract 1 at most: upgrade the server, or go back to the query from before',
    ],
    [
      'two',
      'ours.sql:2: "two" is no version of the contract: write a version from 1 to 1, as docs/upgrading.md explains',
    ],
    ['', 'ours.sql:2: "" is no version of the contract'],
  ])('that says it was made for contract "%s" is refused', async (version, says) => {
    const pool = poolAt(url);
    const sql = `-- Ours.\n-- helpscout-sidebar contract ${version}\nselect email from users where email = any($1)`;
    await expect(checkContract(pool, { file: 'ours.sql', sql })).rejects.toThrow(says);
  });

  test('keeps its names in the function of the role', async () => {
    const template = await readFile(functionSqlFile, 'utf8');
    const sql = await lookupFunction(poolAt(url), template, query(renamed), future);
    expect(sql).toContain('account."renews_at"::date');
  });
});

test('a view that uses a fact by its former name is told the new one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'views-'));
  try {
    await cp(viewsFolder, folder, { recursive: true });
    const file = join(folder, 'account.ejs');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('account.planExpires', 'account.renews'));
    const former = new Map([['renews', { nowCalled: 'planExpires', since: '0.2.0' }]]);
    const start = () => compileViews(folder, toSidebar, former);
    expect(start).toThrow(`${file}:14`);
    expect(start).toThrow('"renews" is called "planExpires" since 0.2.0');
    // Where nothing of that name could have been, the rename explains nothing.
    const sidebar = join(folder, 'sidebar.ejs');
    await writeFile(sidebar, '<%= sidebar.renews %>');
    expect(start).toThrow('there is no "renews"');
  } finally {
    await rm(folder, { recursive: true });
  }
});
