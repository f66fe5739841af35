import type { Moment } from '../account.ts';

const dayMs = 86_400_000;

/** A moment as seen from now. */
export type Seen = {
  /** "12 Mar 2027" */
  date: string;
  /** Calendar days until then; negative when it is past. */
  days: number;
  /** Tells this morning from tonight, which `days` cannot. */
  isOver: boolean;
};

/** Dates and times as an agent reads them. */
export type Dates = {
  /** The moment in the given zone; null zone: UTC. */
  seen: (moment: Moment, timeZone: string | null, now: Date) => Seen;
  /** "02:14" in the given zone; null zone: UTC. */
  timeOfDay: (instant: Date, timeZone: string | null) => string;
  /** "02:14, Tue", or null when there is no such time zone. */
  localTime: (timeZone: string, now: Date) => string | null;
};

/** The months and weekdays in the words of `locale`, a language tag. */
export function createDates(locale: string): Dates {
  // A formatter takes 40 µs to make and 1 µs to use.
  const calendar = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  const clocks = perZone((timeZone) => {
    // Hours from 00 to 23 whatever the locale, so that no AM is taken for a PM.
    const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone } as const;
    return {
      time: new Intl.DateTimeFormat(locale, options),
      weekday: new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone }),
    };
  });
  const calendars = perZone(
    (timeZone) =>
      new Intl.DateTimeFormat('en-US', {
        calendar: 'gregory',
        numberingSystem: 'latn',
        day: 'numeric',
        month: 'numeric',
        year: 'numeric',
        timeZone,
      }),
  );

  /** The moment's day in the zone, as days since 1970. */
  function dayNumber(moment: Moment, timeZone: string | null): number {
    if (!(moment instanceof Date)) return Date.parse(moment) / dayMs;
    const inZone = timeZone === null ? null : calendars(timeZone);
    if (inZone === null) return Math.floor(moment.getTime() / dayMs);
    // Always "3/12/2027". formatToParts takes half as long again.
    const text = inZone.format(moment);
    const [afterMonth, afterDay] = [text.indexOf('/'), text.lastIndexOf('/')];
    const month = Number(text.slice(0, afterMonth));
    const day = Number(text.slice(afterMonth + 1, afterDay));
    return Date.UTC(Number(text.slice(afterDay + 1)), month - 1, day) / dayMs;
  }

  const today = inThisMinute((timeZone, now) => dayNumber(now, timeZone));
  const localTime = inThisMinute((timeZone, now) => {
    const clock = clocks(timeZone);
    return clock && `${clock.time.format(now)}, ${clock.weekday.format(now)}`;
  });

  return {
    seen: (moment, timeZone, now) => {
      const day = dayNumber(moment, timeZone);
      const days = day - (today(timeZone ?? 'UTC', now) ?? dayNumber(now, null));
      const isOver = moment instanceof Date ? moment <= now : days < 0;
      return { date: calendar.format(day * dayMs), days, isOver };
    },
    timeOfDay: (instant, timeZone) =>
      ((timeZone !== null && clocks(timeZone)) || clocks('UTC'))?.time.format(instant) ?? '',
    localTime,
  };
}

const minuteMs = 60_000;

/** What `tell` said of a zone, for as long as the minute lasts: until then it says the same. */
function inThisMinute<T>(tell: (timeZone: string, now: Date) => T) {
  let minute = Number.NaN;
  let told: (timeZone: string) => T | null;
  return (timeZone: string, now: Date): T | null => {
    const current = Math.floor(now.getTime() / minuteMs);
    if (current !== minute) told = perZone((zone) => tell(zone, now));
    minute = current;
    return told(timeZone);
  };
}

const mostZones = 1_000;

/** Remembers what `make` gave for each zone, null for those that do not exist. */
function perZone<T>(make: (timeZone: string) => T): (timeZone: string) => T | null {
  const made = new Map<string, T | null>();
  return (timeZone) => {
    let known = made.get(timeZone);
    if (known === undefined) {
      known = attempt(() => make(timeZone));
      // Zone names come from the database: whatever stands there must not fill the memory.
      if (made.size >= mostZones) made.clear();
      made.set(timeZone, known);
    }
    return known;
  };
}

function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
