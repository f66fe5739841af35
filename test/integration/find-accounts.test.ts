import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FindAccounts } from '../../src/domain/account.ts';
import { accountQueryFile } from '../../src/domain/package-files.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { onlyRequested } from '../../src/lookup/decorators.ts';
import { type Connections, createConnections } from '../../src/postgres/connections.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { createDatabase, createDemoDatabase } from '../databases.ts';
import { eventually, memoryLog, now } from '../examples.ts';

const query = { file: accountQueryFile, sql: readFileSync(accountQueryFile, 'utf8') };
const queryOf = (sql: string) => ({ file: 'account.sql', sql });

describe('in the demo’s database', () => {
  let pool: Connections;
  let findAccounts: FindAccounts;
  const log = memoryLog();

  beforeAll(async () => {
    pool = createConnections(await createDemoDatabase(now), log);
    findAccounts = createFindAccounts(pool, query, log);
  });
  afterAll(() => pool.end());

  test('finds an owner with everything that the database knows', async () => {
    expect(await findAccounts(['fredsmith@mailinator.com'])).toEqual([
      {
        email: 'fredsmith@mailinator.com',
        helpScoutCustomerId: null,
        personName: 'Fred Smith',
        isOwner: true,
        personTimezone: 'Australia/Sydney',
        companyName: 'Smith & Sons Carpentry',
        companyTimezone: 'Australia/Sydney',
        adminUrl: 'https://admin.example.com/companies/1',
        planName: 'Business',
        subscriptionStatus: 'active',
        planExpiresAt: new Date('2027-03-12T15:14:00Z'),
        cancelAtPeriodEnd: false,
        cancelsAt: null,
        trialEndsAt: null,
        customerSince: new Date('2021-03-16T15:14:00Z'),
        employeeCount: 48,
        employeeLimit: 50,
        stripeCustomerId: 'cus_FredSmith1',
        stripeSubscriptionId: 'sub_FredSmith1',
        links: [],
        modules: ['Leave', 'Payroll', 'Rosters'],
        notice: null,
        otherFacts: [],
      },
    ]);
  });

  test('finds nobody by no address, which is how the start prepares the query', async () => {
    expect(await findAccounts([])).toEqual([]);
  });

  test('asks once, however many addresses there are', async () => {
    const asked = vi.spyOn(pool, 'run');
    await findAccounts(['two.hats@example.com', 'bare@example.com', 'nobody@example.com']);
    expect(asked).toHaveBeenCalledOnce();
    asked.mockRestore();
  });

  test('can only read', async () => {
    const insert = "insert into users (email) values ('x@y.z')";
    await expect(pool.check((client) => client.query(insert))).rejects.toMatchObject({
      code: '25006',
    });
  });
});

describe('with a query of one’s own', () => {
  let url: string;
  let pool: Connections;
  const log = memoryLog();

  beforeAll(async () => {
    url = await createDatabase();
    pool = createConnections(url, log);
    await runSql(
      url,
      "create table people (email text); insert into people values ('a@example.com'), ('b@example.com')",
    );
  });
  afterAll(() => pool.end());

  test('drops rows that nobody asked for, and says so without naming them', async () => {
    const query = queryOf(
      "select email from people where $1::text[] is not null or email ilike '%'",
    );
    const findAccounts = onlyRequested(createFindAccounts(pool, query, log), log);
    const accounts = await findAccounts(['a@example.com']);
    expect(accounts.map(({ email }) => email)).toEqual(['a@example.com']);
    expect(log.entries).toEqual([{ event: 'unasked_rows', count: 1 }]);
  });

  describe('that asks for Help Scout’s customer id, too', () => {
    const byId = `select email, 7 as helpscout_customer_id from people
      where email = any($1) or $2::text is not null order by email`;

    test('finds by the id, though no address was asked for', async () => {
      const findAccounts = onlyRequested(
        createFindAccounts(createConnectionsForOne(), queryOf(byId), log),
        log,
      );
      const emails = async (...asked: Parameters<FindAccounts>) =>
        (await findAccounts(...asked)).map(({ email }) => email);
      expect(await emails([], '7')).toEqual(['a@example.com', 'b@example.com']);
      expect(await emails(['b@example.com'])).toEqual(['b@example.com']);
      expect(await emails([])).toEqual([]);
    });

    test('drops the rows of another customer, whatever the query found them by', async () => {
      const findAccounts = onlyRequested(
        createFindAccounts(createConnectionsForOne(), queryOf(byId), log),
        log,
      );
      const accounts = await findAccounts(['a@example.com'], '70');
      expect(accounts.map(({ email }) => email)).toEqual(['a@example.com']);
    });

    test('shows no line for it', async () => {
      const findAccounts = onlyRequested(
        createFindAccounts(createConnectionsForOne(), queryOf(byId), log),
        log,
      );
      const [account] = await findAccounts([], '7');
      expect(account?.otherFacts).toEqual([]);
    });

    test('is not believed where the id is only returned, and not asked for', async () => {
      const query = queryOf(
        'select email, 7 as helpscout_customer_id from people where $1::text[] is not null',
      );
      const findAccounts = onlyRequested(
        createFindAccounts(createConnectionsForOne(), query, log),
        log,
      );
      expect(await findAccounts([], '7')).toEqual([]);
    });
  });

  test.each([
    [
      'takes too long',
      'select pg_sleep(5)::text as email where $1::text[] is not null',
      'unreachable',
      '57014',
    ],
  ])('says what is the matter with one that %s', async (_, text, reason, code) => {
    const findAccounts = createFindAccounts(createConnectionsForOne(), queryOf(text), log);
    await expect(findAccounts(['a@example.com'])).rejects.toMatchObject({
      name: 'LookupError',
      reason,
      class: code,
    });
  });

  test('gives up on a locked table before the agent does', async () => {
    const client = new pg.Client(url);
    await client.connect();
    await client.query('begin; set transaction read write; lock table people');
    const findAccounts = createFindAccounts(
      createConnectionsForOne(),
      queryOf('select email from people where email = any($1::text[])'),
      log,
    );
    await expect(findAccounts(['a@example.com'])).rejects.toMatchObject({
      reason: 'unreachable',
      class: '55P03',
    });
    await client.end();
  });

  /** Statements are named by connection, so each query gets its own. */
  function createConnectionsForOne(): Connections {
    const one = createConnections(url, log);
    afterAll(() => one.end());
    return one;
  }
});

describe('when the database is away', () => {
  test.each([
    ['nothing listens', 'postgres://nobody@127.0.0.1:1/none', 'unreachable', 'ECONNREFUSED'],
    [
      'the host has no address',
      'postgres://nobody@nowhere.invalid/none',
      'unreachable',
      /^ENOTFOUND|EAI_AGAIN|connect_timeout$/,
    ],
  ])('because %s, says so', async (_, url, reason, code) => {
    const pool = createConnections(url, memoryLog());
    const findAccounts = createFindAccounts(pool, query, memoryLog());
    await expect(findAccounts(['a@example.com'])).rejects.toMatchObject({
      reason,
      class: typeof code === 'string' ? code : expect.stringMatching(code),
    });
    await pool.end();
  });

  test('tells an admin that the password or the database is wrong', async () => {
    const url = await createDatabase();
    const wrong = [
      [Object.assign(new URL(url), { password: 'wrong' }).href, '28P01'],
      [Object.assign(new URL(url), { pathname: '/nowhere' }).href, '3D000'],
    ] as const;
    for (const [address, code] of wrong) {
      const pool = createConnections(address, memoryLog());
      const findAccounts = createFindAccounts(pool, query, memoryLog());
      await expect(findAccounts([])).rejects.toMatchObject({
        reason: 'misconfigured',
        class: code,
      });
      await pool.end();
    }
  });

  test('survives that its idle connections are ended, and finds again', async () => {
    const url = await createDatabase();
    const log = memoryLog();
    const pool = createConnections(url, log);
    const findAccounts = createFindAccounts(
      pool,
      queryOf('select unnest($1::text[]) as email'),
      log,
    );
    await findAccounts(['a@example.com']);
    await runSql(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await eventually(() =>
      expect(log.entries).toEqual(Array(2).fill({ event: 'pool_error', class: '57P01' })),
    );
    expect(await findAccounts(['a@example.com'])).toHaveLength(1);
    await pool.end();
  });
});
