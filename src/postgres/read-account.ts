import pg from 'pg';
import type { Account, Link, Notice, OtherFact, Value } from '../domain/account.ts';
import { foldEmail } from '../domain/email.ts';
import { type Column, knownColumns } from './columns.ts';
import type { Text } from './connections.ts';
import { withCurrencies } from './currencies.ts';
import { readJson } from './read-json.ts';
import { beyondTime, type Found, isBlank, readMoment } from './read-moment.ts';
import { readRanges } from './read-range.ts';

type Row = Readonly<Record<string, unknown>>;

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
    const value = read(column.name, (found) => readValue(column, found));
    if (value !== null) otherFacts.push({ name: column.name, ...value });
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
    planExpiresAt: read('plan_expires_at', readMoment),
    cancelAtPeriodEnd: read('cancel_at_period_end', flag),
    cancelsAt: row['cancels_at'] === null ? 'never' : read('cancels_at', readMoment),
    trialEndsAt: read('trial_ends_at', readMoment),
    customerSince: read('customer_since', readMoment),
    employeeCount: read('employee_count', wholeNumber),
    employeeLimit: read('employee_limit', limit),
    stripeCustomerId: text(row['stripe_customer_id']),
    stripeSubscriptionId: text(row['stripe_subscription_id']),
    modules: read('modules', names) ?? [],
    links: read('links', links) ?? [],
    notice: notice(row),
    otherFacts: withCurrencies(otherFacts),
  };
}

/**
 * How to read what Postgres wrote for these columns; what has no kind of its own stays as it is. pg
 * by itself takes `date` and `timestamp` for local time of this process, which moves them when its
 * zone is another. Here a `date` stays the day it is, and a `timestamp` without a zone is UTC, as the
 * frameworks that use it mean it.
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

type Parser = (value: string) => unknown;

const parseTimestamp: Parser = (value) => new Date(`${value.replace(' ', 'T')}Z`);

function parserOf({ name, kind, oid }: Column): Parser {
  if (kind === 'instant') {
    const parse = oid === TIMESTAMP ? parseTimestamp : pg.types.getTypeParser(TIMESTAMPTZ);
    return (value) => (beyondTime.test(value) ? null : parse(value));
  }
  // What a column of the query's own shows of json is decided from its text.
  if (kind === 'json' && knownColumns.has(name) && name !== 'links') return JSON.parse;
  if (kind === 'flag') return (value) => value === 't';
  // One that is too large says so, and is no array.
  if (kind === 'list' && knownColumns.has(name) && name !== 'links')
    return (value) => [JSON.parse(value)].flat();
  return String;
}

/** The value of a column that is not among the known ones; null where there is nothing to show. */
function readValue({ kind, type }: Column, value: unknown): Found<Value> {
  if (kind === 'day' || kind === 'instant') {
    const when = readMoment(value);
    return when && { kind: 'moment', value: when };
  }
  if (kind === 'flag') return typeof value === 'boolean' ? { kind, value } : null;
  const said = text(value);
  if (said === null || kind === 'binary') return null;
  if (kind === 'json' || kind === 'list' || kind === 'record') return readJson(said);
  // Postgres's numbers have more digits than JavaScript's, so they stay as it wrote them.
  if (kind === 'number')
    return /^-?\d[\d.]*(?:e[+-]?\d+)?$/.test(said) ? { kind, value: said } : undefined;
  if (type === 'interval') return { kind: 'duration', value: said };
  if (type.endsWith('range')) return readRanges(type, said);
  return { kind: 'text', value: said };
}

/** An object of names and addresses, objects with `text` and `url`, or addresses alone. */
function links(value: unknown): Found<Link[]> {
  const said = text(value);
  if (said === null) return null;
  const read = /^\s*[[{"]/.test(said) ? readLinks(said) : ({ kind: 'text', value: said } as const);
  if (read === undefined) return undefined;
  if (read?.kind === 'list') return read.value.flatMap((item) => linkOf(item, null));
  if (read?.kind !== 'object') return linkOf(read, null);
  return read.value.flatMap((fact) => linkOf(fact, fact.name));
}

/** A text column may hold what only looks like JSON. */
function readLinks(json: string): Found<Value> {
  try {
    return readJson(json, () => true);
  } catch {
    return undefined;
  }
}

function linkOf(value: string | Value | null, name: string | null): Link[] {
  if (typeof value === 'string') return [{ text: name ?? value, url: value }];
  if (value?.kind === 'text') return linkOf(value.value, name);
  const facts = value?.kind === 'object' ? value.value : [];
  const [said, url] = ['text', 'url'].map((key) => facts.find((fact) => fact.name === key));
  return url?.kind === 'text' ? linkOf(url, said?.kind === 'text' ? said.value : name) : [];
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

function wholeNumber(value: unknown): Found<number> {
  if (value === null || isBlank(value)) return null;
  // JavaScript reads 0x1F as well.
  const number = typeof value === 'string' && !/[box]/i.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? Math.trunc(number) : undefined;
}

const yes = new Set('owner true t yes y on'.split(' '));

/** A boolean in any spelling, or roles, such as "owner,admin". */
function owner(value: unknown): Found<boolean> {
  if (typeof value === 'boolean') return value;
  const roles = names(value);
  if (!roles) return roles;
  const words = roles.map((role) => role.toLowerCase());
  if (words.some((word) => yes.has(word))) return true;
  // "account_owner" or "former owner", and a number, which may be an id, are for the query to decide.
  return words.some((word) => /owner|\d/.test(word)) ? undefined : false;
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
