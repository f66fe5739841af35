import { describe, expect, test } from 'vitest';
import { failureOf, failures, whyUnreachable } from '../../src/domain/failures.ts';

test('says what happened, the code, and what to do', () => {
  expect(whyUnreachable('28P01')).toEqual({
    says: 'Cannot connect to the database: password authentication failed (28P01)',
    todo: 'Check the user and password in DATABASE_URL.',
  });
});

test.each([
  ['22P02', ': a text is not of the type that it is cast to'],
  ['22003', ': a number is out of range'],
  ['22012', ': division by zero'],
  ['21000', ': a subquery returns more than one row'],
  ['2201E', ''],
])('says of %s that it depends on a customer’s data', (code, meaning) => {
  expect(failureOf(code).isAboutData).toBe(true);
  const { says, todo } = whyUnreachable(code);
  expect(says).toBe(`The account query fails for some customers’ data${meaning} (${code})`);
  expect(todo).toContain('hold for every row');
});

test('no other failure depends on a customer’s data', () => {
  const others = failures.filter(({ isAboutData }) => !isAboutData).map(({ code }) => code);
  expect(others).toHaveLength(failures.length - 3);
  // The query's own text cannot be stored.
  expect(others.filter((code) => /^2[12]/.test(code))).toEqual(['22P05']);
});

test('has each code once, with words that are no values', () => {
  expect(new Set(failures.map(({ code }) => code)).size).toBe(failures.length);
  for (const { says, todo } of failures) {
    expect(says).toMatch(/^[A-Z].*[^.]$/);
    expect(todo).toMatch(/^[A-Z].*\.$/);
  }
});

describe('the name in metrics is one of a closed set', () => {
  test.each([
    ['28P01', '28P01'],
    ['28000', '28xxx'],
    ['42601', '42xxx'],
    ['22P02', '22xxx'],
    ['08004', 'other'],
    ['CERT_HAS_EXPIRED', 'CERT_HAS_EXPIRED'],
    ['CERT_REVOKED', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['EPROTO', 'tls'],
    ['420000', 'other'],
    ['RangeError', 'other'],
    ['constructor', 'other'],
    ['robin@example.com', 'other'],
  ])('%s is counted as %s', (code, name) => {
    expect(failureOf(code).code).toBe(name);
  });
});

test('every failure of PgBouncer has a remedy of its own', () => {
  const pooler = failures.filter(({ code }) => /^pooler_|^settings_refused|^08P01/.test(code));
  expect(pooler).toHaveLength(6);
  expect(new Set(pooler.map(({ todo }) => todo)).size).toBe(6);
  for (const { says } of pooler) expect(says).toMatch(/PgBouncer|Postgres/);
});

test('a retry helps after a lost connection, and not after a slow or full database', () => {
  const retried = failures.filter(({ retry }) => retry !== null).map(({ code }) => code);
  expect(retried.sort()).toEqual([
    '08006',
    '0A000',
    '26000',
    '40001',
    '42P05',
    '57P01',
    'ECONNRESET',
    'EPIPE',
    'connection_terminated',
    'pooler_lost_server',
    'query_timeout',
  ]);
});
