import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Column } from '../../src/postgres/columns.ts';
import * as accounts from '../../src/postgres/read-account.ts';
import { emptiest } from '../../src/sidebar/samples.ts';

const email = 'sam@example.com';

/** Of a query that has none but known columns. */
const readAccount = (row: Record<string, unknown>) => accounts.readAccount(row, []);

test('reads every column of a row', () => {
  const row = {
    email: 'Robin@Example.com',
    person_name: 'Robin Example',
    is_owner: true,
    person_timezone: 'Europe/Paris',
    company_timezone: 'Asia/Kathmandu',
    company_name: 'Example & Sons',
    admin_url: 'https://admin.example.com/companies/1',
    plan_name: 'Business',
    subscription_status: 'trialing',
    plan_expires_at: new Date('2027-03-12T15:14:00Z'),
    cancel_at_period_end: true,
    cancels_at: new Date('2027-03-12T15:14:00Z'),
    trial_ends_at: '2026-11-24',
    customer_since: new Date('2021-03-16T15:14:00Z'),
    employee_count: '48',
    employee_limit: 50,
    stripe_customer_id: 'cus_Example1',
    stripe_subscription_id: 'sub_Example1',
    modules: ['Leave', 'Payroll'],
  };
  expect(readAccount(row)).toEqual({
    email: 'robin@example.com',
    helpScoutCustomerId: null,
    personName: 'Robin Example',
    isOwner: true,
    personTimezone: 'Europe/Paris',
    companyTimezone: 'Asia/Kathmandu',
    companyName: 'Example & Sons',
    adminUrl: 'https://admin.example.com/companies/1',
    planName: 'Business',
    subscriptionStatus: 'trialing',
    planExpiresAt: new Date('2027-03-12T15:14:00Z'),
    cancelAtPeriodEnd: true,
    cancelsAt: new Date('2027-03-12T15:14:00Z'),
    trialEndsAt: '2026-11-24',
    customerSince: new Date('2021-03-16T15:14:00Z'),
    employeeCount: 48,
    employeeLimit: 50,
    stripeCustomerId: 'cus_Example1',
    stripeSubscriptionId: 'sub_Example1',
    modules: ['Leave', 'Payroll'],
    links: [],
    notice: null,
    otherFacts: [],
  });
});

test('reads a notice with where it leads and how loud it is', () => {
  const row = {
    email,
    notice: 'Exports are late',
    notice_url: 'https://x.example',
    notice_level: 'critical',
  };
  expect(readAccount(row).notice).toEqual({
    text: 'Exports are late',
    url: 'https://x.example',
    level: 'critical',
  });
  expect(readAccount({ email, notice_url: 'https://x.example' }).notice).toBeNull();
});

test('knows nothing but the address from a row that has nothing else', () => {
  expect(readAccount({ email })).toEqual(emptiest);
});

test('takes null for a fact that is not known, except for a limit and for when it ends', () => {
  const columns = [
    'person_name',
    'is_owner',
    'person_timezone',
    'company_timezone',
    'company_name',
    'admin_url',
    'plan_name',
    'subscription_status',
    'plan_expires_at',
    'cancel_at_period_end',
    'cancels_at',
    'trial_ends_at',
    'customer_since',
    'employee_count',
    'employee_limit',
    'stripe_customer_id',
    'stripe_subscription_id',
    'modules',
  ];
  const row = Object.fromEntries(columns.map((column) => [column, null]));
  expect(readAccount({ ...row, email })).toEqual({
    ...emptiest,
    employeeLimit: 'none',
    cancelsAt: 'never',
  });
});

test('does not know whether it ends where cancels_at cannot be read', () => {
  for (const cancels_at of [undefined, 'infinity', new Date(Number.NaN)])
    expect(readAccount({ email, cancels_at }).cancelsAt).toBeNull();
});

test('ignores columns that the query was not described with', () => {
  expect(readAccount({ email, password_hash: 'x' })).toEqual(emptiest);
});

test.each([
  ['missing', {}],
  ['null', { email: null }],
  ['a number', { email: 7 }],
])('has an empty address, which nobody asked for, when it is %s', (_, row) => {
  expect(readAccount(row).email).toBe('');
});

test.each([[''], ['  '], [7], [true], [{}], [['x']]])('does not take %j for a text', (value) => {
  expect(readAccount({ email, company_name: value }).companyName).toBeNull();
});

describe('an owner', () => {
  const isOwner = (value: unknown) => readAccount({ email, is_owner: value }).isOwner;

  test.each<[unknown]>([
    [true],
    ['true'],
    ['T'],
    ['yes'],
    [' owner '],
    ['admin,OWNER'],
    [['owner']],
  ])('is known by %j', (value) => {
    expect(isOwner(value)).toBe(true);
  });

  test.each<[unknown]>([
    [null],
    [false],
    ['false'],
    ['0'],
    [0],
    ['1'],
    [1],
    [''],
    ['member'],
    ['admin,member'],
    [[]],
    [{}],
    ['co-owner'],
    ['ownership'],
    ['not owner'],
    ['admin,former_owner'],
    [2],
    ['10'],
    [{ owner: 1 }],
  ])('is not known by %j', (value) => {
    expect(isOwner(value)).toBe(false);
  });
});

describe('a number', () => {
  const counted = (value: unknown) => readAccount({ email, employee_count: value }).employeeCount;
  const limited = (value: unknown) => readAccount({ email, employee_limit: value }).employeeLimit;

  test.each([
    [48, 48],
    ['48', 48],
    ['0', 0],
    [0, 0],
    ['49.90', 49],
    ['2147483646', 2_147_483_646],
  ])('is read from %j', (value, number) => {
    expect(counted(value)).toBe(number);
    expect(limited(value)).toBe(number);
  });

  test.each([
    ['Infinity'],
    ['unlimited'],
    [Number.POSITIVE_INFINITY],
    ['2147483647'],
    ['9223372036854775807'],
    [-1],
  ])('means by %j that there is no limit', (value) => {
    expect(limited(value)).toBe('none');
  });

  test.each([
    [''],
    [' '],
    ['many'],
    ['NaN'],
    [Number.NaN],
    [true],
    [[5]],
    [{}],
    [new Date(0)],
    [undefined],
  ])('is not read from %j', (value) => {
    expect(counted(value)).toBeNull();
    expect(limited(value)).toBeNull();
  });
});

describe('a moment', () => {
  const since = (value: unknown) => readAccount({ email, customer_since: value }).customerSince;

  test.each([
    ['an instant', new Date('2027-03-12T15:14:00Z')],
    ['a day', '2027-03-12'],
    ['a leap day', '2028-02-29'],
    ['the first day after epoch 0', '1970-01-02'],
    ['an instant on it', new Date('1970-01-02T00:00:00Z')],
  ])('is %s', (_, value) => {
    expect(since(value)).toBe(value);
  });

  test.each([
    ['infinity, as pg reads it', Number.POSITIVE_INFINITY],
    ['minus infinity, as pg reads it', Number.NEGATIVE_INFINITY],
    ['infinity, as a date', 'infinity'],
    ['an invalid date', new Date(Number.NaN)],
    ['a date before Christ', '0044-03-15 BC'],
    ['a year of five digits', '10000-01-01'],
    ['an instant in a year of five digits', new Date('+010000-01-01T00:00:00Z')],
    ['the last day of four digits, which means never', '9999-12-31'],
    ['epoch 0', new Date(0)],
    ['the stand-in for no day', '0001-01-01'],
    ['the stand-in for no instant', new Date('0001-01-01T00:00:00Z')],
    ['MySQL’s stand-in for no day', '0000-00-00'],
    ['a month that does not exist', '2026-13-01'],
    ['a day that no month has', '2026-01-32'],
    ['a text with words', '2027-03-12 at noon'],
    ['a day in another order', '12/03/2027'],
    ['a number', 1_800_000_000],
    ['a word', 'tomorrow'],
  ])('is not %s', (_, value) => {
    expect(since(value)).toBeNull();
  });
});

test('reads the names of modules', () => {
  const modules = (value: unknown) => readAccount({ email, modules: value }).modules;
  expect(modules(['Leave', null, '', ' ', 7, ['Payroll']])).toEqual(['Leave', '7', 'Payroll']);
  expect(modules('Leave, ,Payroll')).toEqual(['Leave', 'Payroll']);
  expect(modules({ Leave: true, Payroll: false })).toEqual(['Leave']);
  for (const none of [null, undefined, '', '{Leave}', '["Leave"]', { 0: 'Leave' }, [{}], 7, true])
    expect(modules(none)).toEqual([]);
});

describe.each(['Pacific/Auckland', 'America/Los_Angeles'])('on a server in %s', (zone) => {
  const { DATE, TIMESTAMP, TIMESTAMPTZ, INT8, BOOL } = pg.types.builtins;
  const kinds = new Map<number, Column['kind']>([
    [DATE, 'day'],
    [TIMESTAMP, 'instant'],
    [TIMESTAMPTZ, 'instant'],
    [INT8, 'number'],
    [BOOL, 'flag'],
  ]);
  const parse = (oid: number, value: string): unknown => {
    const column = { name: 'x', oid, type: '', kind: kinds.get(oid) as Column['kind'] };
    return accounts.createReadRow([column])([value])['x'];
  };

  beforeAll(() => {
    vi.stubEnv('TZ', zone);
    // Else these tests would pass whatever the source says.
    expect(new Date(2026, 0, 1).getTimezoneOffset()).not.toBe(0);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  test('a date stays the day that it is', () => {
    expect(parse(DATE, '2027-03-12')).toBe('2027-03-12');
  });

  test('a timestamp without a zone is UTC', () => {
    expect(parse(TIMESTAMP, '2027-03-12 15:14:00')).toEqual(new Date('2027-03-12T15:14:00Z'));
    expect(parse(TIMESTAMP, '2027-03-12 15:14:00.123456')).toEqual(
      new Date('2027-03-12T15:14:00.123Z'),
    );
  });

  test('a timestamp with a zone is the instant that it is', () => {
    expect(parse(TIMESTAMPTZ, '2027-03-12 15:14:00+05:45')).toEqual(
      new Date('2027-03-12T09:29:00Z'),
    );
  });

  test.each([
    ['infinity', DATE],
    ['-infinity', DATE],
    ['infinity', TIMESTAMP],
    ['-infinity', TIMESTAMP],
    ['infinity', TIMESTAMPTZ],
    ['0044-03-15 BC', DATE],
    ['0044-03-15 12:00:00 BC', TIMESTAMP],
    ['10000-01-01 00:00:00', TIMESTAMP],
  ])('%s of type %i is not known', (value, type) => {
    expect(readAccount({ email, customer_since: parse(type, value) }).customerSince).toBeNull();
  });

  test('a boolean is one, and a number keeps all of its digits', () => {
    expect(parse(BOOL, 't')).toBe(true);
    expect(parse(BOOL, 'f')).toBe(false);
    expect(parse(INT8, '9007199254740993')).toBe('9007199254740993');
  });
});
