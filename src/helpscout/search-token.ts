import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Context, toContext } from '../domain/context.ts';
import { parseObject } from './conversation.ts';
import { type Parameter, signedTexts } from './platform-signature.ts';

/** Agents may read a while before they search; a stolen token should end soon. */
const validMs = 15 * 60_000;

/** The verified conversation that a token was made for, its context, and when it ends. */
export type SearchToken = { conversation: string; context: Context; expiresAt: Date };

/** A digest of the conversation, the context, the end in seconds, and their HMAC-SHA256. */
const form = /^([\w-]{24})\.([\w-]*)\.(\d{10,12})\.([\w-]{43})$/;

/** Proves to any replica that the server showed this conversation to the browser a moment ago. */
export function createSearchToken(
  secretKey: string,
  claims: readonly Parameter[],
  context: Context,
  now: Date,
): string {
  const digest = createHash('sha256').update(signedTexts(claims).php).digest();
  const conversation = digest.subarray(0, 18).toString('base64url');
  const expires = Math.floor((now.getTime() + validMs) / 1_000);
  const text = `${conversation}.${Buffer.from(JSON.stringify(context)).toString('base64url')}.${expires}`;
  return `${text}.${mac(secretKey, text).toString('base64url')}`;
}

/** What a token proves; null when it is invalid or has ended. */
export function readSearchToken(secretKey: string, token: string, now: Date): SearchToken | null {
  const [, conversation = '', encoded = '', expires = '', given = ''] = form.exec(token) ?? [];
  if (conversation === '') return null;
  const expected = mac(secretKey, `${conversation}.${encoded}.${expires}`);
  if (!timingSafeEqual(expected, Buffer.from(given, 'base64url'))) return null;
  const expiresAt = new Date(Number(expires) * 1_000);
  const context = toContext(parseObject(Buffer.from(encoded, 'base64url')) ?? {});
  return now < expiresAt ? { conversation, context, expiresAt } : null;
}

/** With a derived key, so that nothing that Help Scout signs can be a token. */
function mac(secretKey: string, text: string): Buffer {
  const key = createHmac('sha256', secretKey).update('search token').digest();
  return createHmac('sha256', key).update(text).digest();
}

/** While a token is valid. */
const maxSearches = 20;
const maxConversations = 1_000;

/** Whether another search is within the limit. Not of each token: every reload makes a new one. */
export function createSearchLimit(now: () => Date): (conversation: string) => boolean {
  const counters = new LRUCache<string, { searches: number }>({
    max: maxConversations,
    ttl: validMs,
    ttlResolution: 0,
    perf: { now: () => now().getTime() },
  });
  return (conversation) => {
    const counter = counters.get(conversation) ?? { searches: 0 };
    if (counter.searches === 0) counters.set(conversation, counter);
    return ++counter.searches <= maxSearches;
  };
}
