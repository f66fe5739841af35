import { beforeAll, describe, expect, test } from 'vitest';
import { Deadline } from '../../src/domain/deadline.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { createConnections } from '../../src/postgres/connections.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { type AccountView, createToSidebar } from '../../src/sidebar/sidebar.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog, now } from '../examples.ts';
import { readPage } from '../pages.ts';

// What the query's own columns show, by their types, on the real Postgres.

const toSidebar = createToSidebar({
  locale: 'en-GB',
  stripeDashboardUrl: 'https://dashboard.stripe.com',
});

let url: string;
const log = memoryLog();
beforeAll(async () => {
  url = await createDatabase();
  await runSql(
    url,
    `create extension hstore;
     create type address as (street text, city text, since date, api_key text);
     create table people (id integer, name text, password_hash text);
     insert into people values (7, 'Robin', 'abc')`,
  );
});

/** What a value is does not depend on how busy the machine is. */
const patience = () => new Deadline(20_000);

async function viewOf(columns: string): Promise<AccountView> {
  const connections = createConnections(url, log);
  const sql = `select 'a@x.com' as email, ${columns} where $1::text[] is not null`;
  try {
    const findAccounts = createFindAccounts(connections, { file: 'a.sql', sql }, log);
    return toSidebar([], await findAccounts(['a@x.com'], undefined, patience()), now)
      .accounts[0] as AccountView;
  } finally {
    await connections.end();
  }
}

/** "Label: text" of each line. */
const linesOf = async (columns: string) =>
  (await viewOf(columns)).others.map(({ label, value }) => `${label}: ${value.text}`);

/** A test of each value, which all are read at once, as columns of one row. */
function eachShown(cases: readonly (readonly [value: string, says: string | undefined])[]): void {
  const texts = new Map<string, string>();
  beforeAll(async () => {
    const { others } = await viewOf(cases.map(([value], i) => `${value} as "x${i}"`).join(', '));
    for (const { label, value } of others) texts.set(label, value.text);
  });
  test.each(cases.map((one, i) => [...one, i] as const))('%s: %s', (_, says, i) => {
    expect(texts.get(`X${i}`)).toBe(says);
  });
}

describe('docs/values.md', () => {
  const [, section = ''] =
    /\n## How each type is shown\n(.*?)\n## /s.exec(readPage('docs/values.md')) ?? [];
  const rows = [...section.matchAll(/^\| [^|]+ \| `(.+?)` \| (.+?) \|$/gm)].map(
    ([, ...row]) => row,
  );

  test.each(rows)('shows %s as %s', async (columns = '', says) => {
    expect((await linesOf(columns)).join('; ')).toBe(says);
  });

  test('has a row for each kind of type', () => {
    expect(rows.length).toBeGreaterThan(15);
  });
});

describe('a number keeps all its digits', () => {
  eachShown([
    ['49.90', '49.90'],
    ['1234567.80', '1,234,567.80'],
    ['4990 / 100.0', '49.90'],
    ['1 / 3.0', '0.33333333333333333333'],
    ['-0.5', '-0.5'],
    ['9007199254740993', '9,007,199,254,740,993'],
    ['1234.5::real', '1,234.5'],
    ['1e20::float8', '1e+20'],
    [`'1e400'::json`, '1e400'],
    [`'1e400'::jsonb`, `1${'0'.repeat(199)}…`],
    ['1e400::numeric', `1${'0'.repeat(199)}…`],
    [`'NaN'::numeric`, undefined],
    [`'Infinity'::float8`, undefined],
    [`'[12345678901234567890, 1.10, 1e400]'::json`, '12,345,678,901,234,567,890, 1.10, 1e400'],
    [`'{"n": 12345678901234567890}'::jsonb`, 'N: 12,345,678,901,234,567,890'],
    ['array[9007199254740993, 1]', '9,007,199,254,740,993, 1'],
    ['array[49.90, 5.00]', '49.90, 5.00'],
    [`'{"quoted \\" 1.10": "\\\\1.10"}'::jsonb`, 'quoted " 1.10: \\1.10'],
  ]);
});

describe('an amount', () => {
  test.each([
    [`49.90 as mrr, 'EUR' as mrr_currency`, ['Mrr: €49.90']],
    [`4990 as "totalPrice", 'usd' as "totalPriceCurrency"`, ['Total price: US$4,990.00']],
    [`4990 / 100.0 as mrr, 5 as seats, 'usd' as currency`, ['Mrr: US$49.90', 'Seats: 5']],
    [`49.905 as amount, 'EUR' as currency`, ['Amount: €49.905']],
    [`5000.00 as arr, 'JPY' as currency`, ['Arr: JP¥5,000']],
    [`12 as seats, 'EUR' as currency`, ['Seats: 12', 'Currency: EUR']],
    [`49.90 as mrr, null::text as currency`, ['Mrr: 49.90']],
    [`null::numeric as mrr, 'EUR' as currency`, ['Currency: EUR']],
    [`49.90 as mrr, 'points' as currency`, ['Mrr: 49.90', 'Currency: points']],
    [`'{"amount": "49.90", "currency": "eur"}'::jsonb as "Last payment"`, ['Last payment: €49.90']],
    [`'{"total": 5, "total_currency": "GBP", "n": 1}'::json as x`, ['X: Total: £5.00 · N: 1']],
  ])('has the currency that is beside it: %s', async (columns, says) => {
    expect(await linesOf(columns)).toEqual(says);
  });
});

describe('a range reads as its first and its last', () => {
  eachShown([
    [`daterange('2026-01-01', '2027-01-01')`, '1 Jan 2026 – 31 Dec 2026'],
    [`daterange('2026-01-01', '2026-01-02')`, '1 Jan 2026'],
    [`daterange('2026-01-01', null)`, 'from 1 Jan 2026'],
    [`daterange('2026-01-01', 'infinity')`, 'from 1 Jan 2026'],
    [`daterange(null, '2027-01-01')`, 'until 31 Dec 2026'],
    ['daterange(null, null)', 'unlimited'],
    [`'empty'::daterange`, undefined],
    [
      `tstzrange('2026-01-01 09:00Z', '2026-01-02 17:00+02')`,
      '1 Jan 2026, 09:00 – 2 Jan 2026, 15:00',
    ],
    [`tsrange('2026-01-01 09:00', '2026-01-02 17:00')`, '1 Jan 2026, 09:00 – 2 Jan 2026, 17:00'],
    ['int4range(1, 11)', '1 – 10'],
    ['int8range(9007199254740993, null)', 'from 9,007,199,254,740,993'],
    ['numrange(0, 99.5)', '0 – below 99.5'],
    [`numrange(0, 99.5, '(]')`, 'above 0 – 99.5'],
    ['numrange(null, 100)', 'below 100'],
    [
      `'{[2026-01-01,2026-02-01),[2026-03-01,2026-04-01)}'::datemultirange`,
      '1 Jan 2026 – 31 Jan 2026, 1 Mar 2026 – 31 Mar 2026',
    ],
  ]);
});

describe('an interval is in words', () => {
  eachShown([
    [`interval '1 year 2 months 10 days 02:30'`, '1 year 2 months 10 days 2 hours 30 minutes'],
    [`interval '-1 day 00:00:01.5'`, '-1 day 1.5 seconds'],
    [`interval '-2 hours'`, '-2 hours'],
    [`interval '100 hours 1 minute'`, '100 hours 1 minute'],
    [`interval '0'`, '0 seconds'],
    [`array[interval '14 days', interval '1 month']`, '14 days, 1 month'],
    [`'["1 year 2 mons", "04:00:00"]'::jsonb`, '1 year 2 months, 04:00:00'],
  ]);
});

describe('an array is a line of its values', () => {
  eachShown([
    ['array[true, false, null]', 'Yes, No'],
    [`array['t', 'f']`, 't, f'],
    [`'[true, false]'::jsonb`, 'Yes, No'],
    [`array[date '2027-03-12', date '2027-04-01']`, '12 Mar 2027, 1 Apr 2027'],
    [`array[timestamptz '2027-03-12 10:05+00']`, '12 Mar 2027, 10:05'],
    [`array[time '04:00']`, '04:00:00'],
    [`array[['a', 'b'], ['c', 'd']]`, 'a, b, c, d'],
    [`array['10.0.0.1'::inet]`, '10.0.0.1'],
    [`array['a=>1'::hstore]::text[]`, '"a"=>"1"'],
    [`'{}'::int[]`, undefined],
    [`'[]'::jsonb`, undefined],
    [`'{}'::jsonb`, undefined],
    [`'[null, ""]'::jsonb`, undefined],
  ]);
});

describe('an object is its pairs, without secrets', () => {
  eachShown([
    [
      `'{"seats": 5, "beta": true, "since": "2027-03-12"}'::json`,
      'Seats: 5 · Beta: Yes · Since: 12 Mar 2027',
    ],
    [`'theme=>dark, beta=>NULL'::hstore`, 'Theme: dark'],
    [
      `('Main St', 'Springfield', '2027-03-12', 'k-1')::address`,
      'Street: Main St · City: Springfield · Since: 12 Mar 2027',
    ],
    ['(select people from people)', 'Id: 7 · Name: Robin'],
    [`'{"a": {"b": [1, {"c": 2}]}, "tags": ["x", "y"]}'::jsonb`, 'A: B: 1, C: 2 · Tags: x, y'],
    [`'{"a": {"b": {"c": {"d": {"e": 1}}}}}'::jsonb`, 'A: B: C: D: …'],
    [`'{"__proto__": "x", "constructor": "y"}'::json`, 'Proto: x · Constructor: y'],
    [`'{"password": "x", "auth": {"apiKey": "y"}, "plan": "Pro"}'::jsonb`, 'Plan: Pro'],
    [`'"text"'::jsonb`, 'text'],
    [`'"https://x.example/a"'::jsonb`, 'https://x.example/a'],
  ]);
});

test.each([
  ['customer_number', '104233', '104233'],
  ['customer_id', '104233', '104233'],
  ['"customerID"', '104233', '104233'],
  ['"Customer ID"', '104233', '104233'],
  ['"Order #"', '104233', '104233'],
  ['order_no', '104233', '104233'],
  ['vat', '104233', '104233'],
  ['zip', '90210', '90210'],
  ['billing_postcode', '90210', '90210'],
  ['phone_2', '491701234567', '491701234567'],
  ['year_founded', '2019', '2019'],
  ['vat', '1042.50', '1,042.50'],
  ...['founded', 'established', 'member_since', 'born', 'vintage'].map((name) => [
    name,
    '2019',
    '2019',
  ]),
  ...['abn', 'crn', 'ticket', 'support_case', 'extension', 'account', 'id_of_crm'].map((name) => [
    name,
    '104233',
    '104233',
  ]),
  ['founded', '20190', '20,190'],
  ['cases', '104233', '104,233'],
  ['revenue_this_year', '1234567', '1,234,567'],
  ['number_of_visits', '104233', '104,233'],
  ['zip_files', '104233', '104,233'],
  ['"Visits"', '104233', '104,233'],
])('%s is grouped only where it counts something', async (name, value, says) => {
  const { others } = await viewOf(`${value} as ${name}`);
  expect(others.map(({ value }) => value.text)).toEqual([says]);
});

test('ids in lists and objects are not grouped either', async () => {
  expect(await linesOf(`'{"orderId": 104233, "visits": 104233}'::json as x`)).toEqual([
    'X: Order id: 104233 · Visits: 104,233',
  ]);
  expect(await linesOf('array[104233, 104234] as order_ids')).toEqual([
    'Order ids: 104233, 104234',
  ]);
});

describe('an address of a page', () => {
  test('is a link with its text', async () => {
    const { others } = await viewOf(
      `'https://x.example/a' as x, array['https://x.example/b'] as y, 'mailto:a@x.example' as z`,
    );
    expect(others.map(({ value }) => [value.text, value.link])).toEqual([
      ['https://x.example/a', 'https://x.example/a'],
      ['https://x.example/b', 'https://x.example/b'],
      ['mailto:a@x.example', 'mailto:a@x.example'],
    ]);
  });

  test('is one beside others, in an array and in an object', async () => {
    const { others } = await viewOf(
      `array['https://x.example/a', 'plain', 'https://x.example/b'] as x,
       '{"docs": "https://x.example/docs", "seats": 5}'::jsonb as y`,
    );
    expect(others.map(({ list }) => list?.items.map(({ text, link }) => [text, link]))).toEqual([
      [
        ['https://x.example/a', 'https://x.example/a'],
        ['plain', null],
        ['https://x.example/b', 'https://x.example/b'],
      ],
      [
        ['Docs', 'https://x.example/docs'],
        ['Seats: 5', null],
      ],
    ]);
  });
});

test('an array of an address and a text is a list, whose address alone is a link', async () => {
  const { others } = await viewOf(`array['vip', 'https://x.example/a'] as x`);
  expect(others.map(({ value, list }) => [value.link, list?.items])).toMatchObject([
    [
      null,
      [
        { text: 'vip', link: null },
        { text: 'https://x.example/a', link: 'https://x.example/a' },
      ],
    ],
  ]);
});

test.each([
  ['an array in a list', `jsonb_build_array(many.list, 'x')`, 205],
  ['an array in an object', `jsonb_build_object('tags', many.list)`, 201],
  ['an object in an object', `jsonb_build_object('a', jsonb_build_object('b', many.list))`, 201],
  ['an array in a line of a list', `jsonb_build_array(jsonb_build_object('text', many.list))`, 201],
])('%s is cut as a text is', async (_, value, most) => {
  const many = `(select jsonb_agg(repeat('x', 150)) as list from generate_series(1, 40)) as many`;
  const [line = ''] = await linesOf(`(select ${value} from ${many}) as y`);
  expect(line).toMatch(/x{100}.*…/);
  expect(line.length).toBeLessThanOrEqual('Y: '.length + most);
});

describe('links', () => {
  const named = [
    ['Admin', 'https://admin.example.com/1'],
    ['Reset password', 'https://admin.example.com/1/reset'],
    ['Write', 'mailto:billing@example.com'],
  ];
  const json = JSON.stringify(Object.fromEntries(named));

  test.each([
    ['a json object, in its order', `'${json}'::json`, named],
    [
      'texts and addresses',
      `'[{"text": "Admin", "url": "https://admin.example.com/1"}]'::jsonb`,
      [named[0]],
    ],
    [
      'an array of addresses',
      `array['https://x.example/a']`,
      [['https://x.example/a', 'https://x.example/a']],
    ],
    ['an address', `'https://x.example/a'`, [['https://x.example/a', 'https://x.example/a']]],
    ['an hstore', `'Admin=>https://x.example/a'::hstore`, [['Admin', 'https://x.example/a']]],
    ['a json object as text', `'${json}'::text`, named],
    [
      'a long json object as text',
      `'{"${'x'.repeat(150)}": "https://x.example/${'a'.repeat(3000)}"}'::text`,
      [['x'.repeat(150), `https://x.example/${'a'.repeat(3000)}`]],
    ],
    [
      'a text that is too large',
      `'["' || repeat('x', 70000) || '"]'`,
      [['too large to show', null]],
    ],
    ['null', `null::jsonb`, []],
    ['names without an address', `'{"Admin": null, "Other": ""}'::jsonb`, []],
    ['an address that is not safe', `'{"Admin": "javascript:alert(1)"}'::jsonb`, [['Admin', null]]],
    ['a number', `'5'::jsonb`, [['5', null]]],
  ])('are made from %s', async (_, value, links) => {
    const view = await viewOf(`${value} as links`);
    expect(view.links.map(({ text, link }) => [text, link])).toEqual(links);
    expect(view.others).toEqual([]);
  });
});

describe('a list', () => {
  const listOf = async (value: string) => (await viewOf(`${value} as invoices`)).others[0]?.list;

  test('has a line for each object: text, date, amount, note, and what has another name', async () => {
    expect(
      await listOf(
        `'[{"url": "https://x.example/1", "note": "Overdue", "tone": "red", "currency": "EUR",
            "amount": 49.90, "at": "2026-11-01T23:30:00+00:00", "text": "INV-1", "items": 2},
           {"number": "INV-2", "total": 5.00, "paid": true, "on": "2026-11-01"},
           "INV-3"]'::jsonb`,
      ),
    ).toEqual({
      title: 'Invoices (3)',
      items: [
        {
          text: 'INV-1',
          link: 'https://x.example/1',
          details: '1 Nov 2026 · €49.90 · Overdue · Items: 2',
          tone: 'red',
        },
        // jsonb sorts the keys of an object by their length.
        {
          text: 'On: 1 Nov 2026',
          link: null,
          details: 'Paid: Yes · Total: 5.00 · Number: INV-2',
          tone: null,
        },
        { text: 'INV-3', link: null, details: null, tone: null },
      ],
      more: null,
      rest: [],
    });
  });

  test('has the dates of the company’s zone', async () => {
    const { others } = await viewOf(
      `'Australia/Sydney' as company_timezone,
       '[{"text": "INV-1", "at": "2026-11-01T23:30:00+00:00"}]'::jsonb as invoices`,
    );
    expect(others[0]?.list?.items[0]?.details).toBe('2 Nov 2026');
  });

  test('shows five, folds the others, and counts what is beyond forty', async () => {
    const lines = (count: number) =>
      `(select jsonb_agg(jsonb_build_object('text', 'INV-' || n)) from generate_series(1, ${count}) as n)`;
    expect(await listOf(lines(5))).toMatchObject({ title: 'Invoices (5)', more: null, rest: [] });
    const seven = await listOf(lines(7));
    expect(seven).toMatchObject({ title: 'Invoices (7)', more: '+ 2 more' });
    expect(seven?.items.map(({ text }) => text)).toEqual([1, 2, 3, 4, 5].map((n) => `INV-${n}`));
    expect(seven?.rest.map(({ text }) => text)).toEqual(['INV-6', 'INV-7']);
    const many = await listOf(lines(1_000));
    expect(many).toMatchObject({ title: 'Invoices (1000)', more: '+ 995 more' });
    expect(many?.rest).toHaveLength(36);
    expect(many?.rest.slice(-2).map(({ text }) => text)).toEqual(['INV-40', '+ 960 more']);
  });

  test('is as well made from composites', async () => {
    expect(await listOf(`array[('Main St', 'Springfield', null, 'k-1')::address]`)).toMatchObject({
      items: [{ text: 'Street: Main St', details: 'City: Springfield' }],
    });
  });

  test('says in its place that it is too large, and the other columns are shown', async () => {
    const large = `(select jsonb_agg(jsonb_build_object('text', repeat('x', 100))) from generate_series(1, 1000))`;
    expect(await linesOf(`${large} as invoices, ${large} as orders, 5 as seats`)).toEqual([
      'Invoices: too large to show',
      'Orders: too large to show',
      'Seats: 5',
    ]);
  });

  test('of values that do not fit says what they are', async () => {
    expect(
      await listOf(
        `'[{"text": "INV-1", "at": "last week", "amount": "about 5", "tone": "loud", "url": 7},
           {"text": null, "note": ""}, {}, [1, 2]]'::jsonb`,
      ),
    ).toMatchObject({
      title: 'Invoices (2)',
      items: [
        { text: 'INV-1', details: 'last week · about 5', link: null, tone: null },
        { text: '1, 2' },
      ],
    });
  });
});

test('an object of many pairs is a list', async () => {
  const { others } = await viewOf(
    `'{"a_flag": true, "b_flag": false, "c_flag": true, "d_flag": true}'::jsonb as flags`,
  );
  expect(others[0]?.list).toMatchObject({
    title: 'Flags (4)',
    items: [
      { text: 'A flag: Yes' },
      { text: 'B flag: No' },
      { text: 'C flag: Yes' },
      { text: 'D flag: Yes' },
    ],
  });
});

test('an array of sixty kilobytes of numbers is read with the first hundred', async () => {
  const { others } = await viewOf('array(select n % 10 from generate_series(1, 30000) as n) as x');
  expect(others[0]?.value.text).toMatch(/^1, 2, .* \+ 29960 more$/);
});
