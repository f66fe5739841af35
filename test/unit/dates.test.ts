import { describe, expect, test } from 'vitest';
import type { CalendarDay } from '../../src/domain/account.ts';
import { createDates } from '../../src/sidebar/dates.ts';

// Every date is in the past: what a clock will show next year depends on the time-zone data of the Node.
const now = new Date('2020-11-22T15:14:00Z');

const dates = createDates('en-GB');
const at = (text: string) => new Date(text);
const day = (text: string) => text as CalendarDay;

describe('the day of an instant', () => {
  test.each([
    ['2021-03-12T15:14:00Z', 'UTC', '12 Mar 2021'],
    ['2021-03-12T23:59:59.999Z', 'UTC', '12 Mar 2021'],
    ['2021-03-13T00:00:00Z', 'UTC', '13 Mar 2021'],
    // Kathmandu is 5:45 ahead.
    ['2021-03-12T18:14:59.999Z', 'Asia/Kathmandu', '12 Mar 2021'],
    ['2021-03-12T18:15:00Z', 'Asia/Kathmandu', '13 Mar 2021'],
    // The two ends of the world: 14 hours ahead and 11 behind.
    ['2020-12-31T10:00:00Z', 'Pacific/Kiritimati', '1 Jan 2021'],
    ['2021-01-01T10:59:59Z', 'Pacific/Pago_Pago', '31 Dec 2020'],
    // Sydney is 11 hours ahead in its summer and 10 in its winter.
    ['2020-01-10T13:00:00Z', 'Australia/Sydney', '11 Jan 2020'],
    ['2020-07-10T13:59:59Z', 'Australia/Sydney', '10 Jul 2020'],
    ['2016-02-29T12:00:00Z', 'Europe/Paris', '29 Feb 2016'],
  ])('%s in %s is %s', (instant, zone, text) => {
    expect(dates.seen(at(instant), zone, now).date).toBe(text);
  });

  test('is in UTC where no zone is known', () => {
    expect(dates.seen(at('2021-03-12T23:59:59.999Z'), null, now).date).toBe('12 Mar 2021');
    expect(dates.seen(at('2021-03-13T00:00:00Z'), null, now).date).toBe('13 Mar 2021');
    expect(dates.seen(at('1969-12-31T23:59:59.999Z'), null, now).date).toBe('31 Dec 1969');
  });

  test.each(['Mars/Olympus', '', 'Europe/Atlantis', 'undefined', '\u0000', '<b>'])(
    'is in UTC where the zone is %j, which does not exist',
    (zone) => {
      expect(dates.seen(at('2021-03-12T23:59:59.999Z'), zone, now).date).toBe('12 Mar 2021');
      expect(dates.seen(at('2020-11-24T00:00:00Z'), zone, now).days).toBe(2);
      expect(dates.localTime(zone, now)).toBeNull();
    },
  );
});

test('a day stays the day that it is in every zone', () => {
  for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kathmandu', null])
    expect(dates.seen(day('2021-03-12'), zone, now).date).toBe('12 Mar 2021');
});

describe('the days until', () => {
  test.each([
    ['later today', '2020-11-22T23:59:59Z', 0],
    ['earlier today', '2020-11-22T00:00:00Z', 0],
    ['the first moment of tomorrow', '2020-11-23T00:00:00Z', 1],
    ['the last moment of yesterday', '2020-11-21T23:59:59.999Z', -1],
    ['the same time in two days', '2020-11-24T15:14:00Z', 2],
    ['a year from now', '2021-11-22T00:00:00Z', 365],
    ['a leap year ago', '2016-02-29T00:00:00Z', -1728],
  ])('%s are counted on the calendar', (_, moment, days) => {
    expect(dates.seen(at(moment), 'UTC', now).days).toBe(days);
    expect(dates.seen(at(moment), null, now).days).toBe(days);
  });

  test('an instant go by the calendar of the zone', () => {
    // 15:14 in UTC, which is tomorrow at 02:14 in Sydney and today at 07:14 in Los Angeles.
    const midnight = at('2020-11-23T00:00:00Z');
    expect(dates.seen(midnight, 'Australia/Sydney', now).days).toBe(0);
    expect(dates.seen(midnight, 'UTC', now).days).toBe(1);
    expect(dates.seen(midnight, 'America/Los_Angeles', now).days).toBe(0);
  });

  test('an instant turn at midnight in Kathmandu', () => {
    const tonight = at('2020-11-22T18:14:59Z');
    const tomorrow = at('2020-11-22T18:15:00Z');
    expect(dates.seen(tonight, 'Asia/Kathmandu', now).days).toBe(0);
    expect(dates.seen(tomorrow, 'Asia/Kathmandu', now).days).toBe(1);
    expect(dates.seen(tomorrow, 'Asia/Kathmandu', tomorrow).days).toBe(0);
    expect(dates.seen(tonight, 'Asia/Kathmandu', tomorrow).days).toBe(-1);
  });

  test('a day are counted from the day that it is in the zone', () => {
    expect(dates.seen(day('2020-11-23'), 'Australia/Sydney', now).days).toBe(0);
    expect(dates.seen(day('2020-11-23'), 'America/Los_Angeles', now).days).toBe(1);
    expect(dates.seen(day('2020-11-23'), null, now).days).toBe(1);
    expect(dates.seen(day('2020-11-20'), null, now).days).toBe(-2);
  });

  describe('an instant are whole where the clocks change:', () => {
    test.each([
      // 2020-03-29 has 23 hours in London, 2020-10-25 has 25.
      ['London, a day of 23 hours', '2020-03-28T23:30:00Z', '2020-03-29T22:30:00Z', 1],
      ['London, 24 hours later', '2020-03-28T23:30:00Z', '2020-03-29T23:30:00Z', 2],
      ['London, a day of 25 hours', '2020-10-24T23:30:00Z', '2020-10-25T23:59:59Z', 0],
      ['London, 25 hours later', '2020-10-24T23:00:00Z', '2020-10-26T00:00:00Z', 1],
    ])('%s', (_, from, to, days) => {
      expect(dates.seen(at(to), 'Europe/London', at(from)).days).toBe(days);
      expect(dates.seen(at(from), 'Europe/London', at(to)).days).toBe(-days + 0);
    });

    test('the long way round a year in Sydney', () => {
      // Midnight in summer time, a hundred days before midnight in winter time.
      const summer = at('2020-02-29T13:00:00Z');
      const winter = at('2020-06-08T14:00:00Z');
      expect(dates.seen(winter, 'Australia/Sydney', summer).days).toBe(100);
      expect(dates.seen(summer, 'Australia/Sydney', winter).days).toBe(-100);
    });
  });

  test('the day that Samoa left out', () => {
    // The day after 29 December 2011 was the 31st.
    const before = at('2011-12-30T09:59:59Z');
    const after = at('2011-12-30T10:00:00Z');
    expect(dates.seen(before, 'Pacific/Apia', now).date).toBe('29 Dec 2011');
    expect(dates.seen(after, 'Pacific/Apia', now).date).toBe('31 Dec 2011');
    expect(dates.seen(after, 'Pacific/Apia', before).days).toBe(2);
  });
});

describe('the time there', () => {
  test.each([
    ['UTC', '15:14, Sun'],
    ['Europe/London', '15:14, Sun'],
    ['Australia/Sydney', '02:14, Mon'],
    ['Asia/Kathmandu', '20:59, Sun'],
    ['America/Los_Angeles', '07:14, Sun'],
    ['America/St_Johns', '11:44, Sun'],
  ])('in %s is %s', (zone, text) => {
    expect(dates.localTime(zone, now)).toBe(text);
  });

  test('has hours from 00 to 23', () => {
    expect(dates.localTime('UTC', at('2020-11-22T00:05:00Z'))).toBe('00:05, Sun');
    expect(dates.localTime('UTC', at('2020-11-22T23:59:59Z'))).toBe('23:59, Sun');
  });

  test('changes when the clocks do', () => {
    expect(dates.localTime('Europe/London', at('2020-03-29T00:59:59Z'))).toBe('00:59, Sun');
    expect(dates.localTime('Europe/London', at('2020-03-29T01:00:00Z'))).toBe('02:00, Sun');
    expect(dates.localTime('Europe/London', at('2020-10-25T00:30:00Z'))).toBe('01:30, Sun');
    expect(dates.localTime('Europe/London', at('2020-10-25T01:30:00Z'))).toBe('01:30, Sun');
  });
});

describe('in another locale', () => {
  // What a month is called in a language changes with the ICU of the Node.
  test.each(['en-US', 'de-CH', 'fr', 'ar-EG', 'ja'])(
    '%s, days and times are as written there',
    (locale) => {
      const { seen, localTime } = createDates(locale);
      const write = (instant: Date, options: Intl.DateTimeFormatOptions) =>
        instant.toLocaleString(locale, options);
      const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
      const time = (instant: Date, timeZone: string) =>
        `${write(instant, { ...clock, timeZone })}, ${write(instant, { weekday: 'short', timeZone })}`;
      const midnight = at('2020-11-22T00:05:00Z');
      expect(seen(now, 'Australia/Sydney', now).date).toBe(
        write(at('2020-11-23T00:00:00Z'), {
          ...{ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' },
        } as const),
      );
      expect(localTime('Asia/Kathmandu', now)).toBe(time(now, 'Asia/Kathmandu'));
      expect(localTime('UTC', midnight)).toBe(time(midnight, 'UTC'));
    },
  );

  test('the months and weekdays are those of the locale', () => {
    const { seen, localTime } = createDates('de-CH');
    expect(seen(now, 'UTC', now).date).toMatch(/^22\. Nov/);
    expect(localTime('UTC', now)).toMatch(/^15:14, So/);
  });

  test.each(['ar-EG', 'fa-IR', 'th-TH', 'hi-u-nu-deva', 'en-u-ca-hebrew'])(
    '%s, the days until are counted as everywhere',
    (locale) => {
      const { seen } = createDates(locale);
      expect(seen(at('2020-11-24T15:14:00Z'), 'Asia/Kathmandu', now).days).toBe(2);
      expect(seen(day('2020-11-20'), 'Asia/Kathmandu', now).days).toBe(-2);
    },
  );
});

test.each(['+05:30', '+0530', '-08', '+00:00', '-23:59'])('%s is a zone on every Node', (zone) => {
  const [, sign, hours, minutes = '00'] = /^([+-])(..):?(..)?$/.exec(zone) ?? [];
  const shifted = new Date(`2020-11-22T15:14:00${sign === '+' ? '-' : '+'}${hours}:${minutes}`);
  expect(dates.localTime(zone, now)).toMatch(shifted.toISOString().slice(11, 16));
  expect(dates.timeOfDay(now, zone)).toBe(shifted.toISOString().slice(11, 16));
});

test.each(['+24:00', '+5', '+05:60', '+05:30:10', '05:30', 'Asia/\u212Aathmandu'])(
  '%j is no zone',
  (zone) => expect(dates.localTime(zone, now)).toBeNull(),
);

test('thousands of spellings of a zone have the right time, and take less than 20 MB', () => {
  /** The letters of the name that are in upper case are the bits of `bits`. */
  const spelled = (name: string, bits: number) =>
    [...name].map((letter, i) => ((bits >> i) & 1 ? letter.toUpperCase() : letter)).join('');
  expect(dates.localTime('Australia/Sydney', now)).toBe('02:14, Mon');
  const before = process.memoryUsage.rss();
  for (let bits = 0; bits < 20_000; bits++) {
    const zone = spelled('australia/sydney', bits);
    if (dates.localTime(zone, now) !== '02:14, Mon') expect.fail(zone);
    if (dates.timeOfDay(now, zone) !== '02:14') expect.fail(zone);
    if (dates.seen(at('2020-11-23T13:00:00Z'), zone, now).days !== 1) expect.fail(zone);
  }
  expect(process.memoryUsage.rss() - before).toBeLessThan(20 * 1024 * 1024);
});

test('knows a zone again after more zones than it remembers', () => {
  for (let i = 0; i < 2_500; i++) expect(dates.localTime(`Nowhere/${i}`, now)).toBeNull();
  expect(dates.localTime('Asia/Kathmandu', now)).toBe('20:59, Sun');
  expect(dates.localTime('Nowhere/0', now)).toBeNull();
});

test('what is remembered of a minute is not said in the next one', () => {
  const [before, midnight] = [at('2020-11-22T12:59:59.999Z'), at('2020-11-22T13:00:00Z')];
  const tomorrow = at('2020-11-23T13:00:00Z');
  for (const [now, time, days] of [
    [before, '23:59, Sun', 2],
    [midnight, '00:00, Mon', 1],
    [before, '23:59, Sun', 2],
  ] as const) {
    expect(dates.localTime('Australia/Sydney', now)).toBe(time);
    expect(dates.seen(tomorrow, 'Australia/Sydney', now).days).toBe(days);
  }
});

test('the day in a zone is what Intl says, around every change of its clocks', () => {
  for (const timeZone of [
    ...['Australia/Lord_Howe', 'America/St_Johns', 'Africa/Casablanca', 'Pacific/Apia'],
    ...['Asia/Kathmandu', 'Europe/London', 'America/New_York', 'Africa/Cairo', 'Asia/Pyongyang'],
  ]) {
    const written = new Intl.DateTimeFormat('en-GB', {
      ...{ day: 'numeric', month: 'short', year: 'numeric', timeZone },
    } as const);
    // Every seven hours, so that over the years each hour of a week has its turn.
    for (let ms = Date.UTC(2009); ms < Date.UTC(2028); ms += 7 * 3_600_000)
      if (dates.seen(new Date(ms), timeZone, now).date !== written.format(ms))
        expect.fail(`${new Date(ms).toISOString()} in ${timeZone}`);
  }
});
