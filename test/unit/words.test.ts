import { describe, expect, test } from 'vitest';
import * as words from '../../src/sidebar/words.ts';

const digits = (number: number) => number.toLocaleString('en-GB');

test.each([
  [-365, '365 days ago'],
  [-2, '2 days ago'],
  [-1, 'yesterday'],
  [0, 'today'],
  [1, 'tomorrow'],
  [2, 'in 2 days'],
  [365, 'in 365 days'],
])('a distance of %i days is "%s"', (days, text) => {
  expect(words.distance(days)).toBe(text);
});

test.each([
  [11, false, 'ends in 11 days · 12 Mar 2027', null],
  [8, false, 'ends in 8 days · 12 Mar 2027', null],
  [7, false, 'ends in 7 days · 12 Mar 2027', 'orange'],
  [1, false, 'ends tomorrow · 12 Mar 2027', 'orange'],
  [0, false, 'ends today · 12 Mar 2027', 'orange'],
  [0, true, 'ended today · 12 Mar 2027', 'red'],
  [-1, true, 'ended yesterday · 12 Mar 2027', 'red'],
  [-3, true, 'ended 3 days ago · 12 Mar 2027', 'red'],
])('the end of a trial that is %i days away (over: %s) is "%s", %s', (days, isOver, text, tone) => {
  const end = { date: '12 Mar 2027', days, isOver, zone: null };
  expect(words.trialEnds(end)).toEqual({ text, tone });
});

test('a date in UTC, since the zone is not known, is called so', () => {
  const end = { date: '12 Mar 2027', days: 2, isOver: false, zone: 'UTC' } as const;
  expect(words.trialEnds(end).text).toBe('ends in 2 days · 12 Mar 2027 UTC');
  expect(words.day(end)).toBe('12 Mar 2027 UTC');
  expect(words.dayAndDistance(end, '14:05')).toBe('12 Mar 2027, 14:05 UTC · in 2 days');
  expect(words.dayAndDistance({ ...end, zone: null }, '14:05')).toBe(
    '12 Mar 2027, 14:05 · in 2 days',
  );
});

describe('employees', () => {
  test.each([
    ['far below the limit', 12, 50, '12 of 50', null],
    ['just below nine tenths', 44, 50, '44 of 50', null],
    ['at nine tenths', 45, 50, '45 of 50 · 5 left', 'orange'],
    ['near the limit', 48, 50, '48 of 50 · 2 left', 'orange'],
    ['one below the limit', 49, 50, '49 of 50 · 1 left', 'orange'],
    ['at the limit', 50, 50, '50 of 50 · limit reached', 'orange'],
    ['one over the limit', 51, 50, '51 of 50 · 1 over the limit', 'red'],
    ['far over the limit', 2_500, 50, '2,500 of 50 · 2,450 over the limit', 'red'],
    ['none of many', 0, 1_000, '0 of 1,000', null],
    ['none, where the limit is 0', 0, 0, '0', null],
    ['some, where the limit is 0', 48, 0, '48', null],
    ['without a limit', 1_240, 'none', '1,240 · no limit', null],
    ['none without a limit', 0, 'none', '0 · no limit', null],
    ['when the limit is not known', 48, null, '48', null],
    ['when the number is not known', null, 50, 'up to 50', null],
  ] as const)('%s', (_, count, limit, text, tone) => {
    expect(words.employees(count, limit, digits)).toEqual({ text, tone });
  });

  test('get no words when nothing is known, or only that there is no limit', () => {
    expect(words.employees(null, null, digits)).toBeNull();
    expect(words.employees(null, 'none', digits)).toBeNull();
    expect(words.employees(null, 0, digits)).toBeNull();
  });
});

test('a time zone has the time there, or is called unknown', () => {
  const zone = 'Australia/Sydney';
  expect(words.timeZone(zone, '02:14, Mon')).toBe('Australia/Sydney · 02:14, Mon');
  expect(words.timeZone('Mars/Olympus', null)).toBe('Mars/Olympus · unknown time zone');
});

test('a stranger is told by every address that was looked up', () => {
  expect(words.nobody(['a@x.com'])).toBe('No account found for a@x.com.');
  expect(words.nobody(['a@x.com', 'b@x.com'])).toBe('No account found for a@x.com or b@x.com.');
  expect(words.nobody(['a@x.com', 'b@x.com', 'c@x.com'])).toBe(
    'No account found for a@x.com, b@x.com or c@x.com.',
  );
});

test('an apology carries the reference under which the log tells more', () => {
  expect(words.errorMessages.unreachable('1a2b3c4d')).toBe(
    'Customer data can’t be reached right now (1a2b3c4d). Reload in a minute.',
  );
  expect(words.errorMessages.misconfigured('1a2b3c4d')).toBe(
    'This sidebar is misconfigured (1a2b3c4d). Admin: see the server log.',
  );
});

test('a stranger that is a machine, or writes from the team’s own domain, is called so', () => {
  expect(words.nobody(['mailer-daemon@mx.example.com'])).toContain('a machine’s address');
  expect(words.nobody(['no-reply@example.com', 'bounces+7@example.com'])).toContain('a machine’s');
  expect(words.nobody(['no-reply@example.com', 'a@example.com'])).not.toContain('machine');
  expect(words.nobody(['a@ours.example'], 'ours.example')).toContain('a colleague?');
  expect(words.nobody(['a@not-ours.example'], 'ours.example')).not.toContain('colleague');
});

test.each([
  ['last_login_at', 'Last login at'],
  ['lastLoginAt', 'Last login at'],
  ['customerID', 'Customer ID'],
  ['NPS score', 'NPS score'],
  ['MRR', 'MRR'],
  ['Größe', 'Größe'],
])('the name %s is the label %s', (name, label) => {
  expect(words.label(name)).toBe(label);
});
