import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { type Connections, createConnections } from '../../src/postgres/connections.ts';
import { checkContract } from '../../src/postgres/contract.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { createToSidebar } from '../../src/sidebar/sidebar.ts';
import { compileViews } from '../../src/sidebar/views.ts';
import { createDatabase, createDemoDatabase } from '../databases.ts';
import { clockIn, memoryLog, now } from '../examples.ts';

// What somebody made for an earlier version goes on, or is told what to change.

const toSidebar = createToSidebar({
  locale: 'en-GB',
  stripeDashboardUrl: 'https://dashboard.stripe.com',
});

const pools: Connections[] = [];
afterAll(async () => {
  for (const pool of pools) await pool.end();
});
function poolAt(url: string): Connections {
  const pool = createConnections(url, memoryLog());
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
    const { rows } = await pool.check((client) =>
      client.query('select lower(email) as email from users order by id'),
    );
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

test.each([
  [
    '2',
    'ours.sql:2: is made for contract 2, but this server knows contract 1 at most: upgrade the server, or go back to the query from before',
  ],
  [
    'two',
    'ours.sql:2: "two" is no version of the contract: write -- helpscout-sidebar contract 1, as docs/upgrading.md explains',
  ],
  ['', 'ours.sql:2: "" is no version of the contract'],
])('a query that says it was made for contract "%s" is refused', async (version, says) => {
  const pool = poolAt(await createDemoDatabase(now));
  const query = (declared: string) => ({
    file: 'ours.sql',
    sql: `-- Ours.\n-- helpscout-sidebar contract ${declared}\nselect email from users where email = any($1)`,
  });
  const check = (declared: string) =>
    pool.check((client) => checkContract(client, query(declared)));
  await expect(check(version)).rejects.toThrow(says);
  expect(await check('1')).toHaveLength(1);
});
