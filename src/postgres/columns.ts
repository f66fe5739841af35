/**
 * How a column's values are read, whatever Postgres calls their type. "instant" is a timestamp
 * with or without a zone, "list" an array, "binary" what cannot be shown.
 */
export type Kind = 'text' | 'number' | 'flag' | 'day' | 'instant' | 'list' | 'json' | 'binary';

/** A column of the account query, as Postgres described it. */
export type Column = {
  name: string;
  /** The type's oid. */
  oid: number;
  /** The type as Postgres writes it, such as "timestamp with time zone". */
  type: string;
  kind: Kind;
};

const moment: readonly Kind[] = ['instant', 'day'];

/**
 * What each known column may hold. docs/query.md says what it shows. All but `email` may be missing,
 * and `helpscout_customer_id` as well from a query that does not ask for `$2`. Queries outlive us: a
 * column that is renamed, or means something else, makes a new version of the contract.
 */
export const knownColumns: ReadonlyMap<string, readonly Kind[]> = new Map<string, readonly Kind[]>([
  ['email', ['text']],
  ['person_name', ['text']],
  ['is_owner', ['flag']],
  ['person_timezone', ['text']],
  ['company_name', ['text']],
  ['company_timezone', ['text']],
  ['admin_url', ['text']],
  ['plan_name', ['text']],
  ['subscription_status', ['text']],
  ['plan_expires_at', moment],
  ['cancel_at_period_end', ['flag']],
  ['cancels_at', moment],
  ['trial_ends_at', moment],
  ['customer_since', moment],
  ['employee_count', ['number']],
  ['employee_limit', ['number']],
  ['stripe_customer_id', ['text']],
  ['stripe_subscription_id', ['text']],
  ['modules', ['list']],
  ['notice', ['text']],
  ['notice_url', ['text']],
  ['notice_level', ['text']],
  // Not shown: it proves that a row which was found by the customer's id is that customer's.
  ['helpscout_customer_id', ['text', 'number']],
]);

/** How to name each kind to whoever writes SQL: what it is called, and what to cast to. */
export const kindNames: Readonly<Record<Kind, string>> = {
  text: 'text',
  number: 'integer',
  flag: 'boolean',
  day: 'date',
  instant: 'timestamptz',
  list: 'text[]',
  json: 'jsonb',
  binary: 'bytea',
};

const secretWords = new Set(
  `password passwd passphrase pwd token secret hash salt digest otp totp pin cvc cvv ssn
   credential apikey`.split(/\s+/),
);
const secretKeys = /(?:^|_)(?:api|access|private|encryption|signing|auth|license)_keys?(?:_|$)/;

/** Whether a column of that name would show an agent what nobody should see. */
export function looksSensitive(name: string): boolean {
  const snake = name.replace(/(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+/g, '_').toLowerCase();
  const words = snake.split('_').map((word) => word.replace(/(?<=..[^s])s$/, ''));
  return secretKeys.test(snake) || words.some((word) => secretWords.has(word));
}
