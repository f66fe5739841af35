import pg from 'pg';
import type { Account, CalendarDay, Moment, Notice, OtherFact } from '../domain/account.ts';
import { foldEmail } from '../domain/email.ts';
import { type Column, knownColumns } from './columns.ts';
import type { Text } from './connections.ts';

type Row = Readonly<Record<string, unknown>>;

/** What a column holds: null is absent, and undefined cannot be read. */
type Found<T> = T | null | undefined;

/**
 * One row of the account query as an `Account`. A value that cannot be read counts as absent, and its
 * column is reported: an agent is never shown NaN or Invalid Date.
 */
export function readAccount(
  row: Row,
  columns: readonly Column[],
  onUnreadable: (column: string) => void = () => {},
): Account {
  function read<T>(name: string, reader: (value: unknown) => Found<T>): T | null {
    const value = row[name];
    const found = value === undefined ? null : reader(value);
    if (found === undefined) onUnreadable(name);
    return found ?? null;
  }
  const otherFacts: OtherFact[] = [];
  for (const column of columns) {
    if (knownColumns.has(column.name)) continue;
    const fact = read(column.name, (value) => otherFact(column, value));
    if (fact !== null) otherFacts.push(fact);
  }
  return {
    email: foldEmail(text(row['email']) ?? ''),
    helpScoutCustomerId: text(row['helpscout_customer_id']),
    personName: text(row['person_name']),
    isOwner: read('is_owner', owner) ?? false,
    personTimezone: text(row['person_timezone']),
    companyTimezone: text(row['company_timezone']),
    companyName: text(row['company_name']),
    adminUrl: text(row['admin_url']),
    planName: text(row['plan_name']),
    subscriptionStatus: text(row['subscription_status']),
    planExpiresAt: read('plan_expires_at', moment),
    cancelAtPeriodEnd: read('cancel_at_period_end', flag),
    cancelsAt: row['cancels_at'] === null ? 'never' : read('cancels_at', moment),
    trialEndsAt: read('trial_ends_at', moment),
    customerSince: read('customer_since', moment),
    employeeCount: read('employee_count', wholeNumber),
    employeeLimit: read('employee_limit', limit),
    stripeCustomerId: text(row['stripe_customer_id']),
    stripeSubscriptionId: text(row['stripe_subscription_id']),
    modules: read('modules', names) ?? [],
    notice: notice(row),
    otherFacts,
  };
}

/**
 * How to read what Postgres wrote for these columns; what has no kind of its own stays as it is. pg
 * by itself takes `date` and `timestamp` for local time of this process, which moves them when its
 * zone is another. Here a `date` stays the day it is, and a `timestamp` without a zone is UTC, as the
 * frameworks that use it mean it. Columns have the names of today, whatever the query calls them.
 */
export function createReadRow(columns: readonly Column[]): (texts: readonly Text[]) => Row {
  const names = columns.map(({ name }) => name);
  const parsers = columns.map(parserOf);
  // One shape for all rows, so that V8 knows where to find what.
  const blank: Record<string, unknown> = Object.fromEntries(names.map((name) => [name, null]));
  return (texts) => {
    const row = { ...blank };
    for (let i = 0; i < names.length; i++) {
      const text = texts[i] ?? null;
      if (text !== null) row[names[i] as string] = (parsers[i] as Parser)(text);
    }
    return row;
  };
}

const { TIMESTAMP, TIMESTAMPTZ } = pg.types.builtins;
const textArray: number = 1009;

type Parser = (value: string) => unknown;

const parseTimestamp: Parser = (value) => new Date(`${value.replace(' ', 'T')}Z`);

/** Stand-ins for "never": infinity, years before Christ, and MySQL's day of noughts. */
const beyondTime = /infinity$| BC$|^0000-00-00/i;

function parserOf({ name, kind, oid }: Column): Parser {
  if (kind === 'instant') {
    const parse = oid === TIMESTAMP ? parseTimestamp : pg.types.getTypeParser(TIMESTAMPTZ);
    return (value) => (beyondTime.test(value) ? null : parse(value));
  }
  // What a column of the query's own shows of json is decided from its text.
  if (kind === 'json' && knownColumns.has(name)) return JSON.parse;
  if (kind === 'flag') return (value) => value === 't';
  if (kind === 'list') return pg.types.getTypeParser(textArray);
  return String;
}

/** The fact in a column that is not among the known ones; null where there is nothing to show. */
function otherFact({ name, kind }: Column, value: unknown): Found<OtherFact> {
  if (kind === 'json') return jsonFact(name, value);
  if (kind === 'list') return listFact(name, value);
  if (kind === 'day' || kind === 'instant') {
    const when = moment(value);
    return when && { name, kind: 'moment', value: when };
  }
  if (kind === 'flag') return typeof value === 'boolean' ? { name, kind, value } : null;
  const said = text(value);
  if (said === null || kind === 'binary') return null;
  // Postgres's numbers have more digits than JavaScript's, so they stay as it wrote them.
  if (kind === 'number') return Number.isFinite(Number(said)) ? { name, kind, value: said } : null;
  return { name, kind: 'text', value: said };
}

/** A scalar or a list of scalars by itself; anything deeper as it is written. */
function jsonFact(name: string, value: unknown): Found<OtherFact> {
  const said = text(value);
  const parsed: unknown = said === null ? null : JSON.parse(said);
  if (said === null || parsed === null) return null;
  if (typeof parsed === 'boolean') return { name, kind: 'flag', value: parsed };
  if (typeof parsed === 'number') return { name, kind: 'number', value: said };
  if (typeof parsed === 'string')
    return otherFact({ name, kind: 'text', oid: 0, type: '' }, parsed);
  const isFlat = Array.isArray(parsed) && parsed.every((item) => typeof item !== 'object');
  return isFlat ? listFact(name, parsed.map(String)) : { name, kind: 'text', value: said };
}

function listFact(name: string, value: unknown): OtherFact | null {
  const items = texts(value);
  return items.length === 0 ? null : { name, kind: 'list', value: items };
}

function notice(row: Row): Notice | null {
  const said = text(row['notice']);
  return said === null
    ? null
    : { text: said, url: text(row['notice_url']), level: text(row['notice_level']) };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/** An array of more dimensions is read as one list. */
function texts(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const items = value.some(Array.isArray) ? value.flat(Number.POSITIVE_INFINITY) : value;
  return items.filter((item) => text(item) !== null);
}

const flag = (value: unknown): Found<boolean> =>
  value === null || typeof value === 'boolean' ? value : undefined;

/** Null means no limit, and so do the stand-ins of many schemas: -1, and the largest integers. */
function limit(value: unknown): Found<number | 'none'> {
  if (value === null || isInfinite.test(String(value))) return 'none';
  const number = wholeNumber(value);
  return number != null && (number < 0 || number >= maxInteger) ? 'none' : number;
}

const maxInteger = 2_147_483_647;
const isInfinite = /^\s*(?:[+-]?infinity|unlimited|infinite|no limit|∞)\s*$/i;

/** `count(*)` is a bigint, which pg gives as a string. */
function wholeNumber(value: unknown): Found<number> {
  if (value === null || isBlank(value)) return null;
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? Math.trunc(number) : undefined;
}

const isBlank = (value: unknown) => typeof value === 'string' && value.trim() === '';

const yes = new Set('owner true t yes y on 1'.split(' '));

/** A boolean in any spelling, or roles, such as "owner,admin". */
function owner(value: unknown): Found<boolean> {
  if (typeof value === 'boolean') return value;
  const roles = names(typeof value === 'number' ? String(value) : value);
  if (!roles) return roles;
  const words = roles.map((role) => role.toLowerCase());
  if (words.some((word) => yes.has(word))) return true;
  // "account_owner" or "former owner", and the 3 of an enum, are for the query to decide.
  return words.some((word) => word !== '0' && /owner|\d/.test(word)) ? undefined : false;
}

/** Of an array, of a list with commas, or of a json object those that are true. */
function names(value: unknown): Found<string[]> {
  if (value === null || isBlank(value)) return null;
  if (typeof value === 'string') {
    if (/^\s*[[{]/.test(value)) return undefined;
    return names(value.split(','));
  }
  if (Array.isArray(value)) {
    const items = value.flat(Number.POSITIVE_INFINITY).filter((item) => item !== null);
    if (!items.every((item) => typeof item === 'string' || typeof item === 'number'))
      return undefined;
    return items.map((item) => String(item).trim()).filter((item) => item !== '');
  }
  if (typeof value !== 'object') return undefined;
  const switches = Object.entries(value);
  return switches.every(([, isOn]) => typeof isOn === 'boolean')
    ? switches.flatMap(([name, isOn]) => (isOn ? [name] : []))
    : undefined;
}

/** ISO 8601, as texts have it: without a zone it is UTC, like a `timestamp`. */
const iso =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(?:(Z|UTC|GMT)|([+-]\d\d):?(\d\d)?)?)?$/i;

function moment(value: unknown): Found<Moment> {
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
  return moment(new Date(`${day}T${time}${zone}`));
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
