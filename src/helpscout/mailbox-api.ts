import { LRUCache } from 'lru-cache';
import { isRecord, lookupAddresses } from './conversation.ts';

/** The addresses of a customer, folded, at most ten. Throws `MailboxError`. */
export type FindAddresses = (helpScoutCustomerId: string) => Promise<string[]>;

/** Why Help Scout's Mailbox API did not return a customer's addresses. */
export class MailboxError extends Error {
  /**
   * It may answer later, is over its rate limit, knows no such customer, or an admin must change
   * the credentials.
   */
  readonly reason: 'unreachable' | 'busy' | 'unknown' | 'refused';
  /** For the log, such as "mailbox_401" or "mailbox_timeout". */
  readonly class: string;

  constructor(reason: MailboxError['reason'], failure: string, options: ErrorOptions = {}) {
    super(`The Mailbox API did not answer: ${failure}`, options);
    this.name = 'MailboxError';
    this.reason = reason;
    this.class = `mailbox_${failure}`;
  }
}

export type MailboxOptions = {
  /** Of an OAuth2 application of the Help Scout account. */
  appId: string;
  appSecret: string;
  baseUrl?: string;
  fetch?: typeof fetch;
  now?: () => Date;
  /** Called when a call has ended. */
  onCall?: (ended: MailboxCall) => void;
};

/** How a call of the Mailbox API can end; "left_alone" was not made, to respect `Retry-After`. */
export const mailboxCalls = [
  'answered',
  'not_found',
  'refused',
  'too_many',
  'failed',
  'timeout',
  'left_alone',
] as const;
export type MailboxCall = (typeof mailboxCalls)[number];

type Token = { value: Promise<string>; renewAt: number };

/** Of an agent's two seconds, how long the API may take at most: the database needs the rest. */
export const maxMailboxMs = 1_200;

/** A call that takes longer than an agent waits may still end, and serve the next reload. */
const callTimeoutMs = 5_000;

/** An address that is added to a profile is found a minute later. */
const ttlMs = 60_000;

const maxEntries = 500;

/** A token is renewed that long before it ends, or halfway if that is later. */
const renewBeforeMs = 5 * 60_000;

/** Help Scout's rate limits are per minute. */
const defaultDelayMs = 60_000;
const maxDelayMs = 15 * 60_000;

/** A customer has a few kilobytes. */
const maxResponseBytes = 1024 * 1024;

/**
 * Asks Help Scout for a customer's addresses. One token serves all calls, in memory alone; equal
 * calls are made once. Redirects are not followed: they would take the token along.
 */
export function createMailboxApi(options: MailboxOptions): FindAddresses {
  const { appId, appSecret, now = () => new Date(), fetch: request = fetch } = options;
  const { onCall = () => {} } = options;
  const baseUrl = (options.baseUrl ?? 'https://api.helpscout.net').replace(/\/+$/, '');
  let token: Token | null = null;
  let closedUntil = 0;
  const cache = new LRUCache<string, string[]>({
    max: maxEntries,
    ttl: ttlMs,
    ttlResolution: 0,
    perf: { now: () => now().getTime() },
  });
  const inFlight = new Map<string, Promise<string[]>>();

  async function call(path: string, init: RequestInit): Promise<{ status: number; text: string }> {
    if (now().getTime() < closedUntil) {
      onCall('left_alone');
      throw new MailboxError('busy', 'closed');
    }
    try {
      const response = await request(`${baseUrl}${path}`, {
        ...init,
        redirect: 'manual',
        signal: AbortSignal.timeout(callTimeoutMs),
      });
      if (response.status === 429) closedUntil = now().getTime() + delayMs(response.headers);
      const text = await boundedText(response);
      onCall(callOf(response.status));
      return { status: response.status, text };
    } catch (error) {
      const known =
        error instanceof MailboxError ? error : new MailboxError('unreachable', failureCode(error));
      onCall(known.class === 'mailbox_timeout' ? 'timeout' : 'failed');
      throw known;
    }
  }

  async function fetchToken(): Promise<{ value: string; renewAt: number }> {
    const credentials = {
      grant_type: 'client_credentials',
      client_id: appId,
      client_secret: appSecret,
    };
    const started = now().getTime();
    const { status, text } = await call('/v2/oauth2/token', {
      method: 'POST',
      body: new URLSearchParams(credentials),
    });
    // 400 is how OAuth refuses credentials that are none.
    if (status === 400) throw new MailboxError('refused', 'token_400');
    const answer = readJson(status, text, 'token_');
    const value = answer['access_token'];
    const seconds = Number(answer['expires_in']);
    if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value) || !(seconds > 0))
      throw new MailboxError('unreachable', 'token_malformed');
    const livesMs = seconds * 1_000;
    return { value, renewAt: started + Math.max(livesMs - renewBeforeMs, livesMs / 2) };
  }

  function currentToken(): Token {
    if (token !== null && now().getTime() < token.renewAt) return token;
    const renewed: Token = {
      renewAt: Number.POSITIVE_INFINITY,
      value: fetchToken().then(({ value, renewAt }) => {
        renewed.renewAt = renewAt;
        return value;
      }),
    };
    renewed.value.catch(() => drop(renewed));
    token = renewed;
    return renewed;
  }

  /** Several calls may find a token invalid at once; it is renewed once. */
  function drop(bad: Token): void {
    if (token === bad) token = null;
  }

  async function fetchCustomer(customerId: string): Promise<{ status: number; text: string }> {
    const askWith = async ({ value }: Token) =>
      call(`/v2/customers/${encodeURIComponent(customerId)}`, {
        headers: { Authorization: `Bearer ${await value}`, Accept: 'application/json' },
      });
    const used = currentToken();
    const answer = await askWith(used);
    if (answer.status !== 401) return answer;
    // The token was revoked.
    drop(used);
    return askWith(currentToken());
  }

  async function fetchAddresses(customerId: string): Promise<string[]> {
    const { status, text } = await fetchCustomer(customerId);
    if (status === 404) throw new MailboxError('unknown', '404');
    const emails = addressesIn(readJson(status, text, ''));
    // Not when there is none: the agent may add one now.
    if (emails.length > 0) cache.set(customerId, emails);
    return emails;
  }

  return async (customerId) => {
    const cached = cache.get(customerId);
    if (cached !== undefined) return cached;
    let fetched = inFlight.get(customerId);
    if (fetched === undefined) {
      fetched = fetchAddresses(customerId).finally(() => inFlight.delete(customerId));
      inFlight.set(customerId, fetched);
    }
    return fetched;
  };
}

function callOf(status: number): MailboxCall {
  if (status === 200) return 'answered';
  if (status === 404) return 'not_found';
  if (status === 429) return 'too_many';
  return status === 400 || status === 401 || status === 403 ? 'refused' : 'failed';
}

/** Of a customer as documented: `_embedded.emails[].value`. */
function addressesIn(customer: Record<string, unknown>): string[] {
  const embedded = customer['_embedded'];
  if (!isRecord(embedded)) throw new MailboxError('unreachable', 'malformed');
  // A key without a value may be missing, as in the legacy app's requests.
  const emails = embedded['emails'] ?? [];
  if (!Array.isArray(emails)) throw new MailboxError('unreachable', 'malformed');
  return lookupAddresses(emails.map((email) => (isRecord(email) ? email['value'] : null)));
}

/** The object in a response. Its text may hold a customer's address or the token. */
function readJson(status: number, text: string, what: string): Record<string, unknown> {
  if (status === 401 || status === 403) throw new MailboxError('refused', `${what}${status}`);
  if (status === 429) throw new MailboxError('busy', `${what}429`);
  if (status !== 200) throw new MailboxError('unreachable', `${what}${status}`);
  try {
    const parsed: unknown = JSON.parse(text);
    if (isRecord(parsed)) return parsed;
  } catch {
    // The parser's message quotes what it read, so it goes nowhere.
  }
  throw new MailboxError('unreachable', `${what}malformed`);
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxResponseBytes) throw new MailboxError('unreachable', 'too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The `Retry-After` of a 429, in seconds; Help Scout has a header of its own, too. */
function delayMs(headers: Headers): number {
  const asked = headers.get('Retry-After') ?? headers.get('X-RateLimit-Retry-After') ?? '';
  return /^\d{1,6}$/.test(asked) ? Math.min(Number(asked) * 1_000, maxDelayMs) : defaultDelayMs;
}

/** Node's code for what went wrong; never its message, which may hold more. */
function failureCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'timeout';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
}
