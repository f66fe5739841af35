import type { Moment } from '../domain/account.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** A moment as seen from now. */
export type Seen = {
  /** "12 Mar 2027" */
  date: string;
  /** Calendar days until then; negative when it is past. */
  days: number;
  /** Tells this morning from tonight, which `days` cannot. */
  isOver: boolean;
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
      return { date: writtenDays(day), days, isOver };
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

/** How far a zone's clocks are ahead of UTC at an instant, in ms. */
type Zone = (ms: number) => number;

const utc: Zone = () => 0;

/**
 * Those that exist, some 600, by their name in lower case. They are kept for good: Node frees the
 * formatters of thousands so late that they fill hundreds of MB.
 */
const zones = new Map<string, Zone>();

/** Whatever else a database has there is never a zone, and may be long. */
const zoneName = /^[\w+\-/:]{1,40}$/;
const maxNames = 1_000;

/** In any case of its letters, as Postgres and Intl take it; null for zones that do not exist. */
const zoneNamed = memoize(maxNames, (timeZone: string): Zone | null => {
  const name = timeZone.toLowerCase();
  const zone = zones.get(name) ?? fixedZone(name) ?? createZone(name);
  if (zone !== null && /^[a-z]/.test(name)) zones.set(name, zone);
  return zone;
});

const zoneOf = (timeZone: string | null) =>
  timeZone !== null && zoneName.test(timeZone) ? zoneNamed(timeZone) : null;

/** An offset such as "+05:30", of which there are too many to keep. Node 20 has none. */
function fixedZone(name: string): Zone | null {
  const [, sign, hours, minutes = 0] = /^([+-])([01]\d|2[0-3])(?::?([0-5]\d))?$/.exec(name) ?? [];
  if (sign === undefined) return null;
  const aheadMs = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * minuteMs;
  return () => aheadMs;
}

/** Null when there is no such zone. */
function createZone(timeZone: string): Zone | null {
  let calendar: Intl.DateTimeFormat;
  try {
    calendar = new Intl.DateTimeFormat('en-US', {
      ...{ calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', timeZone },
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    } as const);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }

  function aheadMs(ms: number): number {
    // Always "3/12/2027, 02:14:00". formatToParts takes half as long again.
    const [month = 0, day = 0, year = 0, ...time] = calendar.format(ms).split(/\D+/).map(Number);
    const [hour = 0, minute = 0, second = 0] = time;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1_000) * 1_000;
  }

  /** The same, for a whole week; null for a week in which the clocks are changed. */
  const allWeek = memoize(maxWeeks, (week: number) => {
    const ahead = aheadMs(week * weekMs);
    return ahead === aheadMs((week + 1) * weekMs - 1) ? ahead : null;
  });

  return (ms) => allWeek(Math.floor(ms / weekMs)) ?? aheadMs(ms);
}

const maxDays = 4_000;
const maxMinutes = 1_000;

/** Of each zone, ten years, in 14 KB. */
const maxWeeks = 512;

/** Forgets everything at `max` entries. With lru-cache, an account's words take 10 % longer. */
export function memoize<K, V>(max: number, make: (key: K) => V): (key: K) => V {
  const cache = new Map<K, V>();
  return (key) => {
    let value = cache.get(key);
    if (value === undefined) {
      value = make(key);
      if (cache.size >= max) cache.clear();
      cache.set(key, value);
    }
    return value;
  };
}
