/**
 * How a column's values are read, whatever Postgres calls their type. "text" is a string or an enum,
 * "instant" a timestamp with or without a zone, "list" an array, "record" a composite or hstore, "binary"
 * what cannot be shown, and "other" what is shown as Postgres writes it, such as uuid or a range.
 */
export type Kind =
  | 'text'
  | 'number'
  | 'flag'
  | 'day'
  | 'instant'
  | 'list'
  | 'json'
  | 'record'
  | 'binary'
  | 'other';

/** A column of the account query, as Postgres described it. */
export type Column = {
  name: string;
  /** The type's oid. */
  oid: number;
  /** The type as Postgres writes it, such as "timestamp with time zone". */
  type: string;
  kind: Kind;
};

// The first kind of each is what a remedy makes of others.
const text: readonly Kind[] = ['text', 'other'];
const moment: readonly Kind[] = ['instant', 'day', 'text'];
const count: readonly Kind[] = ['number', 'text', 'json'];

/**
 * What each known column may hold: only what is read without a guess. docs/query.md says what it shows.
 * All but `email` may be missing, and `helpscout_customer_id` as well from a query that does not ask for
 * `$2`. A column that is renamed, or means something else, makes a new version of the contract.
 */
export const knownColumns: ReadonlyMap<string, readonly Kind[]> = new Map<string, readonly Kind[]>([
  ['email', text],
  ['person_name', text],
  ['is_owner', ['flag', 'text', 'list', 'json']],
  ['person_timezone', text],
  ['company_name', text],
  ['company_timezone', text],
  ['admin_url', text],
  ['plan_name', text],
  ['subscription_status', text],
  ['plan_expires_at', moment],
  ['cancel_at_period_end', ['flag']],
  ['cancels_at', moment],
  ['trial_ends_at', moment],
  ['customer_since', moment],
  ['employee_count', count],
  ['employee_limit', count],
  ['stripe_customer_id', text],
  ['stripe_subscription_id', text],
  ['modules', ['list', 'text', 'json']],
  ['links', ['json', 'list', 'text', 'record']],
  ['notice', text],
  ['notice_url', text],
  ['notice_level', text],
  // Not shown: it proves that a row which was found by the customer's id is that customer's.
  ['helpscout_customer_id', [...text, 'number']],
]);

const secretWords = new Set(
  `password passwd passphrase passcode pwd token secret hash salt digest otp totp pin cvc cvv ssn
   credential apikey jwt mnemonic`.split(/\s+/),
);
/** In one word, as Postgres folds "accessToken" and "backupCodes" without quotes. */
const secretEnds =
  /(?:password|passwd|secret|token|backupcode|recoverycode)s?$|^password(?:hash|salt|digest)$/;
const secretPhrases = [
  /(?:api|access|private|encryption|signing|auth|license|session|recovery|backup|master)_?keys?/,
  /(?:backup|recovery|scratch|emergency|verification|verify|confirmation|activation)_?codes?/,
  /(?:security|access|login|auth|reset|unlock|one_?time|2fa|mfa|two_?factor|sms)_?codes?/,
  /(?:magic|reset|recovery)_?(?:links?|urls?)|(?:log_?in|sign_?in)_?links?/,
  /security_?(?:question_?)?answers?/,
  /(?:seed|recovery|backup)_?(?:phrases?|words?)/,
  /(?:user|db|database|smtp|ftp)_?pass/,
  /card_?numbers?/,
].map(({ source }) => new RegExp(`(?:^|_)(?:${source})(?:_|$)`));
/** Alone: a season pass or the last session is none. */
const secretNames = /^(?:(?:user|auth|login|web)_?)?(?:session(?:_?id)?|cookies?|bearer|pass)$/;

/** A measure, state or date of a secret is none, and a postal code is a PIN code in India. */
const harmless = [
  /_(?:balance|count|limit|usage|used|quota|remaining|left|rate|price|attempts|strength)$/,
  /_(?:status|enabled|required|verified|at)$|^(?:is|has)_/,
  /^(?:total|monthly|daily|max|input|output|remaining)_tokens$/,
  /^(?:(?:billing|shipping|postal|address|company)_)?pin_codes?$/,
];

/** Whether a column of that name would show an agent what is only for its owner. */
export function looksSensitive(name: string): boolean {
  const snake = name.replace(/(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+/g, '_').toLowerCase();
  if (harmless.some((pattern) => pattern.test(snake))) return false;
  const words = snake.split('_').map((word) => word.replace(/(?<=..[^s])s$/, ''));
  return (
    words.some((word) => secretWords.has(word) || secretEnds.test(word)) ||
    secretNames.test(snake) ||
    secretPhrases.some((phrase) => phrase.test(snake))
  );
}
