/**
 * The classes that metrics tell apart; any other counts as "other". So there are never more series
 * than these, whatever a database, a network or a caller comes up with.
 */

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
