import { beforeAll, describe, expect, test } from 'vitest';
import type { FindAccounts } from '../../src/domain/account.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { createDatabase } from '../databases.ts';
import { eventually } from '../examples.ts';
import { lookups } from '../lookups.ts';

// Each person of the table is there once, with a company that tells whose row it is.

const address = (n: number) => `${n}@example.com`;
const companyOf = (findAccounts: FindAccounts) => async (n: number) =>
  (await findAccounts([address(n)])).map(({ companyName }) => companyName).join();

/** With `extra` in the select list, which may fail or sleep for some of them. */
const query = (extra = `'x'`) =>
  `select email, company_name, ${extra} as "Extra"
   from people where email = any($1::text[]) order by email`;

let url: string;

beforeAll(async () => {
  url = await createDatabase();
  await runSql(
    url,
    `create table people (email text primary key, company_name text);
     insert into people select n || '@example.com', 'Company ' || n from generate_series(0, 99) as n;
     insert into people values ('o"quote\\back{brace},@example.com', 'Odd');`,
  );
});

async function ready(extra?: string, maxConnections?: number) {
  const opened = lookups(url, query(extra), maxConnections);
  await eventually(() =>
    expect(opened.connections.counts().open).toBe(Math.min(2, maxConnections ?? 2)),
  );
  await opened.findAccounts([]);
  return { ...opened, company: companyOf(opened.findAccounts) };
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('lookups in flight together', () => {
  test('get their own rows each, of two connections', async () => {
    const { company, connections } = await ready();
    const asked = numbers(200).map((n) => (n % 3 === 0 ? 1_000 + n : n % 100));
    expect(await Promise.all(asked.map(company))).toEqual(
      asked.map((n) => (n < 100 ? `Company ${n}` : '')),
    );
    await eventually(() => expect(connections.counts()).toEqual({ open: 2, idle: 2, waiting: 0 }));
  });

  test('are not answered with another’s error, nor left without an answer behind it', async () => {
    // In a where, it is no column that could be left out.
    const failing = `select email, company_name
      from (select * from people where email = any($1::text[]) offset 0) as asked
      where 1 / case when email in ('7@example.com', '8@example.com', '30@example.com') then 0 else 1 end = 1`;
    const { findAccounts } = lookups(url, failing);
    const asked = numbers(40);
    const settled = await Promise.allSettled(asked.map(companyOf(findAccounts)));
    for (const n of asked)
      if ([7, 8, 30].includes(n)) expect(settled[n]).toMatchObject({ reason: { class: '22012' } });
      else expect(settled[n]).toEqual({ status: 'fulfilled', value: `Company ${n}` });
  });

  test('cost a column of their own, and nothing of the others, where it cannot be computed', async () => {
    const { company } = await ready(
      `1 / case when email in ('7@example.com', '8@example.com', '30@example.com') then 0 else 1 end`,
    );
    const asked = numbers(40);
    expect(await Promise.all(asked.map(company))).toEqual(asked.map((n) => `Company ${n}`));
  });

  test('do not wait for a slow one', async () => {
    const { company, connections } = await ready(
      `case when email = '5@example.com' then (select pg_sleep(0.5))::text else '' end`,
    );
    const order: number[] = [];
    await Promise.all(numbers(50).map((n) => company(n).then(() => order.push(n))));
    // Of those behind it on its connection; on a busy machine some take as long as it does.
    expect(order.indexOf(5)).toBeGreaterThan(40);
    expect(connections.counts().open).toBeLessThanOrEqual(4);
    // What was opened for the others is closed when it is idle.
    await eventually(() => expect(connections.counts().open).toBe(2));
  });

  test('are all answered behind several that are cancelled', async () => {
    const { company } = await ready(
      `case when email < '2' then (select pg_sleep(5))::text else '' end`,
    );
    // 0, 1 and 10 to 19 are slow.
    const asked = [0, 20, 1, 30, 21, 31, 40, 41, 42, 43];
    const settled = await Promise.allSettled(asked.map(company));
    for (const [i, n] of asked.entries())
      if (n < 2) expect(settled[i]).toMatchObject({ reason: { class: '57014' } });
      else expect(settled[i]).toEqual({ status: 'fulfilled', value: `Company ${n}` });
  });

  test('are answered all the same on a single connection', async () => {
    const { company, connections } = await ready(undefined, 1);
    const asked = numbers(50);
    expect(await Promise.all(asked.map(company))).toEqual(asked.map((n) => `Company ${n}`));
    expect(connections.counts().open).toBe(1);
  });

  test('are answered though their connections are lost', async () => {
    const { company } = await ready(`(select pg_sleep(0.05))::text`);
    const asked = Promise.all(numbers(10).map(company));
    await runSql(
      url,
      `select pg_sleep(0.1);
       select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'helpscout-sidebar' and datname = current_database()`,
    );
    expect(await asked).toEqual(numbers(10).map((n) => `Company ${n}`));
  });

  test('are settled when the connections end', async () => {
    const { company, end } = await ready();
    const asked = numbers(30).map(company);
    const ended = end();
    // Else this waits until the test is given up.
    expect(await Promise.allSettled(asked)).toHaveLength(30);
    await ended;
  });
});

test('finds an address with whatever an array in Postgres has a meaning for', async () => {
  const { findAccounts } = await ready();
  const odd = 'o"quote\\back{brace},@example.com';
  expect(await findAccounts(['nobody@example.com', odd])).toMatchObject([
    { email: odd, companyName: 'Odd' },
  ]);
});

test('knows whether it is connected, and asks nothing for it', async () => {
  const { connections } = await ready();
  expect(connections.isConnected()).toBe(true);
  const away = lookups('postgres://nobody@127.0.0.1:1/none', query());
  expect(away.connections.isConnected()).toBeNull();
  await expect(away.findAccounts(['a@example.com'])).rejects.toMatchObject({
    class: 'ECONNREFUSED',
  });
  expect(away.connections.isConnected()).toBe(false);
});

test('never reads a row by columns that the statement no longer has', async () => {
  await runSql(url, `create table changing (email text, company_name text, plan_name text)`);
  await runSql(url, `insert into changing values ('a@example.com', 'A', 'Gold')`);
  const { findAccounts } = lookups(url, 'select * from changing where email = any($1::text[])');
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
  const { findAccounts, connections } = lookups(url, sql, 1);
  await findAccounts([]);
  // What PgBouncer says of a name in transaction mode.
  await connections.run({ name: undefined, text: 'deallocate all' }, []);
  expect(await findAccounts(['a@example.com'])).toMatchObject([{ planName: 'Gold' }]);
  await runSql(url, 'alter table renamed alter plan_name type text');
  expect(await findAccounts(['a@example.com'])).toMatchObject([{ planName: 'Gold' }]);
  expect(await findAccounts(['a@example.com'])).toMatchObject([{ planName: 'Gold' }]);
});
