import { beforeAll, expect, test } from 'vitest';
import { createConnections } from '../../src/postgres/connections.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog } from '../examples.ts';

// Rows and values of any size, on the real Postgres.

let url: string;
const log = memoryLog();
beforeAll(async () => {
  url = await createDatabase();
});

async function find(sql: string) {
  const pool = createConnections(url, log);
  try {
    return await createFindAccounts(pool, { file: 'account.sql', sql }, log)(['a@x.com']);
  } finally {
    await pool.end();
  }
}
const row = (columns: string) =>
  `select 'a@x.com' as email, ${columns} where $1::text[] is not null`;

test('a text of four megabytes is cut before it is sent', async () => {
  const [account] = await find(row(`repeat('x', 4000000) as "Notes", 'A' as company_name`));
  expect(account).toMatchObject({ companyName: 'A', otherFacts: [{ name: 'Notes' }] });
  expect(account?.otherFacts[0]?.value).toBe('x'.repeat(2_000));
});

test.each([
  ['jsonb', `jsonb_build_object('a', repeat('x', 70000))`, 'too large to show'],
  ['json', `json_build_object('a', repeat('x', 70000))`, 'too large to show'],
  ['an array', `array_fill('0123456789'::text, array[7000])`, 'too large to show'],
])('a large value of %s is not read, and its column is logged', async (_, value, shown) => {
  const warnings = log.entries.length;
  const [account] = await find(row(`${value} as "Notes", 'A' as company_name`));
  expect(account?.companyName).toBe('A');
  expect(account?.otherFacts[0]?.value).toEqual(shown);
  expect(log.entries.slice(warnings)).toEqual([{ event: 'value_too_large', column: 'Notes' }]);
});

test('a list of sixty kilobytes is read', async () => {
  const [account] = await find(row(`array_fill('0123456789'::text, array[5000]) as modules`));
  expect(account?.modules).toHaveLength(5_000);
});

test('at most twenty rows are read, in the order of the query', async () => {
  const accounts = await find(
    `select 'a@x.com' as email, n::text as company_name from generate_series(1, 1000) as n
     where $1::text[] is not null order by n desc -- the latest first`,
  );
  expect(accounts.map(({ companyName }) => companyName)).toEqual(
    Array.from({ length: 20 }, (_, i) => String(1_000 - i)),
  );
});

test.each([
  ['a column with a quote in its name', `1 as "it's ""odd"" \\"`],
  ['a column that is called as the bounds are', `1 as fits, 2 as name, 3 as bytes`],
])('%s is read', async (_, columns) => {
  const [account] = await find(row(columns));
  expect(account?.otherFacts).toHaveLength(columns.split(' as ').length - 1);
});

test('a query with common table expressions and a semicolon at its end is read', async () => {
  expect(
    await find(
      `with people as (select 'a@x.com'::text as email) select * from people where email = any($1); -- end`,
    ),
  ).toMatchObject([{ email: 'a@x.com' }]);
});
