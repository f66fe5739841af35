import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { accountQueryFile, demoSql } from '../../src/domain/package-files.ts';
import { rowsOf, runSql } from '../../src/kit/demo/demo-database.ts';
import { checkEncoding, factsOf } from '../../src/kit/doctor/database.ts';
import { checkLetterCase } from '../../src/kit/doctor/letter-case.ts';
import { checkPlan, planOf } from '../../src/kit/doctor/plan.ts';
import { relationsOf } from '../../src/kit/doctor/relations.ts';
import { checkTables } from '../../src/kit/doctor/tables.ts';
import { draftQuery } from '../../src/kit/drafting/draft-query.ts';
import { createConnections } from '../../src/postgres/connections.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog, now } from '../examples.ts';
import { role } from '../roles.ts';

const shipped = new URL('../../sql/', import.meta.url);
const accountQuery = readFileSync(accountQueryFile, 'utf8');
const throughFunction = readFileSync(new URL('through-function.sql', shipped), 'utf8');
const latin1 = `template template0 encoding 'LATIN1' locale 'C'`;

function finderAt(url: string, sql: string) {
  const pool = createConnections(url, memoryLog());
  onTestFinished(() => pool.end());
  return createFindAccounts(pool, { file: 'account.sql', sql }, memoryLog());
}

/** Creates the function that `npm run role` prints for this query; gives the query that calls it. */
async function createFunction(url: string, query: string) {
  const folder = await mkdtemp(join(tmpdir(), 'query-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'query.sql');
  await writeFile(file, query);
  const { sql, said } = await role({ DATABASE_URL: url, ACCOUNT_QUERY_FILE: file });
  expect(said).toBe('');
  expect(sql).toMatch(onlyAscii);
  const name = `role_of_${new URL(url).pathname.slice(1)}`;
  onTestFinished(() => runSql(url, `drop owned by ${name}; drop role ${name}`));
  await runSql(url, sql.replaceAll('helpscout_sidebar', name));
  return throughFunction.replaceAll('helpscout_sidebar', name);
}

const onlyAscii = /^[\0-\x7f]*$/;

describe('the SQL that is sent to a server', () => {
  const files = readdirSync(shipped).filter((name) => name.endsWith('.sql'));

  test.each([...files, 'demo/schema.sql'])('is ASCII in sql/%s', (name) => {
    expect(readFileSync(new URL(name, shipped), 'utf8')).toMatch(onlyAscii);
  });

  test('is ASCII in a draft', async () => {
    const url = await createDatabase();
    await runSql(url, readFileSync(demoSql('schema.sql'), 'utf8'));
    const client = new pg.Client(url);
    await client.connect();
    const { text } = await draftQuery(client).finally(() => client.end());
    expect(text).toMatch(onlyAscii);
  });
});

describe('a column of type citext', () => {
  test.each(['public', 'extensions'])(
    'is found in any case, by its index, directly and through the function (%s)',
    async (schema) => {
      const url = await createDatabase();
      await runSql(
        url,
        `create schema if not exists ${schema};
         create extension citext schema ${schema};
         alter database ${new URL(url).pathname.slice(1)} set search_path = public, extensions`,
      );
      await runSql(
        url,
        `create table people (email citext);
         insert into people select 'P' || n || '@Example.com' from generate_series(1, 20000) as n;
         create index on people (email);
         analyze people`,
      );
      const query = 'select email from people where email = any($1) -- $1';
      const scans = () => rowsOf(url, 'select seq_scan, idx_scan from pg_stat_user_tables');
      for (const sql of [query, await createFunction(url, query)]) {
        await runSql(url, 'select pg_stat_reset()');
        const pool = createConnections(url, memoryLog());
        const find = createFindAccounts(pool, { file: 'account.sql', sql }, memoryLog());
        expect(await find(['p7@example.com'])).toMatchObject([{ email: 'p7@example.com' }]);
        // A session that ends reports what it scanned.
        await pool.end();
        await expect.poll(scans).toEqual([{ seq_scan: '0', idx_scan: '1' }]);
      }
    },
  );
});

describe('a LATIN1 database', () => {
  /** The demo's people; LATIN1 has no typographic apostrophe. */
  async function createLatinDemo(): Promise<string> {
    const url = await createDatabase(latin1);
    await runSql(url, readFileSync(demoSql('schema.sql'), 'utf8'));
    const people = readFileSync(demoSql('people.sql'), 'utf8').replaceAll('\u2019', "''");
    await runSql(url, `set demo.now = '${now.toISOString()}'; begin; ${people} commit`);
    return url;
  }

  test('runs the query and the function of npm run role, and finds people with accents', async () => {
    const url = await createLatinDemo();
    await runSql(url, "update users set email = 'jos\u00e9@example.com' where email like 'jose.%'");
    for (const query of [accountQuery, await createFunction(url, accountQuery)]) {
      const find = finderAt(url, query);
      expect(await find(['jos\u00e9@example.com'])).toMatchObject([{ personName: 'José Núñez' }]);
    }
  });

  test('answers that nobody has an address which it cannot store', async () => {
    const url = await createLatinDemo();
    await runSql(url, "update users set email = 'jos\u00e9@example.com' where email like 'jose.%'");
    const find = finderAt(url, accountQuery);
    expect(await find(['猫@example.com'])).toEqual([]);
    const found = await find(['猫@example.com', 'jos\u00e9@example.com', 'bare@example.com']);
    expect(found.map(({ email }) => email)).toEqual(['jos\u00e9@example.com', 'bare@example.com']);
  });

  test('still finds the customer by number whose address it cannot store', async () => {
    const url = await createDatabase(latin1);
    await runSql(
      url,
      "create table people (email text, number text); insert into people values ('a@example.com', '7')",
    );
    const find = finderAt(
      url,
      `select email, number as helpscout_customer_id from people
       where email = any($1) or number = $2`,
    );
    expect(await find(['猫@example.com'], '7')).toMatchObject([{ email: 'a@example.com' }]);
  });

  test('names the mistake when the query has a character that it cannot store', async () => {
    const url = await createDatabase(latin1);
    await runSql(url, 'create table people (email text)');
    const find = finderAt(url, 'select email from people where email = any($1) -- a – b');
    await expect(find(['a@example.com'])).rejects.toMatchObject({ class: 'contract' });
  });
});

/** What the doctor says of a query's tables, collations and plan. */
async function examined(url: string, sql: string) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const query = { file: 'account.sql', sql };
    const nobody = 'nobody@example.invalid';
    const relations = await relationsOf(client, sql);
    const plan = await planOf(client, sql, nobody);
    return [
      ...checkTables(relations),
      await checkLetterCase(client, query, plan, relations),
      ...(await checkPlan(client, query, plan, nobody)),
    ];
  } finally {
    await client.end();
  }
}

async function finding(check: string, url: string, sql: string) {
  return (await examined(url, sql)).filter((found) => found.check === check);
}

const allRight = [
  { check: 'tables', state: 'right' },
  { check: 'letter case', state: 'right' },
  { check: 'plan', state: 'right' },
];

describe('a database in Turkish', () => {
  const turkish = `template template0 locale 'C' locale_provider icu icu_locale 'tr-TR'`;
  const people = `insert into people select 'INFO' || n || '@example.com' from generate_series(1, 20000) as n;
    analyze people`;

  test.each([
    ['text', turkish, 'lower(email)', 'lower(email collate "C")'],
    ['varchar(80)', turkish, 'lower(email)', 'lower(email collate "C")'],
    ['citext', turkish, 'email', 'lower(email::text collate "C")'],
    ['text collate "tr-TR-x-icu"', '', 'lower(email)', 'lower(email collate "C")'],
  ])('hides INFO@… in %s, until the remedy is applied', async (type, options, compared, cure) => {
    const url = await createDatabase(options);
    await runSql(url, `create extension citext; create table people (email ${type}); ${people}`);
    const query = (expression: string) =>
      `select p.email from people as p where ${expression.replace('email', 'p.email')} = any($1)`;
    const [found] = await finding('letter case', url, query(compared));
    expect(found).toMatchObject({
      state: 'wrong',
      says: expect.stringContaining('public.people (email) turns I into a dotless i'),
      todo: `compare ${cure} in the query, with an index on that expression`,
    });
    expect(await finderAt(url, query(compared))(['info7@example.com'])).toEqual([]);

    const [index] = await finding('plan', url, query(cure));
    expect(index).toMatchObject({ state: 'wrong', todo: expect.stringContaining(cure) });
    await runSql(url, String(index?.todo));
    expect(await examined(url, query(cure))).toMatchObject(allRight);
    expect(await finderAt(url, query(cure))(['info7@example.com'])).toHaveLength(1);
  });

  test('is right where addresses are compared otherwise', async () => {
    const url = await createDatabase(turkish);
    await runSql(url, 'create table people (email text, name text)');
    const sql = 'select email, lower(name) as nickname from people where email = any($1)';
    expect(await examined(url, sql)).toMatchObject(allRight);
  });

  test('finds INFO@… through the function of a query with the remedy', async () => {
    const url = await createDatabase(turkish);
    await runSql(url, `create table people (email text); ${people}`);
    const query = 'select email from people where lower(email collate "C") = any($1)';
    const find = finderAt(url, await createFunction(url, query));
    expect(await find(['info7@example.com'])).toHaveLength(1);
  });
});

describe('row-level security', () => {
  const query = 'select email from people where email = any($1)';

  /** People behind row-level security, and the address of a role that may select them. */
  async function createRestricted(sql = '') {
    const url = await createDatabase();
    const reader = `reader_of_${new URL(url).pathname.slice(1)}`;
    await runSql(
      url,
      `create table people (email text); insert into people values ('a@example.com');
       alter table people enable row level security;
       create role ${reader} login password '${new URL(url).password}';
       grant select on people to ${reader}; ${sql}`,
    );
    onTestFinished(() => runSql(url, `drop owned by ${reader}; drop role ${reader}`));
    return { owner: url, reader, url: Object.assign(new URL(url), { username: reader }).href };
  }

  test('without a policy is wrong, until the remedy is applied', async () => {
    const { owner, reader, url } = await createRestricted();
    const [found, ...more] = await finding('tables', url, query);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      state: 'wrong',
      says: `public.people has row-level security, and no policy lets "${reader}" see a row: nobody is found`,
    });
    expect(await finderAt(url, query)(['a@example.com'])).toEqual([]);
    await runSql(owner, String(found?.todo));
    expect(await examined(url, query)).toMatchObject(allRight);
    expect(await finderAt(url, query)(['a@example.com'])).toHaveLength(1);
  });

  test.each([
    ['policies of others or for writing', 'for select to postgres using (true)', 'wrong'],
    ['policies for writing', 'for insert with check (true)', 'wrong'],
    ['restrictive policies alone', 'as restrictive using (true)', 'wrong'],
    ['a policy for some rows', "using (email like 'b%')", 'advice'],
    ['a policy for all rows', 'using (true)', 'right'],
  ])('with %s', async (_, policy, state) => {
    const { url } = await createRestricted(`create policy "Own" on people ${policy}`);
    const [found] = await finding('tables', url, query);
    expect(found).toMatchObject({ state });
    if (state === 'advice') expect(found?.says).toContain('"Own"');
  });

  test('is no matter of a table of which the query only has the name for something else', async () => {
    const { url } = await createRestricted();
    const sql = `select asked.people as email, 1 as people
      from (select unnest($1::text[]) as people) as asked`;
    expect(await finding('tables', url, sql)).toMatchObject([{ state: 'right' }]);
  });

  test('does not apply to a role that bypasses it', async () => {
    const { owner, reader, url } = await createRestricted();
    await runSql(owner, `alter role ${reader} bypassrls`);
    expect(await finding('tables', url, query)).toMatchObject([{ state: 'right' }]);
  });

  test('does not apply to the owner, nor to a superuser, unless it is forced', async () => {
    const { owner, reader, url } = await createRestricted();
    expect(await finding('tables', owner, query)).toMatchObject([{ state: 'right' }]);
    await runSql(owner, `alter table people owner to ${reader}`);
    expect(await finding('tables', url, query)).toMatchObject([{ state: 'right' }]);
    await runSql(owner, 'alter table people force row level security');
    expect(await finding('tables', url, query)).toMatchObject([{ state: 'wrong' }]);
  });

  test('applies to the owner of a view, or to its caller', async () => {
    const view = (options: string) =>
      `create or replace view customers ${options} as select * from people;
       grant select on customers to public`;
    const { owner, url } = await createRestricted(view(''));
    const sql = 'select email from public.customers where email = any($1)';
    expect(await finding('tables', url, sql)).toMatchObject([{ state: 'right' }]);
    await runSql(owner, view('with (security_invoker = true)'));
    expect(await finding('tables', url, sql)).toMatchObject([{ state: 'wrong' }]);
  });

  test('applies to the owner of the function of npm run role', async () => {
    const { owner, reader } = await createRestricted();
    const through = await createFunction(owner, query);
    const schema = `role_of_${new URL(owner).pathname.slice(1)}`;
    expect(await finding('tables', owner, through)).toMatchObject([{ state: 'right' }]);
    await runSql(owner, `alter function ${schema}.accounts owner to ${reader}`);
    expect(await finding('tables', owner, through)).toMatchObject([
      { state: 'wrong', says: expect.stringContaining(`lets "${reader}" see`) },
    ]);
  });
});

test.each(['people', 'parted'])('a foreign table is named with its server: %s', async (table) => {
  const url = await createDatabase();
  await runSql(
    url,
    `create extension postgres_fdw;
     create server elsewhere foreign data wrapper postgres_fdw;
     create foreign table people (email text) server elsewhere;
     create user mapping for current_user server elsewhere;
     create table parted (email text) partition by list (email);
     create foreign table parted_default partition of parted default server elsewhere`,
  );
  expect(await finding('tables', url, `select email from ${table} where email = any($1)`)).toEqual([
    {
      check: 'tables',
      state: 'advice',
      says: `public.${table} is on another server ("elsewhere"): each lookup waits for that one, too`,
      todo: expect.stringContaining('materialized view'),
    },
  ]);
});

test.each([
  ['UTF8', 'right'],
  ['SQL_ASCII', 'advice'],
  ['LATIN1', 'right'],
])('the encoding %s is %s', async (encoding, state) => {
  const url = await createDatabase(`template template0 encoding '${encoding}' locale 'C'`);
  const client = new pg.Client(url);
  await client.connect();
  const facts = await factsOf(client).finally(() => client.end());
  expect(checkEncoding(facts.encoding)).toMatchObject({
    state,
    says: expect.stringContaining(encoding),
  });
});

test('SQL_ASCII shows all texts but one that is not UTF-8', async () => {
  const url = await createDatabase(`template template0 encoding 'SQL_ASCII' locale 'C'`);
  await runSql(
    url,
    `create table people (email text, name text);
     insert into people values ('猫@example.com', '猫'), ('a@example.com', E'\\xe9')`,
  );
  const query = `select email, name as person_name, 'Basic' as plan_name from people where email = any($1)`;
  const find = finderAt(url, query);
  expect(await find(['猫@example.com'])).toMatchObject([{ personName: '猫' }]);
  expect(await find(['a@example.com'])).toMatchObject([{ personName: null, planName: 'Basic' }]);
});
