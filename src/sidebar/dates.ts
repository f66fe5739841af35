import type { Moment } from '../domain/account.ts';
import { memoize } from './memoize.ts';
import { isUnknownZone, type Zone, zoneOf } from './zones.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** A moment as seen from now. */
export type Seen = {
  /** "12 Mar 2027" */
  date: string;
  /** Calendar days until then; negative when it is past. */
  days: number;
  /** Tells this morning from tonight, which `days` cannot. */
  isOver: boolean;
  /** Where the account's own zone is not known. */
  zone: 'UTC' | null;
};

export type Dates = {
  /** Without a zone, in UTC. */
  seen: (moment: Moment, timeZone: string | null, now: Date) => Seen;
  /** "02:14", without a zone in UTC. */
  timeOfDay: (instant: Date, timeZone: string | null) => string;
  /** "02:14, Tue", or null when there is no such time zone. */
  localTime: (timeZone: string, now: Date) => string | null;
};

/** The months and weekdays in the words of `locale`, a language tag. */
export function createDates(locale: string): Dates {
  // All in UTC, of moments that are moved by the zone: a formatter for each zone takes 26 KB.
  const formatter = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
  const calendar = formatter({ day: 'numeric', month: 'short', year: 'numeric' });
  // Hours from 00 to 23 whatever the locale, so that no AM is taken for a PM.
  const time = formatter({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const weekday = formatter({ weekday: 'short' });
  const writtenDays = memoize(maxDays, (day: number) => calendar.format(day * dayMs));
  const writtenMinutes = memoize(maxMinutes, (minute: number) => {
    const ms = minute * minuteMs;
    return `${time.format(ms)}, ${weekday.format(ms)}`;
  });

  /** The moment's day in the zone, as days since 1970. */
  function dayNumber(moment: Moment, aheadMs: Zone): number {
    if (!(moment instanceof Date)) return Date.parse(moment) / dayMs;
    return Math.floor((moment.getTime() + aheadMs(moment.getTime())) / dayMs);
  }

  return {
    seen: (moment, timeZone, now) => {
      const aheadMs = zoneOf(timeZone) ?? utc;
      const day = dayNumber(moment, aheadMs);
      const days = day - dayNumber(now, aheadMs);
      const isOver = moment instanceof Date ? moment <= now : days < 0;
      // A plain day is the same everywhere.
      const isInUtc = moment instanceof Date && isUnknownZone(timeZone);
      return { date: writtenDays(day), days, isOver, zone: isInUtc ? 'UTC' : null };
    },
    timeOfDay: (instant, timeZone) => {
      const ms = instant.getTime();
      return time.format(ms + (zoneOf(timeZone) ?? utc)(ms));
    },
    localTime: (timeZone, now) => {
      const ms = now.getTime();
      const aheadMs = zoneOf(timeZone)?.(ms) ?? null;
      return aheadMs === null ? null : writtenMinutes(Math.floor((ms + aheadMs) / minuteMs));
    },
  };
}

const utc: Zone = () => 0;

const maxDays = 4_000;
const maxMinutes = 1_000;
