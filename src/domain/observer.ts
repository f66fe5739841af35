/** Where somebody may ask. */
export const endpoints = ['legacy', 'platform', 'search'] as const;
export type Endpoint = (typeof endpoints)[number];

/** What became of a request that was proven: all that there is. */
export const outcomes = [
  'found',
  'nobody',
  /** The last good answer, since the database failed. */
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
  /** Help Scout's Mailbox API did not say who it is. */
  'mailbox',
  /** Signed, but no conversation. */
  'unreadable',
  /** A view, or a defect. */
  'broken',
] as const;
export type Outcome = (typeof outcomes)[number];

/** Why a request is refused for want of proof: all reasons that there are. */
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

/** What strangers can cause as often as they like. */
export type Warning =
  | { event: 'refused'; class: Refusal }
  | { event: 'accepted'; class: 'previous_secret' | 'same_signature' }
  /** Turned away before there was anything to prove: a status, or Node's code. */
  | { event: 'rejected' | 'aborted'; class: string };

/**
 * Is told what happens while it happens: the facts of the log, before it leaves any out, and
 * nothing of whom or by whom. It runs on the way of every request: it must be quick, and must not
 * throw.
 */
export type Observer = {
  /** A proven request has its answer, so many milliseconds after it was proven. */
  onAnswered: (endpoint: Endpoint, outcome: Outcome, ms: number) => void;
  /** Which Secret Key a request was signed with. */
  onProven: (key: 'current' | 'previous') => void;
  onWarning: (warning: Warning) => void;
  onLookupStarted: () => void;
  /** `failure` is a code, such as "ECONNREFUSED" or "42P01"; null when there was none. */
  onLookupEnded: (ms: number, failure: string | null) => void;
};
