import type { CalendarDay, Moment } from '../domain/account.ts';

/** What a column holds: null is absent, and undefined cannot be read. */
export type Found<T> = T | null | undefined;

export const isBlank = (value: unknown) => typeof value === 'string' && value.trim() === '';

/** Stand-ins for "never": infinity, years before Christ, and MySQL's day of noughts. */
export const beyondTime = /infinity$| BC$|^0000-00-00/i;

/** ISO 8601, as texts have it: without a zone it is UTC, like a `timestamp`. */
const iso =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(?:(Z|UTC|GMT)|([+-]\d\d):?(\d\d)?)?)?$/i;

export function readMoment(value: unknown): Found<Moment> {
  if (value === null || isBlank(value)) return null;
  if (value instanceof Date) return orNoDate(value, value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (beyondTime.test(text)) return null;
  const [, day, time, , hours, minutes = '00'] = iso.exec(text) ?? [];
  if (day === undefined) return undefined;
  const midnight = new Date(`${day}T00:00Z`);
  // JavaScript takes 30 February for 2 March.
  if (Number.isNaN(+midnight) || dayOf(midnight) !== day) return undefined;
  if (time === undefined) return orNoDate(midnight, day as CalendarDay);
  const zone = hours === undefined ? 'Z' : `${hours}:${minutes}`;
  return readMoment(new Date(`${day}T${time}${zone}`));
}

/** Stand-ins for "none" of SQL Server, Access and Unix. */
const noDates = new Set(['1753-01-01', '1899-12-30', '1900-01-01', '1970-01-01']);
const maxOffsetMs = 14 * 3_600_000;

/** So are the years below 1000 and above 9998: .NET's 0001-01-01 and the common 9999-12-31. */
function orNoDate<T>(instant: Date, value: T): Found<T> {
  const year = instant.getUTCFullYear();
  // Seconds that are milliseconds lead to later years than any zone makes of 9999.
  if (Number.isNaN(year) || year > 10_000) return undefined;
  const isNone = year < 1000 || year > 9998 || noDates.has(dayOf(instant));
  // Midnight of 1970 was earlier in zones east of Greenwich.
  const isLocalNone = value instanceof Date && noDates.has(dayOf(new Date(+instant + maxOffsetMs)));
  return isNone || isLocalNone ? null : value;
}

const dayOf = (instant: Date) => instant.toISOString().slice(0, 10);

/** A text that is written as a date; null for one that stands for none. */
export const readWrittenMoment = (text: string): Found<Moment> =>
  iso.test(text.trim()) ? readMoment(text) : undefined;
