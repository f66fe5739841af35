import { describe, expect, test } from 'vitest';
import * as words from '../../src/sidebar/words.ts';

const digits = (number: number) => number.toLocaleString('en-GB');

describe('the badge of a subscription', () => {
  const trial = { text: 'Trial', tone: 'orange' };
  const trialExpired = { text: 'Trial expired', tone: 'red' };

  test.each([
    ['active', 'Paid', 'green'],
    ['paid', 'Paid', 'green'],
    ['past_due', 'Past due', 'red'],
    ['unpaid', 'Past due', 'red'],
    ['canceled', 'Canceled', null],
    ['cancelled', 'Canceled', null],
    ['trial_expired', 'Trial expired', 'red'],
    ['incomplete', 'Incomplete', 'orange'],
    ['incomplete_expired', 'Incomplete, expired', 'red'],
    ['paused', 'Paused', 'orange'],
  ])('says of %s: %s, whatever trial there was', (status, text, tone) => {
    for (const isTrialOver of [null, true, false])
      expect(words.subscription(status, isTrialOver, false)).toEqual({ text, tone });
  });

  test.each(['trialing', 'trial', 'in_trial', 'on_trial'])(
    'says of %s whether it is over',
    (status) => {
      expect(words.subscription(status, null, false)).toEqual(trial);
      expect(words.subscription(status, false, false)).toEqual(trial);
      expect(words.subscription(status, true, false)).toEqual(trialExpired);
    },
  );

  test.each([[null], [''], [' ']])('goes by the trial when the status is %j', (status) => {
    expect(words.subscription(status, false, false)).toEqual(trial);
    expect(words.subscription(status, true, false)).toEqual(trialExpired);
    expect(words.subscription(status, null, false)).toBeNull();
  });

  test('an old trial is not held against somebody whose plan runs', () => {
    expect(words.subscription(null, true, true)).toBeNull();
    expect(words.subscription('active', true, true)).toMatchObject({ text: 'Paid' });
  });

  test.each(['Past due', 'PAST-DUE', ' past_due ', 'past  due'])(
    'reads %j as past_due',
    (status) => {
      expect(words.subscription(status, null, false)).toEqual({ text: 'Past due', tone: 'red' });
    },
  );

  test.each(['Grandfathered', 'constructor', '__proto__', 'toString'])(
    'repeats %s, which it does not know, without a colour',
    (status) => {
      expect(words.subscription(status, null, false)).toEqual({ text: status, tone: null });
      expect(words.subscription(status, true, false)).toEqual({ text: status, tone: null });
    },
  );

  test('is known to be of a trial, or not', () => {
    const isTrial = (status: string | null, isTrialOver: boolean | null) =>
      words.isTrial(words.subscription(status, isTrialOver, false));
    expect(isTrial('trialing', false)).toBe(true);
    expect(isTrial('trialing', true)).toBe(true);
    expect(isTrial('trial_expired', null)).toBe(true);
    expect(isTrial(null, false)).toBe(true);
    expect(isTrial(null, null)).toBe(false);
    for (const status of ['active', 'past_due', 'canceled', 'paused', 'Grandfathered'])
      expect(isTrial(status, true), status).toBe(false);
  });
});

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

describe('the end of', () => {
  const date = '12 Mar 2027';

  test.each([
    [110, false, '12 Mar 2027 · in 110 days', null],
    [8, false, '12 Mar 2027 · in 8 days', null],
    [7, false, '12 Mar 2027 · in 7 days', 'orange'],
    [1, false, '12 Mar 2027 · tomorrow', 'orange'],
    [0, false, '12 Mar 2027 · today', 'orange'],
    [0, true, '12 Mar 2027 · today', 'red'],
    [-1, true, '12 Mar 2027 · yesterday', 'red'],
    [-31, true, '12 Mar 2027 · 31 days ago', 'red'],
  ])('a plan that is %i days away (over: %s) is "%s", %s', (days, isOver, text, tone) => {
    expect(words.planExpires({ date, days, isOver })).toEqual({ text, tone });
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
  ])('a trial that is %i days away (over: %s) is "%s", %s', (days, isOver, text, tone) => {
    expect(words.trialEnds({ date, days, isOver })).toEqual({ text, tone });
  });
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

test('a time zone is said with the time there, where that is known', () => {
  const zone = 'Australia/Sydney';
  expect(words.timeZone(zone, '02:14, Mon')).toBe('Australia/Sydney · 02:14, Mon');
  expect(words.timeZone('Mars/Olympus', null)).toBe('Mars/Olympus');
});

test('a stranger is told by every address that was looked up', () => {
  expect(words.nobody(['a@x.com'])).toBe('Nobody has an account with a@x.com.');
  expect(words.nobody(['a@x.com', 'b@x.com'])).toBe(
    'Nobody has an account with a@x.com or b@x.com.',
  );
  expect(words.nobody(['a@x.com', 'b@x.com', 'c@x.com'])).toBe(
    'Nobody has an account with a@x.com, b@x.com or c@x.com.',
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
