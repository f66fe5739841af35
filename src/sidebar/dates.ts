import type { Moment } from '../domain/account.ts';

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
  // A formatter takes 40 µs to make and 1 µs to use.
  const written = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const;
  const calendar = new Intl.DateTimeFormat(locale, written);
  const writtenDays = memoize(maxDays, (day: number) => calendar.format(day * dayMs));
  const clocks = perZone((timeZone) => {
    // Hours from 00 to 23 whatever the locale, so that no AM is taken for a PM.
    const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } as const;
    return {
      time: new Intl.DateTimeFormat(locale, options),
      weekday: new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone }),
    };
  });
  const zones = perZone(createZone);

  /** The moment's day in the zone, as days since 1970. */
  function dayNumber(moment: Moment, timeZone: string | null): number {
    if (!(moment instanceof Date)) return Date.parse(moment) / dayMs;
    const inZone = timeZone === null ? null : zones(timeZone);
    return (inZone ?? dayOf)(moment.getTime());
  }

  const today = perMinute((timeZone, now) => dayNumber(now, timeZone));
  const localTime = perMinute((timeZone, now) => {
    const clock = clocks(timeZone);
    return clock && `${clock.time.format(now)}, ${clock.weekday.format(now)}`;
  });

  return {
    seen: (moment, timeZone, now) => {
      const day = dayNumber(moment, timeZone);
      const days = day - (today(timeZone ?? 'UTC', now) ?? dayNumber(now, null));
      const isOver = moment instanceof Date ? moment <= now : days < 0;
      return { date: writtenDays(day), days, isOver };
    },
    timeOfDay: (instant, timeZone) =>
      ((timeZone !== null && clocks(timeZone)) || clocks('UTC'))?.time.format(instant) ?? '',
    localTime,
  };
}

/** In UTC, as days since 1970. */
const dayOf = (ms: number) => Math.floor(ms / dayMs);

/** The day of an instant in that zone. Throws a RangeError when there is no such zone. */
function createZone(timeZone: string): (ms: number) => number {
  const calendar = new Intl.DateTimeFormat('en-US', {
    ...{ calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23', timeZone },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  } as const);

  /** How far its clocks are ahead of UTC. */
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

  return (ms) => dayOf(ms + (allWeek(Math.floor(ms / weekMs)) ?? aheadMs(ms)));
}

/** Computes once a minute for each zone what does not change within one. */
function perMinute<T>(compute: (timeZone: string, now: Date) => T) {
  let minute = Number.NaN;
  let ofZone: (timeZone: string) => T | null;
  return (timeZone: string, now: Date): T | null => {
    const current = Math.floor(now.getTime() / 60_000);
    if (current !== minute) ofZone = perZone((zone) => compute(zone, now));
    minute = current;
    return ofZone(timeZone);
  };
}

const maxZones = 1_000;
const maxDays = 4_000;

/** Of each zone, ten years. */
const maxWeeks = 520;

/** Null for zones that do not exist. */
const perZone = <T>(make: (timeZone: string) => T) =>
  memoize(maxZones, (timeZone: string): T | null => {
    try {
      return make(timeZone);
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  });

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
