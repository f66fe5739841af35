import { type Context, toContext } from '../domain/context.ts';
import { foldEmail } from '../domain/email.ts';

/** The conversation that an agent opened, as far as it is needed here. */
export type Conversation = {
  /** Folded, distinct, in Help Scout's order: `customer.email` first. */
  emails: string[];
  /** A draft has no customer until the agent writes an address into it. */
  isDraft: boolean;
  /** The domain of the inbox's own address, which colleagues have, too. */
  teamDomain: string | null;
  context: Context;
};

/** RFC 5321 allows no longer address; longer ones are not looked up. */
const maxEmailLength = 254;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null when it is no JSON object. Any field may be missing; a draft says `"ticket": false`. */
export function readConversation(body: Uint8Array): Conversation | null {
  const payload = parseObject(body);
  if (payload === null) return null;
  const customer = isRecord(payload['customer']) ? payload['customer'] : {};
  const inbox = isRecord(payload['mailbox']) ? payload['mailbox'] : {};
  const agent = isRecord(payload['user']) ? payload['user'] : {};
  const ticket = isRecord(payload['ticket']) ? payload['ticket'] : {};
  const [inboxAddress] = lookupAddresses([inbox['email']]);
  return {
    emails: lookupAddresses([customer['email'], ...listOf(customer['emails'])]),
    isDraft: payload['ticket'] === false,
    teamDomain: inboxAddress?.split('@').at(-1) ?? null,
    context: toContext({
      inbox: inboxAddress,
      inboxId: inbox['id'],
      role: agent['role'],
      agentId: agent['id'],
      conversationId: ticket['id'],
      conversationNumber: ticket['number'],
      app: 'legacy',
    }),
  };
}

/** PHP writes a list that it filtered as an object: {"0":…,"2":…}. */
function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isRecord(value) ? Object.values(value) : [];
}

/** The valid addresses, folded and distinct, in their order. */
export function lookupAddresses(values: readonly unknown[]): string[] {
  const addresses = new Set<string>();
  for (const value of values) {
    const address = typeof value === 'string' ? foldEmail(unwrap(value)) : '';
    if (isAddress(address)) addresses.add(address);
  }
  return [...addresses];
}

/** The address of `Name <address>` or `mailto:address`, without invisible characters around it. */
function unwrap(text: string): string {
  const [, bracketed] = /^[^<>]*<([^<>]*)>$/.exec(trim(text)) ?? [];
  return trim(trim(bracketed ?? text).replace(/^mailto:/i, ''));
}

const trim = (text: string): string =>
  /[^\s\p{Cc}\p{Cf}\p{DI}](?:.*[^\s\p{Cc}\p{Cf}\p{DI}])?/su.exec(text)?.[0] ?? '';

/** Without NUL, which Postgres rejects, lone surrogates, which it changes, and what is invisible. */
function isAddress(text: string): boolean {
  return text.length <= maxEmailLength && /^[^\s\p{C}"]+@[^\s\p{C}"]+$/u.test(text);
}

/** A JSON object in UTF-8; null for anything else. */
export function parseObject(body: Uint8Array): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(utf8.decode(body));
    return isRecord(parsed) ? parsed : null;
  } catch {
    // The parser's message quotes the body, so it goes nowhere.
    return null;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
