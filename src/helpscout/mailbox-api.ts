import { createDeadline } from '../domain/deadline.ts';
import { lookupAddresses } from './conversation.ts';

/** The addresses of a customer, folded, at most ten. Throws `MailboxError`. */
export type FindAddresses = (helpScoutCustomerId: string) => Promise<string[]>;

/** Why Help Scout's Mailbox API did not say which addresses a customer has. */
export class MailboxError extends Error {
  /**
   * Whether it may answer later, answers too many already, knows no such customer, or an admin
   * must change the credentials.
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
  /** Is told how each call ended. */
  onCall?: (ended: MailboxCall) => void;
};

/** How a call of the Mailbox API can end; "left_alone" was none, since too many came before. */
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

/** Of the two seconds that an agent waits, the part that leaves the database its own. */
const agentWaitsMs = 1_200;

/** What takes longer than the agent waits may still end, and be there when the page is reloaded. */
const giveUpMs = 5_000;

/** Whoever adds an address to a profile and reloads a minute later finds it. */
const keptMs = 60_000;

const maxEntries = 500;

/** Renewed so long before it ends, or halfway where it lives no longer than twice that. */
const renewBeforeMs = 5 * 60_000;

/** Plans allow so many calls a minute, so the next one helps when Help Scout names no delay. */
const usualDelayMs = 60_000;
const longestDelayMs = 15 * 60_000;

/** A customer has a few kilobytes. */
const mostAnswerBytes = 1024 * 1024;

/**
 * Asks Help Scout for a customer's addresses. One token serves all, in memory alone; the same
 * question is asked once however many tabs ask it together; no redirect is followed, since the
 * token would go along.
 */
export function createMailboxApi(options: MailboxOptions): FindAddresses {
  const { appId, appSecret, now = () => new Date(), fetch: request = fetch } = options;
  const { onCall = () => {} } = options;
  const baseUrl = (options.baseUrl ?? 'https://api.helpscout.net').replace(/\/+$/, '');
  let token: Token | null = null;
  let closedUntil = 0;
  const kept = new Map<string, { emails: string[]; until: number }>();
  const underWay = new Map<string, Promise<string[]>>();

  async function call(path: string, init: RequestInit): Promise<{ status: number; text: string }> {
    if (now().getTime() < closedUntil) {
      onCall('left_alone');
      throw new MailboxError('busy', 'closed');
    }
    try {
      const response = await request(`${baseUrl}${path}`, {
        ...init,
        redirect: 'manual',
        signal: AbortSignal.timeout(giveUpMs),
      });
      if (response.status === 429) closedUntil = now().getTime() + delayMs(response.headers);
      const text = await boundedText(response);
      onCall(callOf(response.status));
      return { status: response.status, text };
    } catch (error) {
      const known =
        error instanceof MailboxError ? error : new MailboxError('unreachable', whyNot(error));
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

  /** The token at hand, or the one that is being fetched, or a new one. */
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

  /** Several calls may learn at once that a token is no good; the first has it renewed. */
  function drop(bad: Token): void {
    if (token === bad) token = null;
  }

  const inTime = createDeadline(agentWaitsMs, () => new MailboxError('unreachable', 'timeout'));

  async function fetchCustomer(customerId: string): Promise<{ status: number; text: string }> {
    const askWith = async ({ value }: Token) =>
      call(`/v2/customers/${encodeURIComponent(customerId)}`, {
        headers: { Authorization: `Bearer ${await value}`, Accept: 'application/json' },
      });
    const used = currentToken();
    const answer = await askWith(used);
    if (answer.status !== 401) return answer;
    // It was withdrawn before its time.
    drop(used);
    return askWith(currentToken());
  }

  async function fetchAddresses(customerId: string): Promise<string[]> {
    const { status, text } = await fetchCustomer(customerId);
    if (status === 404) throw new MailboxError('unknown', '404');
    const emails = addressesIn(readJson(status, text, ''));
    // Whoever is told that there is none adds one, and must not be told so again.
    if (emails.length > 0) {
      kept.set(customerId, { emails, until: now().getTime() + keptMs });
      if (kept.size > maxEntries) kept.delete(kept.keys().next().value as string);
    }
    return emails;
  }

  return async (customerId) => {
    const known = kept.get(customerId);
    if (known && now().getTime() < known.until) return known.emails;
    kept.delete(customerId);
    let asked = underWay.get(customerId);
    if (asked === undefined) {
      asked = fetchAddresses(customerId).finally(() => underWay.delete(customerId));
      underWay.set(customerId, asked);
    }
    return inTime(asked);
  };
}

/** 400 is how OAuth refuses credentials that are none. */
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

/** The object in an answer of status 200. Its text may hold a customer's address or the token. */
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
    if (size > mostAnswerBytes) throw new MailboxError('unreachable', 'too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The delay that an answer of 429 asks for, in seconds as HTTP has it or as Help Scout's own. */
function delayMs(headers: Headers): number {
  const asked = headers.get('Retry-After') ?? headers.get('X-RateLimit-Retry-After') ?? '';
  return /^\d{1,6}$/.test(asked) ? Math.min(Number(asked) * 1_000, longestDelayMs) : usualDelayMs;
}

/** Node's code for what went wrong; never its message, which may hold more. */
function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError') return 'timeout';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
