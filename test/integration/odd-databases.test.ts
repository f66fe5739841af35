import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { accountQueryFile, demoSql } from '../../src/domain/package-files.ts';
import { rowsOf, runSql } from '../../src/kit/demo/demo-database.ts';
import { draftQuery } from '../../src/kit/drafting/draft-query.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog, now } from '../examples.ts';
import { role } from '../roles.ts';

const shipped = new URL('../../sql/', import.meta.url);
const accountQuery = readFileSync(accountQueryFile, 'utf8');
const throughFunction = readFileSync(new URL('through-function.sql', shipped), 'utf8');
const latin1 = `template template0 encoding 'LATIN1' locale 'C'`;

function finderAt(url: string, sql: string) {
  const pool = createPool(url, memoryLog());
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
        const pool = createPool(url, memoryLog());
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
