import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type Parameter, signedTexts } from './platform-signature.ts';

/** As long as an agent may read a conversation before searching, and short for who steals it. */
const validMs = 15 * 60_000;

/** Which verified conversation a token was made for, and until when it is good. */
export type SearchToken = { conversation: string; expiresAt: Date };

/** Eighteen bytes that stand for the conversation, the end in seconds, and their HMAC-SHA256. */
const form = /^([\w-]{24})\.(\d{10,12})\.([\w-]{43})$/;

/**
 * Proof for a browser that the server itself showed it this conversation a moment ago: an address
 * that somebody types is looked up for no less. Only the Secret Key is needed to verify it, so
 * any of several servers can.
 */
export function createSearchToken(
  secretKey: string,
  claims: readonly Parameter[],
  now: Date,
): string {
  const digest = createHash('sha256').update(signedTexts(claims).php).digest();
  const conversation = digest.subarray(0, 18).toString('base64url');
  const expires = Math.floor((now.getTime() + validMs) / 1_000);
  const text = `${conversation}.${expires}`;
  return `${text}.${mac(secretKey, text).toString('base64url')}`;
}

/** What a token proves; null when it proves nothing, or did so once. */
export function readSearchToken(secretKey: string, token: string, now: Date): SearchToken | null {
  const [, conversation = '', expires = '', given = ''] = form.exec(token) ?? [];
  if (conversation === '') return null;
  const expected = mac(secretKey, `${conversation}.${expires}`);
  if (!timingSafeEqual(expected, Buffer.from(given, 'base64url'))) return null;
  const expiresAt = new Date(Number(expires) * 1_000);
  return now < expiresAt ? { conversation, expiresAt } : null;
}

/** Of a key of its own: nothing that Help Scout signs can ever be taken for a token. */
function mac(secretKey: string, text: string): Buffer {
  const key = createHmac('sha256', secretKey).update('search token').digest();
  return createHmac('sha256', key).update(text).digest();
}

/** Searches that one conversation may make while a token is good. */
const mostSearches = 20;

const mostConversations = 1_000;

/**
 * Counts the searches of each conversation, and says whether another may be made. By conversation
 * rather than by token, of which each reload makes a new one.
 */
export function createSearchLimit(): (conversation: string, now: Date) => boolean {
  const made = new Map<string, { count: number; endsAt: number }>();
  return (conversation, now) => {
    const known = made.get(conversation);
    const isOver = known === undefined || known.endsAt <= now.getTime();
    const current = isOver ? { count: 0, endsAt: now.getTime() + validMs } : known;
    current.count++;
    // Taken out and put back, it becomes the youngest; the oldest makes room.
    made.delete(conversation);
    made.set(conversation, current);
    if (made.size > mostConversations) made.delete(made.keys().next().value as string);
    return current.count <= mostSearches;
  };
}
