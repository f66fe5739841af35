/** The endpoints that answer agents. */
export const endpoints = ['legacy', 'freescout', 'platform', 'search'] as const;
export type Endpoint = (typeof endpoints)[number];

/** All outcomes of a proven request. */
export const outcomes = [
  'found',
  'nobody',
  /** The database failed: the last good result. */
  'stale',
  'draft',
  'no_address',
  'no_customer',
  'not_linked',
  'no_credentials',
  'not_an_address',
  'unreachable',
  'busy',
  'misconfigured',
  /** Help Scout's Mailbox API failed. */
  'mailbox',
  /** Signed, but no conversation. */
  'unreadable',
  /** A view, or a defect. */
  'broken',
] as const;
export type Outcome = (typeof outcomes)[number];

/** All reasons to refuse a request as unproven. */
export const refusals = [
  'missing',
  'empty',
  'duplicate',
  'shape',
  'no_body',
  'mismatch',
  'hex_of_right_mac',
  'reserialised',
  'newline',
  'secret_white_space',
  'empty_key',
  'expired_secret',
  'verify_threw',
  'search_token',
] as const;
export type Refusal = (typeof refusals)[number];

/** The columns that hold a time zone. */
export const zoneColumns = ['person_timezone', 'company_timezone'] as const;
export type ZoneColumn = (typeof zoneColumns)[number];

/** Events that any caller can trigger. */
export type Warning =
  | { event: 'refused'; class: Refusal }
  | { event: 'accepted'; class: 'previous_secret' | 'same_signature' }
  /** A column that holds no zone that is known; its value is not told. */
  | { event: 'unknown_time_zone'; class: ZoneColumn }
  /** Ended before there was a signature to verify: a status, or Node's code. */
  | { event: 'rejected' | 'aborted'; class: string };

/** Gets all events of the log, and no customer data. It must be quick, and must not throw. */
export type Observer = {
  /** `ms` is from the proof to the answer. */
  onAnswered: (endpoint: Endpoint, outcome: Outcome, ms: number) => void;
  /** Which Secret Key a request was signed with. */
  onProven: (key: 'current' | 'previous') => void;
  onWarning: (warning: Warning) => void;
  onLookupStarted: () => void;
  /** `failure` is a code, such as "ECONNREFUSED" or "42P01"; null when there was none. */
  onLookupEnded: (ms: number, failure: string | null) => void;
};
