import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Account, LookupError } from '../../src/domain/account.ts';
import { Deadline } from '../../src/domain/deadline.ts';
import { whyUnreachable } from '../../src/domain/failures.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { type Connections, createConnections } from '../../src/postgres/connections.ts';
import { ContractError } from '../../src/postgres/contract.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { limits } from '../../src/postgres/session.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog } from '../examples.ts';

// The types that real tables have for the known columns, on the real Postgres.

let url: string;
let connections: Connections;

beforeAll(async () => {
  url = await createDatabase();
  await runSql(
    url,
    `create schema extensions; create extension hstore schema extensions;
     create type status as enum ('active', 'past_due');
     create domain seats as text;
     create type address as (street text, town text);`,
  );
  const opened = createConnections(url, memoryLog(), 1);
  // Without a name, the statements of all tests go over one connection.
  const run: Connections['run'] = ({ text }, ...rest) =>
    opened.run({ name: undefined, text }, ...rest);
  connections = { ...opened, run };
});
afterAll(() => connections.end());

/** What a value is does not depend on how busy the machine is. */
const patience = () => new Deadline(20_000);

/** The accounts of a query, or why it cannot be used, and what was logged meanwhile. */
async function lookUp(sql: string) {
  const log = memoryLog();
  const find = createFindAccounts(connections, { file: 'account.sql', sql }, log);
  try {
    const accounts = await find(['a@example.com'], undefined, patience());
    return { account: accounts[0] ?? null, fault: null, logged: log.entries };
  } catch (error) {
    if (!(error instanceof LookupError) || !(error.cause instanceof ContractError)) throw error;
    return { account: null, fault: error.cause.message, logged: log.entries };
  }
}

const withColumn = (expression: string, name: string) =>
  `select ($1::text[])[1] as email, ${expression} as ${name}`;

const property: Record<string, keyof Account> = {
  email: 'email',
  is_owner: 'isOwner',
  subscription_status: 'subscriptionStatus',
  plan_name: 'planName',
  plan_expires_at: 'planExpiresAt',
  trial_ends_at: 'trialEndsAt',
  customer_since: 'customerSince',
  employee_count: 'employeeCount',
  employee_limit: 'employeeLimit',
  modules: 'modules',
  links: 'links',
  cancel_at_period_end: 'cancelAtPeriodEnd',
  helpscout_customer_id: 'helpScoutCustomerId',
};

/** What an account has of a column of this expression. */
async function read(expression: string, name: string) {
  const { account, fault, logged } = await lookUp(withColumn(expression, name));
  expect(fault).toBeNull();
  return { value: account?.[property[name] as keyof Account], logged };
}

const march = new Date('2027-03-12T15:14:00Z');

describe('a type that means one thing is read as it is', () => {
  test.each([
    ["timestamptz '2027-03-12 15:14Z'", 'plan_expires_at', march],
    ["timestamp '2027-03-12 15:14'", 'plan_expires_at', march],
    ["date '2027-03-12'", 'plan_expires_at', '2027-03-12'],
    ["'2027-03-12T15:14:00.000Z'::text", 'plan_expires_at', march],
    ["'2027-03-12T15:14:00.123456+00:00'::text", 'trial_ends_at', new Date(+march + 123)],
    ["'2027-03-12 15:14'::text", 'plan_expires_at', march],
    ["'2027-03-12 16:14:00+01'::text", 'plan_expires_at', march],
    ["'2027-03-12 20:59:00+0545'::text", 'plan_expires_at', march],
    ["'2027-03-12 15:14:00 UTC'::text", 'plan_expires_at', march],
    ["'2027-03-12 15:14:00 +0000'::text", 'customer_since', march],
    ["'2027-03-12'::char(40)", 'customer_since', '2027-03-12'],
    ['true', 'is_owner', true],
    ['false', 'is_owner', false],
    ["'owner'::text", 'is_owner', true],
    ["'Owner'::varchar", 'is_owner', true],
    ["'owner,admin'::text", 'is_owner', true],
    ["'admin, owner'::text", 'is_owner', true],
    ["'admin,member'::text", 'is_owner', false],
    ["'member'::text", 'is_owner', false],
    ["''::text", 'is_owner', false],
    ["'t'::text", 'is_owner', true],
    ["'no'::text", 'is_owner', false],
    ["array['admin', 'owner']", 'is_owner', true],
    ["array['admin']", 'is_owner', false],
    ["'{}'::text[]", 'is_owner', false],
    ['\'["owner", "admin"]\'::jsonb', 'is_owner', true],
    ['\'"owner,admin"\'::json', 'is_owner', true],
    ["'true'::jsonb", 'is_owner', true],
    ["'null'::jsonb", 'is_owner', false],
    ["array['Leave', 'Payroll']", 'modules', ['Leave', 'Payroll']],
    ["'Leave, Payroll,'::text", 'modules', ['Leave', 'Payroll']],
    ["'Leave'::text", 'modules', ['Leave']],
    ["''::text", 'modules', []],
    ['\'["Leave", "Payroll"]\'::jsonb', 'modules', ['Leave', 'Payroll']],
    ['\'["Leave", 7, null]\'::json', 'modules', ['Leave', '7']],
    ['\'{"Leave": true, "Payroll": false}\'::jsonb', 'modules', ['Leave']],
    ["'[]'::jsonb", 'modules', []],
    ["'null'::jsonb", 'modules', []],
    ['48', 'employee_count', 48],
    ["'48'::text", 'employee_count', 48],
    ["'48'::jsonb", 'employee_count', 48],
    ['\'"48"\'::jsonb', 'employee_count', 48],
    ['48.0::float8', 'employee_count', 48],
    ["'50'::seats", 'employee_limit', 50],
    ['999999', 'employee_limit', 999_999],
    ['0', 'employee_limit', 0],
    ["'past_due'::status", 'subscription_status', 'past_due'],
    ['706401868::bigint', 'helpscout_customer_id', null],
  ])('%s as %s', async (expression, name, expected) => {
    expect(await read(expression, name)).toEqual({ value: expected, logged: [] });
  });
});

describe('a stand-in for "none" is no value', () => {
  test.each([
    'null::timestamptz',
    "'infinity'::timestamptz",
    "'-infinity'::timestamp",
    "'infinity'::date",
    "'infinity'::text",
    "date '9999-12-31'",
    "timestamptz '9999-12-31 00:00+14'",
    "timestamptz '9999-12-31 23:59:59.999999-11'",
    "timestamp '9999-12-31 23:59:59'",
    "'9999-12-31T23:59:59.999Z'::text",
    "date '1970-01-01'",
    'to_timestamp(0)',
    "timestamptz '1970-01-01 00:00+10'",
    "timestamptz '1970-01-01 00:00-08'",
    "timestamp '1970-01-01'",
    "'1970-01-01T00:00:00Z'::text",
    "date '0001-01-01'",
    "timestamp '0001-01-01'",
    "'0001-01-01T00:00:00'::text",
    "'0000-00-00 00:00:00'::text",
    "date '1753-01-01'",
    "timestamp '1899-12-30'",
    "date '1900-01-01'",
    "timestamp '1900-01-01'",
    "date '0044-03-15 BC'",
    "timestamptz '0044-03-15 BC'",
    "' '::text",
  ])('%s is no date', async (expression) => {
    for (const name of ['plan_expires_at', 'trial_ends_at', 'customer_since'])
      expect(await read(expression, name)).toEqual({ value: null, logged: [] });
  });

  test.each([
    'null::int',
    '-1',
    '2147483647',
    '9223372036854775807',
    "'9223372036854775807'::jsonb",
    "'infinity'::float8",
    "'unlimited'::text",
    "'Unlimited'::varchar",
    '\'"unlimited"\'::jsonb',
    "'null'::jsonb",
  ])('%s is no limit', async (expression) => {
    expect(await read(expression, 'employee_limit')).toEqual({ value: 'none', logged: [] });
  });

  test.each(["date '1970-01-02'", "date '1969-12-31'", "date '9998-12-31'", "date '1901-01-01'"])(
    '%s is a date',
    async (expression) => {
      const [, day] = /'(.+)'/.exec(expression) ?? [];
      expect(await read(expression, 'customer_since')).toEqual({ value: day, logged: [] });
    },
  );
});

describe('a value that cannot be read costs its own line, and is counted by its column', () => {
  test.each([
    ["'12/03/2027'::text", 'plan_expires_at'],
    ["'2027-02-30'::text", 'plan_expires_at'],
    ["'2027-03-12 25:00'::text", 'plan_expires_at'],
    ["'1805037240'::text", 'plan_expires_at'],
    ["'next week'::text", 'trial_ends_at'],
    // Milliseconds that were taken for seconds.
    ['to_timestamp(1805037240000)', 'plan_expires_at'],
    ["'account_owner'::text", 'is_owner'],
    ["'former owner'::text", 'is_owner'],
    ["'1'::text", 'is_owner'],
    ["'3'::text", 'is_owner'],
    ["'1'::jsonb", 'is_owner'],
    ['\'{"role": "owner"}\'::jsonb', 'is_owner'],
    ["'many'::text", 'employee_count'],
    ["'1,000'::text", 'employee_limit'],
    ["'0x1F'::text", 'employee_count'],
    ["'{oops'::text", 'links'],
    ["'[\"https://x.example/a'::text", 'links'],
    ["'unlimited'::text", 'employee_count'],
    ["'NaN'::numeric", 'employee_count'],
    ['\'{"seats": 5}\'::jsonb', 'employee_limit'],
    ["'true'::jsonb", 'employee_count'],
    ['\'[{"name": "Leave"}]\'::jsonb', 'modules'],
    ['\'{"Leave": 1}\'::jsonb', 'modules'],
    ["'{Leave,Payroll}'::text", 'modules'],
    ["'7'::jsonb", 'modules'],
  ])('%s as %s', async (expression, name) => {
    const sql = `${withColumn(expression, name)}, 'Business' as plan_name`;
    const { account, logged } = await lookUp(sql);
    expect(account).toMatchObject({ planName: 'Business' });
    expect(account?.[property[name] as keyof Account]).toEqual(
      name === 'is_owner' ? false : name === 'modules' || name === 'links' ? [] : null,
    );
    expect(logged).toEqual([{ event: 'value_unreadable', column: name, count: 1 }]);
  });

  test('once for all rows of a lookup, also in a column of the query’s own', async () => {
    const { logged } = await lookUp(
      `select ($1::text[])[1] as email, to_timestamp(1805037240000) as "Last seen"
       from generate_series(1, 3)`,
    );
    expect(logged).toEqual([{ event: 'value_unreadable', column: 'Last seen', count: 3 }]);
  });

  test.each(["'NaN'::numeric", "'Infinity'::numeric", "'-infinity'::float8"])(
    '%s in a column of the query’s own',
    async (expression) => {
      const { account, logged } = await lookUp(withColumn(expression, '"Score"'));
      expect(account?.otherFacts).toEqual([]);
      expect(logged).toEqual([{ event: 'value_unreadable', column: 'Score', count: 1 }]);
    },
  );
});

/** An expression, the column, and what the server says to write: none where there is nothing right. */
const pairs: [string, string, Record<string, unknown>][] = [
  // 12 March 2027, 15:14 UTC.
  ['1804864440::bigint', 'plan_expires_at', { 'to_timestamp(x)': march }],
  ['1804864440', 'trial_ends_at', { 'to_timestamp(x)': march }],
  ['1804864440::numeric', 'plan_expires_at', { 'to_timestamp(x)': march }],
  ['1804864440000::bigint', 'plan_expires_at', { 'to_timestamp(x / 1000.0)': march }],
  ['1804864440000::float8', 'customer_since', { 'to_timestamp(x / 1000.0)': march }],
  ['\'"2027-03-12T15:14:00Z"\'::jsonb', 'plan_expires_at', { "x #>> '{}'": march }],
  ['\'"2027-03-12"\'::json', 'plan_expires_at', { "x #>> '{}'": '2027-03-12' }],
  ...['1804864440::text::jsonb', '1804864440::text::json'].map((x): (typeof pairs)[number] => [
    x,
    'trial_ends_at',
    {
      "case json_typeof(to_json(x)) when 'number' then to_timestamp((x #>> '{}')::numeric) end":
        march,
    },
  ]),
  ["array[date '2027-03-12']", 'plan_expires_at', { '(x)[1]': '2027-03-12' }],
  ["interval '3 days'", 'plan_expires_at', {}],
  ['true', 'trial_ends_at', {}],
  ["timestamptz '2026-01-01'", 'is_owner', { 'x is not null': true }],
  ['null::date', 'is_owner', { 'x is not null': false }],
  ['1', 'is_owner', { 'x = 1': true }],
  ['0::smallint', 'is_owner', { 'x = 1': false }],
  ['7::bigint', 'is_owner', { 'x = 1': false }],
  ["'6f1a2b3c-0000-4000-8000-000000000000'::uuid", 'is_owner', { 'x = p': true }],
  ["'6f1a2b3c-0000-4000-8000-000000000001'::uuid", 'is_owner', { 'x = p': false }],
  ['null::uuid', 'is_owner', { 'x = p': false }],
  ["'10.0.0.1'::inet", 'is_owner', {}],
  ["'6f1a2b3c-0000-4000-8000-000000000000'::uuid", 'cancel_at_period_end', {}],
  ['1', 'cancel_at_period_end', { 'x <> 0': true }],
  ['0::numeric', 'cancel_at_period_end', { 'x <> 0': false }],
  ...[
    ["'Yes'::text", true],
    ["'f'::varchar", false],
    ["'past_due'::status", false],
  ].map(([x, isCanceled]): (typeof pairs)[number] => [
    String(x),
    'cancel_at_period_end',
    { "lower((x)::text) in ('t', 'true', '1', 'yes')": isCanceled },
  ]),
  ["'true'::jsonb", 'cancel_at_period_end', { "x #>> '{}' = 'true'": true }],
  ["'false'::json", 'cancel_at_period_end', { "x #>> '{}' = 'true'": false }],
  ["daterange('2027-01-01', '2027-03-13')", 'plan_expires_at', { 'upper(x) - 1': '2027-03-12' }],
  ["daterange('2027-01-01', null)", 'plan_expires_at', { 'upper(x) - 1': null }],
  ["tstzrange(null, '2027-03-12 15:14Z')", 'trial_ends_at', { 'upper(x)': march }],
  ["tsrange(null, '2027-03-12 15:14')", 'plan_expires_at', { 'upper(x)': march }],
  ["daterange('2027-03-12', null)", 'customer_since', { 'lower(x)': '2027-03-12' }],
  ["B'1'", 'is_owner', { "x = B'1'": true }],
  ["B'0'", 'is_owner', { "x = B'1'": false }],
  ["'\\x01'::bytea", 'is_owner', { "x = '\\x01'": true }],
  ["'\\x00'::bytea", 'is_owner', { "x = '\\x01'": false }],
  [
    "'Leave=>1, Payroll=>True, Time=>0, Old=>NULL'::extensions.hstore",
    'modules',
    {
      "array(select key from extensions.each(x) where lower(value) in ('t', 'true', '1', 'on', 'yes'))":
        ['Leave', 'Payroll'],
    },
  ],
  [
    '3',
    'modules',
    {
      "array_remove(array[case when x & 1 <> 0 then 'Leave' end, case when x & 2 <> 0 then 'Payroll' end], null)":
        ['Leave', 'Payroll'],
    },
  ],
  ['true', 'modules', { "case when x then array['Payroll'] end": ['Payroll'] }],
  ["date '2027-03-12'", 'modules', { 'array[(x)::text]': ['2027-03-12'] }],
  ["'10.0.0.1'::inet", 'modules', { 'array[(x)::text]': ['10.0.0.1/32'] }],
  ['true', 'employee_count', { '(x)::int': 1 }],
  ["array['a', 'b', 'c']", 'employee_count', { 'cardinality(x)': 3 }],
  ["'$1,234.50'::text::money", 'employee_limit', { '(x)::numeric': 1234 }],
  ["B'101'", 'employee_count', { '(x)::int': 5 }],
  ["date '2027-03-12'", 'employee_count', {}],
  ...[
    ['0', 'trialing'],
    ['1', 'active'],
    ['2', 'canceled'],
    ['7', null],
  ].map(([x = '', status]): (typeof pairs)[number] => [
    x ?? '',
    'subscription_status',
    { "case x when 0 then 'trialing' when 1 then 'active' when 2 then 'canceled' end": status },
  ]),
  ['true', 'subscription_status', { "case when x then 'active' else 'canceled' end": 'active' }],
  ['\'"active"\'::jsonb', 'subscription_status', { "x #>> '{}'": 'active' }],
  ['7', 'plan_name', { '(x)::text': '7' }],
  ['true', 'plan_name', { "case when x then 'Yes' else 'No' end": 'Yes' }],
  ["date '2027-03-12'", 'plan_name', { "to_char(x, 'YYYY-MM-DD')": '2027-03-12' }],
  ["timestamp '2027-03-12 15:14'", 'plan_name', { "to_char(x, 'YYYY-MM-DD')": '2027-03-12' }],
  [
    "array['Business', 'Payroll']",
    'plan_name',
    { "array_to_string(x, ', ')": 'Business, Payroll' },
  ],
  ["'Business'::bytea", 'plan_name', { "encode(x, 'escape')": 'Business' }],
  ['\'"7"\'::jsonb', 'helpscout_customer_id', { "x #>> '{}'": null }],
];

const person = '6f1a2b3c-0000-4000-8000-000000000000';

describe('another type is refused, with what to write in its place', () => {
  test.each(pairs)('%s as %s', async (expression, name, remedies) => {
    const { fault } = await lookUp(withColumn(expression, name));
    expect(fault).toMatch(new RegExp(`^account\\.sql:1: "${name}" must be .+, but is \\S.*: `));
    if (Object.keys(remedies).length === 0)
      expect(fault).toMatch(/: select another column, or take it out$/);
    for (const [remedy, expected] of Object.entries(remedies)) {
      expect(fault).toContain(` write ${remedy} as ${name}`);
      const from = `from (select ${expression} as x) as tables, (select '${person}'::uuid as p) as people`;
      const sql = `select ($1::text[])[1] as email, ${remedy} as ${name} ${from}`;
      const { account, fault: left, logged } = await lookUp(sql);
      expect(left).toBeNull();
      expect(account?.[property[name] as keyof Account]).toEqual(expected);
      expect(logged).toEqual([]);
    }
  });

  test('of the addresses of a person, the one that was asked for is taken', async () => {
    const people = `from (select array['b@example.com', 'A@example.com'] as x) as people`;
    const { fault } = await lookUp(`select x as email ${people} where $1::text[] is not null`);
    const remedy = '(select one from unnest(x) as one where lower(one) = any ($1) limit 1)';
    expect(fault).toContain(` write ${remedy} as email`);
    expect((await lookUp(`select ${remedy} as email ${people}`)).account).toMatchObject({
      email: 'a@example.com',
    });
  });

  test('of seconds and milliseconds the operator chooses', async () => {
    const { fault } = await lookUp(withColumn('1804864440', 'plan_expires_at'));
    expect(fault).toBe(
      'account.sql:1: "plan_expires_at" must be timestamptz, date or text, but is integer: where x is its expression, for seconds write to_timestamp(x) as plan_expires_at, for milliseconds write to_timestamp(x / 1000.0) as plan_expires_at',
    );
  });
});

describe('a column that Postgres cannot compute for a customer', () => {
  const unreadable = (column: string, failure = '22P02') => ({
    ...{ event: 'value_unreadable', column, class: failure, count: 1 },
    ...whyUnreachable(failure),
  });
  const people = (columns: string, rest = '') =>
    `select email, ${columns}, 'Business' as plan_name from people where email = any ($1) ${rest}`;

  beforeAll(() =>
    runSql(
      url,
      `create table people (email text, seats text, ends text, helpscout text);
       insert into people values ('a@example.com', 'unlimited', 'never', 'x'),
         ('limit@example.com', 'unlimited', '2027-03-12', 'x'),
         ('ends@example.com', '50', 'never', 'x');
       create function by_email(text[]) returns table (email text, employee_limit int)
         language sql stable security definer set search_path = public
         as 'select email, seats::int from people where email = any ($1)';`,
    ),
  );

  const seats = 'seats::int as employee_limit, 48 as employee_count';

  test.each([
    ['alone', people(seats)],
    ['in order', people(seats, 'order by 1 limit 11')],
    ['in a common table expression', `with p as (${people(seats)}) select * from p`],
    ['beside another query', `${people(seats)} union all ${people(seats, "and seats = ''")}`],
  ])('costs its own line, %s', async (_, sql) => {
    const { account, logged } = await lookUp(sql);
    // A limit of null would be "no limit".
    expect(account).toMatchObject({ planName: 'Business', employeeCount: 48, employeeLimit: null });
    expect(logged).toEqual([unreadable('employee_limit')]);
  });

  test('costs no other line, whatever fails beside it', async () => {
    const { account, logged } = await lookUp(
      people(
        `seats::int as employee_count, 1 / (length(seats) - 9) as "Share",
         (select n from generate_series(1, 2) as n) as "Invoices", array['Leave'] as modules,
         jsonb_build_object('a', repeat('x', 70000)) as "Details"`,
      ),
    );
    expect(account).toMatchObject({ planName: 'Business', modules: ['Leave'] });
    expect(logged).toEqual([
      unreadable('employee_count'),
      unreadable('Share', '22012'),
      unreadable('Invoices', '21000'),
      { event: 'value_too_large', column: 'Details' },
    ]);
  });

  /** How lookups of one query go, whose connections are watched. */
  function watched(columns: string, rest = '') {
    const log = memoryLog();
    const run = vi.fn(connections.run);
    const query = { file: 'account.sql', sql: people(columns, rest) };
    const find = createFindAccounts({ ...connections, run }, query, log);
    /** How many queries a customer's lookup takes, and the columns that were unreadable. */
    const look = async (customer: string) => {
      run.mockClear();
      log.entries.length = 0;
      const [account] = await find([`${customer}@example.com`], undefined, patience());
      return { account, queries: run.mock.calls.length, columns: columnsOf(log) };
    };
    return { find, look, run };
  }
  const columnsOf = ({ entries }: ReturnType<typeof memoryLog>) =>
    entries.map((entry) => ('column' in entry ? entry.column : null));
  const twoCasts = `${seats}, ends::date as "Ends"`;

  test('is searched once, half by half, and tried first for the next customers', async () => {
    const { look } = watched(twoCasts);
    const columns = ['employee_limit', 'Ends'];
    expect(await look('a')).toMatchObject({ queries: 1 + 1 + 6, columns });
    expect(await look('a')).toMatchObject({ queries: 1 + 3, columns });
  });

  test('of a customer with one of two known ones, costs that one alone', async () => {
    const { look } = watched(twoCasts);
    await look('a');
    for (let i = 0; i < 2; i++) {
      const limited = await look('limit');
      expect(limited).toMatchObject({ queries: 1 + 3, columns: ['employee_limit'] });
      expect(limited.account?.otherFacts).toMatchObject([{ name: 'Ends', value: '2027-03-12' }]);
      const ended = await look('ends');
      expect(ended).toMatchObject({ queries: 1 + 2, columns: ['Ends'] });
      expect(ended.account).toMatchObject({ employeeLimit: 50, planName: 'Business' });
    }
  });

  test('is searched with one query at a time, however many lookups wait', async () => {
    const { find, run } = watched(twoCasts);
    let [inFlight, most] = [0, 0];
    run.mockImplementation(async (statement, ...rest) => {
      const isSearch = statement.text.includes('case when false');
      if (isSearch) most = Math.max(most, ++inFlight);
      return connections.run(statement, ...rest).finally(() => {
        if (isSearch) inFlight--;
      });
    });
    const customers = ['a', 'limit', 'ends', 'a'].map((name) => [`${name}@example.com`]);
    const found = await Promise.all(customers.map((emails) => find(emails, undefined, patience())));
    expect(found.map((accounts) => accounts.length)).toEqual([1, 1, 1, 1]);
    expect(most).toBe(1);
  });

  test('is not searched where the time left is less than a statement may take', async () => {
    const { find, run } = watched(seats);
    await find(['limit@example.com'], undefined, patience());
    run.mockClear();
    const deadline = patience();
    vi.spyOn(deadline, 'remainingMs').mockReturnValue(limits.statementMs - 1);
    await expect(find(['limit@example.com'], undefined, deadline)).rejects.toMatchObject({
      class: '22P02',
    });
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('is not searched in a database that is in trouble', async () => {
    const { find, look, run } = watched(seats);
    await look('limit');
    run.mockClear();
    run.mockImplementationOnce(connections.run);
    run.mockRejectedValueOnce(new LookupError('unreachable', '57014', {}));
    await expect(find(['limit@example.com'], undefined, patience())).rejects.toMatchObject({
      class: '57014',
    });
    expect(run).toHaveBeenCalledTimes(2);
  });

  test('is found by the next lookup where the search was interrupted', async () => {
    const { look, run } = watched(`${seats}, 1 as "A", 2 as "B", 3 as "C", 4 as "D", 5 as "E"`);
    for (let i = 0; i < 3; i++) run.mockImplementationOnce(connections.run);
    run.mockRejectedValueOnce(new LookupError('unreachable', '57014', {}));
    await expect(look('limit')).rejects.toMatchObject({ class: '57014' });
    expect(await look('limit')).toMatchObject({ columns: ['employee_limit'] });
  });

  test('is searched every ten seconds at most where it is none', async () => {
    const { look, run } = watched('48 as employee_count', 'and seats::int > 0');
    const now = performance.now.bind(performance);
    for (const [after, queries] of [
      [0, 2],
      [9_900, 1],
      [10_100, 2],
    ] as const) {
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + after);
      await expect(look('a')).rejects.toMatchObject({ class: '22P02' });
      expect(run).toHaveBeenCalledTimes(queries);
      clock.mockRestore();
    }
  });

  test.each([
    ['a where', people('48 as employee_count', 'and seats::int > 0'), '22P02'],
    ['a function', 'select * from by_email($1)', '22P02'],
    ['a distinct', `select distinct * from (${people(seats)}) as p`, '22P02'],
    [
      'what tells whose row it is',
      `select email, helpscout::int as helpscout_customer_id from people
       where email = any ($1) or helpscout = $2`,
      '22P02',
    ],
  ])('fails the lookup where it is in %s', async (_, sql, failure) => {
    await expect(lookUp(sql)).rejects.toMatchObject({ reason: 'misconfigured', class: failure });
  });
});
