import { LookupError } from '../domain/account.ts';
import { failureOf } from '../domain/failures.ts';

type Messages = readonly (readonly [RegExp, string])[];

/** pg's own failures have a message and no code. */
const pgMessages: Messages = [
  [/due to connection timeout/, 'connect_timeout'],
  [/^Query read timeout/, 'query_timeout'],
  [
    /^Connection terminated|^Client (has encountered a connection error|was closed)/,
    'connection_terminated',
  ],
  [/password must be a string/, 'password_missing'],
  [/does not support SSL/, 'tls_unsupported'],
  [/SSL/i, 'tls'],
];

/** Postgres, before and since 14, and hosted ones that say it otherwise. */
const refusesPlainText = /no encryption|SSL off|SSL connection is required|connection is insecure/;

/** PgBouncer's own failures all have the code 08P01. */
const poolerMessages: Messages = [
  [/^unsupported startup parameter/, 'settings_refused'],
  [/^SSL required/, 'tls_required'],
  [/no such|does not exist|authentication|password|certificate|TLS|SSL/, 'pooler_refused'],
  [/^query_wait_timeout|^no more connections/, 'pooler_exhausted'],
  [/^server conn crashed/, 'pooler_lost_server'],
  // Later versions may have other messages: an outage must not hide stale answers from agents.
  [/^/, 'pooler_without_server'],
];

/** A code of domain/failures.ts or another; never the message, which may quote values. */
export function failureClass(error: unknown): string {
  if (error instanceof LookupError) return error.class;
  if (!(error instanceof Error)) return 'unknown';
  if (!('code' in error) || typeof error.code !== 'string')
    return classOf(error, pgMessages) ?? error.name;
  if (/^(28|08)/.test(error.code) && refusesPlainText.test(error.message)) return 'tls_required';
  // Postgres uses 08P01 as well, and names the routine.
  const isFromPooler = error.code === '08P01' && !('routine' in error && error.routine);
  return (isFromPooler && classOf(error, poolerMessages)) || error.code;
}

const classOf = ({ message }: Error, known: Messages) =>
  known.find(([pattern]) => pattern.test(message))?.[1];

/** Whatever a query threw, as what the caller must know of it. */
export function toLookupError(error: unknown): LookupError {
  if (error instanceof LookupError) return error;
  const failure = failureClass(error);
  return new LookupError(failureOf(failure).reason, failure, { cause: error });
}
