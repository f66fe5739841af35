import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FindAccounts } from '../../src/domain/account.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { createBatcher } from '../../src/postgres/batcher.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog, withSlack } from '../examples.ts';
import { countMessages } from '../wire.ts';

// Each person of the table is there once, with a company that tells whose row it is.

let url: string;
let pool: pg.Pool;
const log = memoryLog();

beforeAll(async () => {
  url = await createDatabase();
  await runSql(
    url,
    `create table people (email text primary key, company_name text);
     insert into people select n || '@example.com', 'Company ' || n from generate_series(0, 99) as n;
     insert into people values ('o"quote\\back{brace},@example.com', 'Odd');`,
  );
});
beforeEach(() => {
  pool = createPool(url, log);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await pool.end();
});
afterAll(() => runSql(url, 'drop table people'));

/** With `extra` in the select list, which may fail or sleep for some of them. */
const query = (extra = `'x'`) => ({
  file: 'account.sql',
  sql: `select email, company_name, ${extra} as "Extra"
        from people where email = any($1::text[]) order by email`,
});

const address = (n: number) => `${n}@example.com`;
const companyOf = (findAccounts: FindAccounts) => async (n: number) =>
  (await findAccounts([address(n)])).map(({ companyName }) => companyName).join();

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
}

async function quickLookups(extra?: string) {
  const findAccounts = createFindAccounts(pool, query(extra), log);
  // Until some came back quickly, each is on its own.
  for (let i = 0; i < 20; i++) await findAccounts([]);
  return companyOf(findAccounts);
}

describe('lookups that are asked together', () => {
  test('share the way to Postgres, and each gets its own rows', async () => {
    const company = await quickLookups();
    const messages = countMessages();
    const asked = Array.from({ length: 60 }, (_, n) => (n % 3 === 0 ? 1_000 + n : n));
    expect(await Promise.all(asked.map(company))).toEqual(
      asked.map((n) => (n < 100 ? `Company ${n}` : '')),
    );
    expect(messages().sync).toBeLessThan(20);
  });

  test('are not answered with another’s error, nor left without an answer behind it', async () => {
    const company = await quickLookups(
      `1 / case when email in ('7@example.com', '8@example.com', '30@example.com') then 0 else 1 end`,
    );
    const asked = Array.from({ length: 40 }, (_, n) => n);
    const settled = await Promise.allSettled(asked.map(company));
    expect(
      settled.map(({ status }, n) => (status === 'rejected' ? n : null)).filter(Boolean),
    ).toEqual([7, 8, 30]);
    for (const n of [7, 8, 30])
      expect(settled[n]).toMatchObject({ reason: { class: '22012', reason: 'misconfigured' } });
    for (const n of asked.filter((n) => ![7, 8, 30].includes(n)))
      expect(settled[n]).toEqual({ status: 'fulfilled', value: `Company ${n}` });
  });

  test('are all told when their connection is lost', async () => {
    const company = await quickLookups(`(select pg_sleep(0.3))::text`);
    const asked = Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(company));
    await runSql(
      url,
      `select pg_sleep(0.1);
       select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'helpscout-sidebar' and datname = current_database()`,
    );
    const classes = (await asked).map((one) =>
      one.status === 'rejected' ? one.reason.class : one.value,
    );
    expect(classes).toContain('57P01');
    for (const [i, one] of classes.entries())
      expect(['57P01', 'connection_terminated', 'query_timeout', `Company ${i + 1}`]).toContain(
        one,
      );
  });

  test('are answered one after the other, and not all with the last', async () => {
    const company = await quickLookups(
      `case when email = '5@example.com' then (select pg_sleep(0.3))::text else '' end`,
    );
    const order: number[] = [];
    const messages = countMessages();
    const asked = [1, 2, 3, 4, 5, 6].map((n) => company(n).then(() => order.push(n)));
    await Promise.all(asked);
    // The first two go at once, and the others together.
    expect(messages().sync).toBe(3);
    expect(order.slice(0, 4).sort()).toEqual([1, 2, 3, 4]);
    expect(order.slice(4)).toEqual([5, 6]);
  });

  test('are on their own once lookups are slow, since nobody should wait for another’s', async () => {
    const company = await quickLookups(`(select pg_sleep(0.06))::text`);
    await company(1);
    const messages = countMessages();
    await Promise.all([2, 3, 4, 5, 6, 7].map(company));
    expect(messages().sync).toBe(6);
  });

  test('stay together where it is this process that is slow, and not Postgres', async () => {
    const company = await quickLookups();
    const first = company(1);
    // Lets it be sent, and then keeps everything waiting.
    await turns(1);
    const until = performance.now() + 100;
    while (performance.now() < until);
    await first;
    const messages = countMessages();
    await Promise.all([2, 3, 4, 5, 6, 7, 8, 9, 10].map(company));
    expect(messages().sync).toBeLessThan(5);
  });

  test('are given up in time where Postgres and this process are slow', async () => {
    // Without settings nobody ends them but pg.
    const own = createPool(url, log, { withSettings: false });
    const findAccounts = createFindAccounts(
      own,
      query(`case when email < '3' then (select pg_sleep(1.5))::text else '' end`),
      log,
    );
    for (let i = 0; i < 20; i++) await findAccounts([]);
    let isBusy = true;
    const beBusy = () => {
      if (isBusy) setImmediate(beBusy);
    };
    beBusy();
    const began = performance.now();
    const asked = [1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 2].map(companyOf(findAccounts));
    const settled = await Promise.allSettled(asked);
    isBusy = false;
    expect(performance.now() - began).toBeLessThan(withSlack(4_000));
    for (const { status } of settled) expect(status).toBe('rejected');
    await own.end();
  });

  test('do not wait for batches that hang', async () => {
    const company = await quickLookups(
      `case when email < '4' then (select pg_sleep(0.5))::text else '' end`,
    );
    const order: number[] = [];
    const ask = (n: number) => company(n).then(() => order.push(n));
    // Three batches of one each: two at once, and one at the end of its turn.
    const first = [ask(1), ask(2)];
    await turns(2);
    first.push(ask(3));
    await turns(2);
    const last = [ask(50), ask(60)];
    await Promise.all([...first, ...last]);
    expect(order.slice(0, 2).sort()).toEqual([50, 60]);
  });
});

test('finds an address with whatever an array in Postgres has a meaning for', async () => {
  const findAccounts = createFindAccounts(pool, query(), log);
  const odd = 'o"quote\\back{brace},@example.com';
  expect(await findAccounts(['nobody@example.com', odd])).toMatchObject([
    { email: odd, companyName: 'Odd' },
  ]);
});

test('never reads a row by columns that the statement no longer has', async () => {
  await runSql(url, `create table changing (email text, company_name text, plan_name text)`);
  await runSql(url, `insert into changing values ('a@example.com', 'A', 'Gold')`);
  const findAccounts = createFindAccounts(
    pool,
    { file: 'account.sql', sql: 'select * from changing where email = any($1::text[])' },
    log,
  );
  expect(await findAccounts(['a@example.com'])).toMatchObject([
    { companyName: 'A', planName: 'Gold' },
  ]);
  // As behind a pooler, whose sessions come and go: the next one parses what the table is then.
  await runSql(
    url,
    `alter table changing drop column company_name; alter table changing add column company_name text;
     update changing set company_name = 'B';
     select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'helpscout-sidebar' and datname = current_database()`,
  );
  await expect
    .poll(() => findAccounts(['a@example.com']).catch(() => null))
    .toMatchObject([{ companyName: 'B', planName: 'Gold' }]);
  await runSql(url, 'alter table changing drop column company_name');
  expect(await findAccounts(['a@example.com'])).toMatchObject([
    { companyName: null, planName: 'Gold' },
  ]);
});

test('takes a changed table in its stride where a pooler has no named statements', async () => {
  await runSql(url, `create table renamed (email text, plan_name varchar(20))`);
  await runSql(url, `insert into renamed values ('a@example.com', 'Gold')`);
  const sql = 'select email, plan_name from renamed where email = any($1::text[])';
  const findAccounts = createFindAccounts(pool, { file: 'account.sql', sql }, log);
  await findAccounts([]);
  // What PgBouncer says of a name in transaction mode.
  const client = await pool.connect();
  await client.query('deallocate all');
  client.release();
  expect(await findAccounts(['a@example.com'])).toMatchObject([{ planName: 'Gold' }]);
  await runSql(url, 'alter table renamed alter plan_name type text');
  expect(await findAccounts(['a@example.com'])).toMatchObject([{ planName: 'Gold' }]);
  expect(await findAccounts(['a@example.com'])).toMatchObject([{ planName: 'Gold' }]);
});

test('answers all though one batch takes longer than pg waits for a query', async () => {
  const company = await quickLookups(
    `case when email < '5' then (select pg_sleep(0.25))::text else '' end`,
  );
  const asked = Array.from({ length: 8 }, (_, n) => 10 + n);
  expect(await Promise.all(asked.map(company))).toEqual(asked.map((n) => `Company ${n}`));
});

test('settles what waits when its pool ends', async () => {
  const own = createPool(url, log);
  const columns = [{ name: 'one', oid: 23, type: 'integer', kind: 'number' }] as const;
  const runStatement = createBatcher(own, {
    name: 'one',
    text: 'select 1 as one where $1::text is null',
    columns,
  });
  expect(await runStatement([null])).toEqual([['1']]);
  const asked = Array.from({ length: 30 }, () => runStatement([null]));
  const ended = own.end();
  // Else this waits until the test is given up.
  expect(await Promise.allSettled(asked)).toHaveLength(30);
  await ended;
});
