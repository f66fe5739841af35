import pg from 'pg';
import type { Account, CalendarDay, Moment } from '../account.ts';
import { foldEmail } from '../email.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * One row of the account query as an `Account`. A value that is not of its column's kind, such
 * as the date `infinity`, counts as absent: an agent is never shown NaN or Invalid Date.
 */
export function readAccount(row: Row): Account {
  return {
    email: foldEmail(text(row['email']) ?? ''),
    personName: text(row['person_name']),
    isOwner: row['is_owner'] === true,
    personTimezone: text(row['person_timezone']),
    companyTimezone: text(row['company_timezone']),
    companyName: text(row['company_name']),
    adminUrl: text(row['admin_url']),
    planName: text(row['plan_name']),
    subscriptionStatus: text(row['subscription_status']),
    planExpiresAt: moment(row['plan_expires_at']),
    trialEndsAt: moment(row['trial_ends_at']),
    customerSince: moment(row['customer_since']),
    employeeCount: wholeNumber(row['employee_count']),
    employeeLimit: limit(row['employee_limit']),
    stripeCustomerId: text(row['stripe_customer_id']),
    stripeSubscriptionId: text(row['stripe_subscription_id']),
    modules: texts(row['modules']),
  };
}

const { DATE, TIMESTAMP } = pg.types.builtins;

/**
 * pg reads `date` and `timestamp` as local time of this process, which moves them by a day when
 * the server's zone differs. Here a `date` stays the day it is, and a `timestamp` without a zone
 * is UTC, as the frameworks that use it mean it.
 */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === DATE) return (value: string) => value;
    if (oid === TIMESTAMP) return (value: string) => new Date(`${value.replace(' ', 'T')}Z`);
    return pg.types.getTypeParser(oid, format);
  }) as pg.CustomTypesConfig['getTypeParser'],
};

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text).filter((item) => item !== null) : [];
}

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
