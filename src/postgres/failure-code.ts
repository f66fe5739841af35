import { LookupError } from '../domain/account.ts';

/**
 * SQLSTATEs that no waiting cures: the query, the tables, the privileges or the credentials must
 * be changed; 08P01 is a PgBouncer that refuses our settings.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const configErrorCodes = /^(?:08P01|pooler_refused|21...|22...|25006|28...|3D...|3F...|42...)$/;

/** OpenSSL's and Node's codes for a connection that cannot be encrypted, or a certificate that does not convince. */
const needsACertificate = /CERT|TLS|SSL|UNABLE_TO_VERIFY|tls_or_password/;

/** pg's own failures have a message and no code. */
const pgMessages: readonly (readonly [RegExp, string])[] = [
  [/^timeout exceeded when trying to connect/, 'pool_exhausted'],
  [/^Cannot use a pool after calling end/, 'pool_ended'],
  [/due to connection timeout/, 'connect_timeout'],
  [/^Query read timeout/, 'query_timeout'],
  [/^Connection terminated/, 'connection_terminated'],
  [/SSL|password must be a string/i, 'tls_or_password'],
];

/**
 * What PgBouncer says itself, all of it under 08P01, from a pool that is full to a database that went
 * away. The rest of it passes: see `poolerFailure`.
 */
const poolerMessages: readonly (readonly [RegExp, string])[] = [
  [/^unsupported startup parameter/, '08P01'],
  [/no such|does not exist|authentication|password|certificate|TLS|SSL/, 'pooler_refused'],
  [/^query_wait_timeout|^no more connections/, 'pooler_exhausted'],
  [/^server conn crashed/, 'pooler_lost_server'],
];

/** Postgres's or Node's code for what went wrong; never its message, which may quote values. */
export function failureClass(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string')
    return error.code === '08P01' ? poolerFailure(error) : error.code;
  return classOf(error, pgMessages) ?? error.name;
}

/**
 * Postgres itself uses the code, too, and names the routine. Taken for a fault of ours, an outage would
 * keep the last good answers from the agents.
 */
function poolerFailure(error: Error): string {
  if ('routine' in error && error.routine !== undefined) return '08P01';
  return classOf(error, poolerMessages) ?? 'pooler_without_server';
}

const classOf = ({ message }: Error, known: typeof pgMessages) =>
  known.find(([one]) => one.test(message))?.[1];

/** Whatever a query threw, as what the caller must know of it. */
export function toLookupError(error: unknown): LookupError {
  const failure = failureClass(error);
  return new LookupError(reasonOf(failure), failure, { cause: error });
}

function reasonOf(failure: string): LookupError['reason'] {
  if (failure === 'pool_exhausted' || failure === 'pooler_exhausted') return 'busy';
  const misconfigured = configErrorCodes.test(failure) || needsACertificate.test(failure);
  return misconfigured ? 'misconfigured' : 'unreachable';
}
