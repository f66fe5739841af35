import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { accountQueryFile } from '../../src/domain/package-files.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { createConnections } from '../../src/postgres/connections.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog, now } from '../examples.ts';
import { createDatabaseWithRole, type DatabaseWithRole, role } from '../roles.ts';

let database: DatabaseWithRole;
let reader: pg.Client;

beforeAll(async () => {
  database = await createDatabaseWithRole(now);
  // A plain client: nothing but what the role itself brings.
  reader = new pg.Client(database.reader);
  await reader.connect();
});
afterAll(() => reader.end());

const accounts = (addresses: string) => `select * from ${database.name}.accounts(${addresses})`;

/** A query file of one's own. */
async function file(sql: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'query-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'query.sql'), sql);
  return join(folder, 'query.sql');
}

/** The addresses under which the demo's people are found, and one that nobody has. */
async function everybody(): Promise<string[]> {
  const owner = new pg.Client(database.owner);
  await owner.connect();
  const { rows } = await owner.query('select lower(email) as email from users');
  await owner.end();
  return [...rows.map(({ email }) => email), 'nobody@example.com'];
}

describe('the role that sql/role.sql makes', () => {
  test('is the same when it is made again', async () => {
    const state = async () => {
      const { rows } = await reader.query(
        `select pg_roles.*, array(select proacl::text from pg_proc where proname = 'accounts') as acl
         from pg_roles where rolname = current_user`,
      );
      return rows;
    };
    const before = await state();
    await runSql(database.owner, database.sql);
    expect(await state()).toEqual(before);
    expect((await reader.query(accounts("'{fredsmith@mailinator.com}'"))).rows).toHaveLength(1);
  });

  test('finds the same accounts through the function as the query does by itself', async () => {
    const direct = createConnections(database.owner, memoryLog());
    const narrow = createConnections(database.reader, memoryLog());
    const findDirectly = createFindAccounts(
      direct,
      { file: 'account.sql', sql: readFileSync(accountQueryFile, 'utf8') },
      memoryLog(),
    );
    const through = readFileSync(
      new URL('../../sql/through-function.sql', import.meta.url),
      'utf8',
    );
    const findThrough = createFindAccounts(
      narrow,
      {
        file: 'through-function.sql',
        sql: through.replaceAll('helpscout_sidebar', database.name),
      },
      memoryLog(),
    );
    const people = await everybody();
    expect(people).toHaveLength(15);
    for (const email of people)
      expect(await findThrough([email]), email).toEqual(await findDirectly([email]));
    const several = ['pat.pastdue@example.com', 'two.hats@example.com', 'bare@example.com'];
    const found = await findThrough(several);
    expect(found).toEqual(await findDirectly(several));
    expect(found).toHaveLength(4);
    await Promise.all([direct.end(), narrow.end()]);
  });

  test.each([
    ['read a table', 'select from users', /permission denied for table users/],
    ['list by the function', () => accounts('null'), /asked for 0 addresses/],
    [
      'ask for more than ten',
      () => accounts("array_fill('a@example.com'::text, array[11])"),
      /asked for 11 addresses, at most 10/,
    ],
    ['write', "insert into users (email) values ('x@y.z')", /permission denied|read-only/],
    ['make a table', () => `create table ${database.name}.mine ()`, /read-only|permission denied/],
    [
      'replace the function',
      () => `drop function ${database.name}.accounts`,
      /must be owner|read-only/,
    ],
    ['make a role', 'create role another', /permission denied|read-only/],
    ['become its owner', 'set role postgres', /permission denied/],
    ['read another role’s password', 'select from pg_authid', /permission denied/],
  ])('cannot %s', async (_, sql, refusal) => {
    await expect(reader.query(typeof sql === 'string' ? sql : sql())).rejects.toThrow(refusal);
  });

  test.each([
    "insert into users (email) values ('x@y.z')",
    'update users set email = email',
    'delete from users',
    'truncate users',
    'create table public.mine ()',
  ])('cannot %s in a session that may write, either', async (sql) => {
    await reader.query('set default_transaction_read_only = off');
    await expect(reader.query(sql)).rejects.toMatchObject({ code: '42501' });
    await reader.query('reset default_transaction_read_only');
  });

  test.each([
    ['statement_timeout', '600ms'],
    ['lock_timeout', '250ms'],
    ['idle_in_transaction_session_timeout', '5s'],
    ['default_transaction_read_only', 'on'],
    ['plan_cache_mode', 'force_generic_plan'],
  ])('brings %s = %s into every session', async (name, value) => {
    const { rows } = await reader.query('select current_setting($1) as value', [name]);
    expect(rows).toEqual([{ value }]);
  });

  test('ends a statement that takes too long, by itself', async () => {
    await expect(reader.query('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
  });

  test('has a limited number of connections, and no rights beyond', async () => {
    const { rows } = await reader.query(
      'select rolconnlimit, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = current_user',
    );
    expect(rows).toEqual([
      {
        rolconnlimit: 20,
        rolsuper: false,
        rolcreatedb: false,
        rolcreaterole: false,
        rolbypassrls: false,
      },
    ]);
  });

  test('is alone in being let in', async () => {
    await runSql(database.owner, `create role ${database.name}_other login`);
    onTestFinished(() => runSql(database.owner, `drop role ${database.name}_other`));
    const owner = new pg.Client(database.owner);
    await owner.connect();
    await owner.query(`set role ${database.name}_other`);
    await expect(owner.query(accounts("'{}'"))).rejects.toThrow('permission denied for schema');
    await owner.end();
  });

  test('is not made of one that may do more', async () => {
    const name = `${database.name}_super`;
    await runSql(database.owner, `create role ${name} superuser`);
    onTestFinished(() => runSql(database.owner, `drop role ${name}`));
    await expect(
      runSql(database.owner, database.sql.replaceAll(database.name, name)),
    ).rejects.toThrow(`the role ${name} exists and may do more than log in`);
  });
});

describe('the function', () => {
  /** Makes the function of this query in a database of its own, and gives its owner's client. */
  async function made(tables: string, query: string, search = '$1') {
    const url = await createDatabase();
    await runSql(url, tables);
    const { sql, said } = await role({ DATABASE_URL: url, ACCOUNT_QUERY_FILE: await file(query) });
    expect(said).toBe('');
    const name = `${database.name}_own`;
    await runSql(url, sql.replaceAll('helpscout_sidebar', name));
    const client = new pg.Client(url);
    await client.connect();
    onTestFinished(async () => {
      await client.query(`drop owned by ${name}; drop role ${name}`);
      await client.end();
    });
    return (...asked: [addresses: string[], number?: string | null]) =>
      client.query(`select * from ${name}.accounts(${search})`, asked).then(({ rows }) => rows);
  }

  test('tells of nobody who was not asked for, though the query takes patterns', async () => {
    const find = await made(
      "create table people (email text); insert into people values ('A@example.com'), ('b@example.com')",
      'select email from people where email ilike any($1)',
    );
    expect(await find(['%'])).toEqual([]);
    expect(await find(['%', 'a@example.com'])).toEqual([{ email: 'A@example.com' }]);
  });

  test('takes any type, semicolons, and names that need quotes', async () => {
    const find = await made(
      `create domain score as integer; create type level as enum ('low', 'high');
       create table people (email varchar(80), "Points" score, level level, addresses text[]);
       insert into people values ('a@example.com', 7, 'high', '{x}')`,
      `select email, "Points", level, addresses, ';' as "a ""b"" c", $$;$$ as "--",
         E'it\\'s;' as escaped, 'a -- b' as dashes /* /* ; */ ; */
       from people where email = any($1) /* ; */ ; -- the end; really`,
    );
    expect(await find(['a@example.com'])).toEqual([
      {
        email: 'a@example.com',
        Points: 7,
        level: 'high',
        addresses: ['x'],
        'a "b" c': ';',
        '--': ';',
        escaped: "it's;",
        dashes: 'a -- b',
      },
    ]);
  });

  describe('of a query that names $2', () => {
    const people = `create table people (email text, number text);
      insert into people values ('a@example.com', '7'), ('b@example.com', '8'), ('c@example.com', ''),
        ('d@example.com', '0'), (null, '9')`;
    /** Greedy: it finds everybody, whoever is asked for. */
    const query = `select email, number as helpscout_customer_id from people
      where email = any($1) or $2::text is null or $2::text is not null order by email`;

    test('finds one customer by the number, and nobody else', async () => {
      const find = await made(people, query, '$1, $2');
      const found = async (...asked: Parameters<typeof find>) =>
        (await find(...asked)).map(({ email }) => email);
      expect(await found([], '7')).toEqual(['a@example.com']);
      expect(await found(['b@example.com'], '7')).toEqual(['a@example.com', 'b@example.com']);
      expect(await found([], '9')).toEqual([null]);
      expect(await found([], '70')).toEqual([]);
      expect(await found(['b@example.com'], null)).toEqual(['b@example.com']);
    });

    test.each(['', '0', '%', '_', '07', '7\n', '1234567890123456789', "' or true--"])(
      'refuses %j, which is no number, since a table may have it for many',
      async (number) => {
        const find = await made(people, query, '$1, $2');
        await expect(find([], number)).rejects.toMatchObject({
          code: '22023',
          message: 'asked for a customer whose number is none',
        });
      },
    );

    test('goes on answering a server that gives no number yet', async () => {
      const find = await made(people, query);
      expect(await find(['a@example.com'])).toMatchObject([{ email: 'a@example.com' }]);
      expect(await find([])).toEqual([]);
    });

    test('answers the server as the query does by itself, with a number that is an integer', async () => {
      const url = await createDatabase();
      await runSql(
        url,
        "create table people (email text, number int); insert into people values ('a@example.com', 706401868)",
      );
      const sql = `select email, number as helpscout_customer_id from people
        where email = any($1) or number = $2::int`;
      const printed = await role({ DATABASE_URL: url, ACCOUNT_QUERY_FILE: await file(sql) });
      expect(printed.sql).toContain(
        'ACCOUNT_QUERY_FILE is\n-- sql/through-function-by-number.sql.',
      );
      expect(printed.sql).toContain('one can list whoever has one');
      const name = `${database.name}_number`;
      await runSql(url, printed.sql.replaceAll('helpscout_sidebar', name));
      const through = readFileSync(
        new URL('../../sql/through-function-by-number.sql', import.meta.url),
        'utf8',
      ).replaceAll('helpscout_sidebar', name);
      const pool = createConnections(url, memoryLog());
      const find = createFindAccounts(pool, { file: 'by-number.sql', sql: through }, memoryLog());
      onTestFinished(async () => {
        await pool.end();
        await runSql(url, `drop owned by ${name}; drop role ${name}`);
      });
      expect(await find([], '706401868')).toMatchObject([{ email: 'a@example.com' }]);
      expect(await find([], '706401869')).toEqual([]);
      expect(await find(['a@example.com'])).toHaveLength(1);
    });

    test('is replaced by one that takes no number, when the query takes none', async () => {
      const url = await createDatabase();
      await runSql(url, people);
      const name = `${database.name}_changed`;
      onTestFinished(() => runSql(url, `drop owned by ${name}; drop role ${name}`));
      for (const sql of [query, 'select email from people where email = any($1)']) {
        const printed = await role({ DATABASE_URL: url, ACCOUNT_QUERY_FILE: await file(sql) });
        await runSql(url, printed.sql.replaceAll('helpscout_sidebar', name));
      }
      await expect(
        runSql(url, `select ${name}.accounts('{a@example.com}', '7')`),
      ).rejects.toMatchObject({ code: '42883' });
      await runSql(url, `select ${name}.accounts('{a@example.com}')`);
    });
  });

  test('is not made where others could put functions in its way', async () => {
    await runSql(database.owner, 'grant create on schema public to public');
    onTestFinished(() => runSql(database.owner, 'revoke create on schema public from public'));
    await expect(runSql(database.owner, database.sql)).rejects.toMatchObject({
      message: `the role ${database.name} may create in schema public`,
      hint: 'revoke create on schema public from public;',
    });
  });

  test('looks where the query looked, whatever the caller’s search path', async () => {
    const url = await createDatabase();
    await runSql(
      url,
      `create schema "my app"; create table "my app".people (email text);
       alter database ${new URL(url).pathname.slice(1)} set search_path = "my app"`,
    );
    const ACCOUNT_QUERY_FILE = await file('select email from people where email = any($1)');
    const { sql } = await role({ DATABASE_URL: url, ACCOUNT_QUERY_FILE });
    expect(sql).toContain('set search_path = "my app", pg_temp');
  });
});

describe('npm run role', () => {
  test.each([
    ['without a database', {}, 2, 'DATABASE_URL is not set'],
    [
      'with a database that is away',
      { DATABASE_URL: 'postgres://127.0.0.1:1/none' },
      1,
      'ECONNREFUSED',
    ],
    ['with a URL that is none', { DATABASE_URL: 'here' }, 2, 'DATABASE_URL is not a URL'],
  ])('explains itself %s', async (_, settings, status, explanation) => {
    const { code, sql, said } = await role(settings as Record<string, string>);
    expect({ code, sql }).toEqual({ code: status, sql: '' });
    expect(said).toContain(explanation);
    expect(said).not.toMatch(/^ +at /m);
  });

  test('refuses a query that breaks the contract', async () => {
    const ACCOUNT_QUERY_FILE = await file('select 1 as is_owner where $1::text[] is null');
    const { code, said } = await role({ DATABASE_URL: database.owner, ACCOUNT_QUERY_FILE });
    expect(code).toBe(1);
    expect(said).toContain('must return a column "email"');
  });

  test('refuses to put the function into itself', async () => {
    const ACCOUNT_QUERY_FILE = await file('select * from helpscout_sidebar.accounts($1)');
    const { code, said } = await role({ DATABASE_URL: database.owner, ACCOUNT_QUERY_FILE });
    expect(code).toBe(1);
    expect(said).toContain('asks the function itself');
  });

  test('prints its usage', async () => {
    expect((await role({}, ['--help'])).sql).toContain('npm run --silent role > role.sql');
    expect((await role({}, ['--loud'])).code).toBe(2);
  });
});
