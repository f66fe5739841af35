import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Context, contextKeys } from '../../src/domain/context.ts';
import { Deadline } from '../../src/domain/deadline.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { inBatches, onlyRequested } from '../../src/lookup/decorators.ts';
import { createConnections } from '../../src/postgres/connections.ts';
import { checkContract } from '../../src/postgres/contract.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog } from '../examples.ts';
import { lookups } from '../lookups.ts';
import { role } from '../roles.ts';

// What reaches Postgres of who reads, and of addresses that are many or international.

let url: string;
beforeAll(async () => {
  url = await createDatabase();
  await runSql(
    url,
    `create table people (email text, number text, money text);
     insert into people values
       ('a@example.com', '7', '100 EUR'), ('a@xn--exmple-cua.com', null, null),
       ('b@exämple.com', null, null), ('b@example.com', null, null), ('11@example.com', null, null)`,
  );
});

/** What lookups by this query show as its own column, and null where they show none. */
function moneyBy(sql: string) {
  const { findAccounts } = lookups(url, sql);
  return async (context?: Context, emails = address, id?: string) => {
    const patient = new Deadline(20_000);
    const [account] = await findAccounts(emails, id, patient, context);
    return account?.otherFacts[0]?.value ?? null;
  };
}

const address = ['a@example.com'];
const money = `case when $3 ->> 'role' = 'admin' then money end as "Money"`;

describe('a query that names $3', () => {
  test.each([
    ['without $2', `select email, ${money} from people where email = any($1)`],
    [
      'with a cast',
      `select email, ${money.replace('$3', '$3::jsonb')} from people where email = any($1)`,
    ],
    [
      'with $2',
      `select email, number as helpscout_customer_id, ${money} from people
       where email = any($1) or number = $2`,
    ],
    [
      'as a record',
      `select email, case when context.role = 'admin' then money end as "Money"
       from people, jsonb_to_record($3) as context (role text) where email = any($1)`,
    ],
    ['before $1', `select email, ${money} from people where $3 is not null and email = any($1);`],
  ])('sees what was signed, %s', async (_, sql) => {
    const see = moneyBy(sql);
    expect(await see({ role: 'admin' })).toBe('100 EUR');
    for (const context of [{ role: 'user' }, {}, undefined]) expect(await see(context)).toBeNull();
  });

  test('finds by the customer’s number with the context of the agent', async () => {
    const sql = `select email, number as helpscout_customer_id, $3 ->> 'agentId' as "Agent"
      from people where email = any($1) or number = $2`;
    expect(await moneyBy(sql)({ agentId: '134073' }, [], '7')).toBe('134073');
  });

  test('is given an object, even where nothing was signed', async () => {
    const sql = `select email, jsonb_typeof($3) || $3::text as "Context" from people where email = any($1)`;
    expect(await moneyBy(sql)()).toBe('object{}');
  });

  test('is given each key as text', async () => {
    const context = Object.fromEntries(contextKeys.map((key, i) => [key, String(i)]));
    const sql = `select email, (select string_agg(key || '=' || value, ' ' order by value)
        from jsonb_each_text($3)) as "Context" from people where email = any($1)`;
    expect(await moneyBy(sql)(context)).toBe(contextKeys.map((key, i) => `${key}=${i}`).join(' '));
  });

  test.each([
    [`select email, $3 ->> 'role' from people`, 'must look for $1'],
    [
      `select email from people where email = any($1)\nand $3 ~ 'admin'`,
      ':2: operator does not exist: jsonb ~',
    ],
    [
      `with gone as (delete from people where $3 is not null and email = any($1) returning email)
       select email from gone`,
      'must only read, but writes',
    ],
  ])('is checked before it is used: %s', async (sql, fault) => {
    const connections = createConnections(url, memoryLog(), 1);
    onTestFinished(() => connections.end());
    const query = { file: 'sql/account.sql', sql };
    const checked = connections.check((client) => checkContract(client, query));
    await expect(checked).rejects.toThrow(fault);
  });
});

describe('the role’s function of a query that names $3', () => {
  const byAddress = `select email, ${money} from people where email = any($1)`;
  const byNumber = `select email, number as helpscout_customer_id, ${money} from people
    where email = any($1) or number = $2`;

  test.each([
    ['through-function-with-context.sql', byAddress],
    ['through-function-by-number-with-context.sql', byNumber],
  ])(
    'shows through sql/%s what the query does by itself',
    { timeout: 90_000 },
    async (name, sql) => {
      const folder = await mkdtemp(join(tmpdir(), 'query-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const file = join(folder, 'query.sql');
      await writeFile(file, sql);
      const printed = await role({ DATABASE_URL: url, ACCOUNT_QUERY_FILE: file });
      expect(printed.said).toBe('');
      expect(printed.sql).toContain(`ACCOUNT_QUERY_FILE is\n-- sql/${name}.`);
      const own = `context_${new URL(url).pathname.slice(1)}`;
      onTestFinished(() =>
        runSql(url, `drop owned by ${own}; drop role ${own}; drop schema ${own} cascade`),
      );
      await runSql(url, printed.sql.replaceAll('helpscout_sidebar', own));
      const through = readFileSync(
        new URL(`../../sql/${name}`, import.meta.url),
        'utf8',
      ).replaceAll('helpscout_sidebar', own);
      const see = moneyBy(through);
      expect(await see({ role: 'admin' })).toBe('100 EUR');
      expect(await see({ role: 'user' })).toBeNull();
      expect(await see()).toBeNull();
      const before = `select * from ${own}.accounts($1)`;
      expect(await moneyBy(before)()).toBeNull();
    },
  );
});

describe('addresses', () => {
  const sql = 'select email from people where lower(email) = any($1) order by email';
  const find = async (emails: string[]) => {
    const { findAccounts, log } = lookups(url, sql);
    const lookUp = inBatches(onlyRequested(findAccounts, log));
    const accounts = await lookUp(emails, undefined, new Deadline(20_000));
    expect(log.entries).toEqual([]);
    return accounts.map(({ email }) => email);
  };

  test('of an international domain find either spelling of it', async () => {
    expect(await find(['a@exämple.com'])).toEqual(['a@xn--exmple-cua.com']);
    expect(await find(['b@xn--exmple-cua.com'])).toEqual(['b@exämple.com']);
  });

  test.each([
    'b@exam\u0440le.com',
    'b@\uff45xample.com',
    '\u0430@example.com',
    'b@ex\u00e4mple.co',
  ])('that only look like another’s (%s) find no account', async (lookAlike) => {
    expect(await find([lookAlike])).toEqual([]);
  });

  test('beyond the tenth are found, in calls of ten', async () => {
    const numbered = Array.from({ length: 12 }, (_, i) => `${i}@example.com`);
    expect(await find(numbered)).toEqual(['11@example.com']);
  });
});
