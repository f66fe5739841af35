import { LRUCache } from 'lru-cache';
import { isRecord, lookupAddresses, parseObject } from './conversation.ts';

/** The addresses of a customer, folded. Throws `MailboxError`. */
export type FindAddresses = (helpScoutCustomerId: string) => Promise<string[]>;

/** Why Help Scout's Mailbox API did not return a customer's addresses. */
export class MailboxError extends Error {
  /** The API is away, over its rate limit, knows no such customer, or refuses the credentials. */
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
  onCall?: (ended: MailboxCall) => void;
};

/** How a call can end; "left_alone" was not made, to respect `Retry-After`. */
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

/** Of an agent's two seconds, how long the API may take at most: the database needs the rest. */
export const maxMailboxMs = 1_200;

/** A call that takes longer than an agent waits may still end, and serve the next reload. */
const callTimeoutMs = 5_000;

/** An address that is added to a profile is found a minute later. */
const ttlMs = 60_000;
const maxEntries = 500;
/** Characters of all addresses: one response may have a million. */
const maxCacheSize = 1_500_000;

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
  const perf = { now: () => now().getTime() };
  const shared = { ttlResolution: 0, perf, ignoreFetchAbort: true };
  let closedUntil = 0;

  async function send(path: string, init: RequestInit): Promise<{ status: number; body: Buffer }> {
    if (now().getTime() < closedUntil) {
      onCall('left_alone');
      throw new MailboxError('busy', 'closed');
    }
    try {
      const signal = AbortSignal.timeout(callTimeoutMs);
      const response = await request(`${baseUrl}${path}`, { ...init, redirect: 'manual', signal });
      if (response.status === 429) closedUntil = now().getTime() + delayMs(response.headers);
      const body = await boundedBody(response);
      onCall(callOf(response.status));
      return { status: response.status, body };
    } catch (error) {
      const known =
        error instanceof MailboxError ? error : new MailboxError('unreachable', failureCode(error));
      onCall(known.class === 'mailbox_timeout' ? 'timeout' : 'failed');
      throw known;
    }
  }

  const tokens = new LRUCache<'token', string>({
    ...shared,
    max: 1,
    fetchMethod: async (_key, _stale, { options }) => {
      const credentials = { client_id: appId, client_secret: appSecret };
      const { status, body } = await send('/v2/oauth2/token', {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'client_credentials', ...credentials }),
      });
      // 400 is how OAuth refuses credentials that are none.
      if (status === 400) throw new MailboxError('refused', 'token_400');
      const { access_token: token, expires_in } = readJson(status, body, 'token_');
      const livesMs = Number(expires_in) * 1_000;
      if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || !(livesMs > 0))
        throw new MailboxError('unreachable', 'token_malformed');
      options.ttl = Math.max(livesMs - renewBeforeMs, livesMs / 2);
      return token;
    },
  });

  async function fetchCustomer(id: string, isRetry = false): ReturnType<typeof send> {
    const token = await tokens.fetch('token');
    const headers = { Authorization: `Bearer ${token}`, Accept: 'application/json' };
    const answer = await send(`/v2/customers/${encodeURIComponent(id)}`, { headers });
    if (answer.status !== 401 || isRetry) return answer;
    // It was revoked. Several calls may learn so at once; it is renewed once.
    if (tokens.peek('token') === token) tokens.delete('token');
    return fetchCustomer(id, true);
  }

  const cache = new LRUCache<string, string[]>({
    ...shared,
    max: maxEntries,
    maxSize: maxCacheSize,
    sizeCalculation: (emails) => emails.join().length + 1,
    ttl: ttlMs,
    fetchMethod: async (customerId) => {
      const { status, body } = await fetchCustomer(customerId);
      if (status === 404) throw new MailboxError('unknown', '404');
      return addressesIn(readJson(status, body, ''));
    },
  });

  return async (customerId) => {
    const emails = (await cache.fetch(customerId)) ?? [];
    // The agent may add one now.
    if (emails.length === 0) cache.delete(customerId);
    return emails;
  };
}

function callOf(status: number): MailboxCall {
  if (status === 200) return 'answered';
  if (status === 404) return 'not_found';
  if (status === 429) return 'too_many';
  return status === 400 || status === 401 || status === 403 ? 'refused' : 'failed';
}

/** Of a customer as documented: `_embedded.emails[].value`. */
function addressesIn({ _embedded: embedded }: Record<string, unknown>): string[] {
  // A key without a value may be missing, as in the legacy app's requests.
  const emails = isRecord(embedded) ? (embedded['emails'] ?? []) : null;
  if (!Array.isArray(emails)) throw new MailboxError('unreachable', 'malformed');
  return lookupAddresses(emails.map((email) => (isRecord(email) ? email['value'] : null)));
}

function readJson(status: number, body: Buffer, what: string): Record<string, unknown> {
  if (status === 401 || status === 403) throw new MailboxError('refused', `${what}${status}`);
  if (status === 429) throw new MailboxError('busy', `${what}429`);
  const parsed = status === 200 ? parseObject(body) : null;
  if (parsed !== null) return parsed;
  throw new MailboxError('unreachable', `${what}${status === 200 ? 'malformed' : status}`);
}

async function boundedBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxResponseBytes) throw new MailboxError('unreachable', 'too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
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
