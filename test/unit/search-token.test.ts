import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  createSearchLimit,
  createSearchToken,
  readSearchToken,
} from '../../src/helpscout/search-token.ts';
import { now, secretKey } from '../examples.ts';

const claims = [
  ['conversation-id', '3382942562'],
  ['customer-id', '706401868'],
] as const;
const context = { inboxId: '364558', app: 'platform' };
const token = createSearchToken(secretKey, claims, context, now);
const after = (minutes: number) => new Date(now.getTime() + minutes * 60_000);

test('is good for a quarter of an hour', () => {
  expect(readSearchToken(secretKey, token, now)).not.toBeNull();
  expect(readSearchToken(secretKey, token, after(14.9))).not.toBeNull();
  expect(readSearchToken(secretKey, token, after(15))).toBeNull();
});

test('stands for its conversation, whenever it was made, and for no other', () => {
  const conversationOf = (made: string) => readSearchToken(secretKey, made, now)?.conversation;
  const later = createSearchToken(secretKey, claims, context, after(1));
  expect(later).not.toBe(token);
  expect(conversationOf(later)).toBe(conversationOf(token));
  const [first] = claims;
  const other = createSearchToken(secretKey, [first, ['customer-id', '706401869']], {}, now);
  expect(conversationOf(other)).not.toBe(conversationOf(token));
});

test('carries the context of its page', () => {
  expect(readSearchToken(secretKey, token, now)?.context).toEqual(context);
});

test('names nothing of the conversation', () => {
  expect(token).not.toContain('3382942562');
  expect(token).not.toContain('706401868');
});

test('is refused when any character of it was changed, or another key made it', () => {
  // The very last character carries two bits that are no part of the proof.
  const changed = [...token.slice(0, -1)].map(
    (letter, at) => `${token.slice(0, at)}${letter === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`,
  );
  expect(changed.filter((text) => readSearchToken(secretKey, text, now))).toEqual([]);
  expect(readSearchToken(`${secretKey}!`, token, now)).toBeNull();
});

test('is refused with a longer life of its holder’s own making', () => {
  const [conversation, encoded, , mac] = token.split('.');
  const longer = `${conversation}.${encoded}.9999999999.${mac}`;
  expect(readSearchToken(secretKey, longer, now)).toBeNull();
});

test('is not made by signing with the Secret Key itself', () => {
  const text = token.split('.').slice(0, -1).join('.');
  const mac = createHmac('sha256', secretKey).update(text).digest('base64url');
  expect(readSearchToken(secretKey, `${text}.${mac}`, now)).toBeNull();
});

test.each([
  '',
  '..',
  'undefined',
  `${token}, ${token}`,
  `${token}=`,
  `${token}\n`,
  token.slice(0, -1),
])('is not %j', (text) => {
  expect(readSearchToken(secretKey, text, now)).toBeNull();
});

test('lets a conversation search twenty times in a quarter of an hour', () => {
  let clock = now;
  const isWithinLimit = createSearchLimit(() => clock);
  const tries = (conversation: string, at: Date, times: number) => {
    clock = at;
    return Array.from({ length: times }, () => isWithinLimit(conversation)).filter(Boolean).length;
  };
  expect(tries('a', now, 25)).toBe(20);
  expect(tries('a', after(14), 1)).toBe(0);
  expect(tries('b', now, 1)).toBe(1);
  expect(tries('a', after(15.1), 25)).toBe(20);
});
