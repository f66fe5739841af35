/**
 * The classes that metrics tell apart; any other counts as "other". So there are never more series
 * than these, whatever a database, a network or a caller comes up with.
 */

/** Why a lookup failed: Node's codes, pg's failures and ours, Postgres's SQLSTATEs. */
export const lookupFailures = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'connect_timeout',
  'connection_terminated',
  'contract',
  'pool_exhausted',
  'query_timeout',
  'tls_or_password',
  '08P01',
  '25006',
  '28000',
  '28P01',
  '3D000',
  '40001',
  '42501',
  '42703',
  '42883',
  '42P01',
  '53300',
  '55P03',
  '57014',
  '57P01',
  '57P02',
  '57P03',
  'other',
] as const;

/** What was turned away before there was anything to prove: a status, Node's code, or a limit. */
export const rejections = [
  '400',
  '404',
  '413',
  '415',
  'aborted',
  'search_limit',
  'ECONNRESET',
  'ERR_HTTP_REQUEST_TIMEOUT',
  'HPE_HEADER_OVERFLOW',
  'HPE_INVALID_METHOD',
  'other',
] as const;

/** What the lookup does to go on, or warns of, as the log calls it. */
export const databaseEvents = [
  'pool_error',
  'pool_replaced',
  'statement_renamed',
  'unasked_rows',
] as const;
