import pg from 'pg';
import type { Account, CalendarDay, Moment, Notice, OtherFact } from '../domain/account.ts';
import { foldEmail } from '../domain/email.ts';
import { type Column, knownColumns } from './columns.ts';
import type { Text } from './connections.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * One row of the account query as an `Account`. A value that is not of its column's kind, such
 * as the date `infinity`, counts as absent: an agent is never shown NaN or Invalid Date.
 */
export function readAccount(row: Row, columns: readonly Column[]): Account {
  return {
    email: foldEmail(text(row['email']) ?? ''),
    helpScoutCustomerId: text(row['helpscout_customer_id']),
    personName: text(row['person_name']),
    isOwner: row['is_owner'] === true,
    personTimezone: text(row['person_timezone']),
    companyTimezone: text(row['company_timezone']),
    companyName: text(row['company_name']),
    adminUrl: text(row['admin_url']),
    planName: text(row['plan_name']),
    subscriptionStatus: text(row['subscription_status']),
    planExpiresAt: moment(row['plan_expires_at']),
    cancelAtPeriodEnd: flag(row['cancel_at_period_end']),
    cancelsAt: row['cancels_at'] === null ? 'never' : moment(row['cancels_at']),
    trialEndsAt: moment(row['trial_ends_at']),
    customerSince: moment(row['customer_since']),
    employeeCount: wholeNumber(row['employee_count']),
    employeeLimit: limit(row['employee_limit']),
    stripeCustomerId: text(row['stripe_customer_id']),
    stripeSubscriptionId: text(row['stripe_subscription_id']),
    modules: texts(row['modules']),
    notice: notice(row),
    otherFacts: otherFacts(row, columns),
  };
}

function otherFacts(row: Row, columns: readonly Column[]): OtherFact[] {
  const facts: OtherFact[] = [];
  for (const column of columns) {
    const fact = knownColumns.has(column.name) ? null : otherFact(column, row[column.name]);
    if (fact !== null) facts.push(fact);
  }
  return facts;
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

function parserOf({ kind, oid }: Column): Parser {
  if (oid === TIMESTAMP) return (value) => new Date(`${value.replace(' ', 'T')}Z`);
  if (oid === TIMESTAMPTZ) return pg.types.getTypeParser(TIMESTAMPTZ);
  if (kind === 'flag') return (value) => value === 't';
  if (kind === 'list') return pg.types.getTypeParser(textArray);
  return String;
}

/** The fact in a column that is not among the known ones; null where there is nothing to show. */
function otherFact({ name, kind }: Column, value: unknown): OtherFact | null {
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
  return { name, kind, value: said };
}

/** A scalar or a list of scalars by itself; anything deeper as it is written. */
function jsonFact(name: string, value: unknown): OtherFact | null {
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

const flag = (value: unknown) => (typeof value === 'boolean' ? value : null);

/** Null means no limit, and so does the -1 of many schemas. */
function limit(value: unknown): number | 'none' | null {
  const number = value === null ? -1 : wholeNumber(value);
  return number !== null && number < 0 ? 'none' : number;
}

/** `count(*)` is a bigint, which pg gives as a string. */
function wholeNumber(value: unknown): number | null {
  const number = text(value) === null ? value : Number(value);
  return typeof number === 'number' && Number.isFinite(number) ? Math.trunc(number) : null;
}

function moment(value: unknown): Moment | null {
  if (value instanceof Date) return hasFourDigitYear(value) ? value : null;
  return typeof value === 'string' &&
    /^\d{4}-\d\d-\d\d$/.test(value) &&
    hasFourDigitYear(new Date(value))
    ? (value as CalendarDay)
    : null;
}

/** Earlier years are no dates but stand-ins for "none", such as .NET's 0001-01-01. */
function hasFourDigitYear(instant: Date): boolean {
  const year = instant.getUTCFullYear();
  return year >= 1000 && year <= 9999;
}
