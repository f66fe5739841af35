import { expect, test } from 'vitest';
import { createRepetitionCheck } from '../../src/http/authenticate.ts';

test('tells of a signature that comes for the sixtieth time in an hour, once', () => {
  let now = new Date('2026-11-22T15:00:00Z');
  const isRepeated = createRepetitionCheck(() => now);
  const told = Array.from({ length: 100 }, () => isRepeated('a')).map((is, i) => (is ? i + 1 : 0));
  expect(told.filter(Boolean)).toEqual([60]);
  for (let i = 0; i < 59; i++) expect(isRepeated('b')).toBe(false);
  now = new Date('2026-11-22T16:00:01Z');
  expect(isRepeated('b')).toBe(false);
});

test('fills no memory with signatures that differ', () => {
  const isRepeated = createRepetitionCheck(() => new Date('2026-11-22T15:00:00Z'));
  for (let i = 0; i < 59; i++) isRepeated('a');
  for (let i = 0; i < 10_000; i++) isRepeated(String(i));
  // Forgotten with the others, instead of kept for ever.
  expect(isRepeated('a')).toBe(false);
});
