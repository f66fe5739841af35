import { expect, test } from 'vitest';
import { clean } from '../../src/sidebar/text.ts';

test.each([
  ['an ordinary name', 'Smith & Sons'],
  ['html, which the template escapes', '<b>"Smith"</b>'],
  ['accents', 'José Núñez'],
  ['accents written apart', 'Jose\u0301'],
  ['a family of emoji, held by joiners', '👨\u200d👩\u200d👧'],
  ['Persian with its non-joiner', 'می\u200cخواهم'],
  ['Hebrew', 'שלום'],
  ['a colour of skin', '👍🏽'],
  ['spaces inside', 'a  b'],
])('keeps %s', (_, text) => {
  expect(clean(text)).toBe(text);
});

test.each([
  ['the spaces around', '  Smith\u00a0', 'Smith'],
  ['line feeds', 'Smith\r\nSons', 'Smith Sons'],
  ['NULs and escapes', 'Smith\0\u001b[31m', 'Smith [31m'],
  ['the control characters of Latin-1', 'Smith\u0085\u009bSons', 'Smith Sons'],
  ['the override that turns text around', 'txt.\u202egpj.exe', 'txt.gpj.exe'],
  ['isolates', '\u2066Smith\u2069', 'Smith'],
  ['marks of direction', 'Smith\u200e\u200f\u061c', 'Smith'],
  ['spaces without width', 'Smi\u200bth\ufeff', 'Smith'],
  ['soft hyphens', 'Smi\u00adth', 'Smith'],
  ['tags that nobody sees', 'Smith\u{e0041}\u{e007f}', 'Smith'],
  ['half of a surrogate pair', 'Smi\ud83dth\ude00', 'Smith'],
])('takes out %s', (_, text, visible) => {
  expect(clean(text)).toBe(visible);
});

test.each(['', ' ', '\n\t', '\u200b', '\u202e\u0000 \ufeff'])('leaves nothing of %j', (text) => {
  expect(clean(text)).toBe('');
});

test('cuts what is longer than 200 characters, and says so', () => {
  expect(clean('x'.repeat(200))).toBe('x'.repeat(200));
  expect(clean('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
  expect(clean('x'.repeat(100_000))).toBe(`${'x'.repeat(200)}…`);
});

test('counts and cuts whole characters', () => {
  expect(clean('😀'.repeat(200))).toBe('😀'.repeat(200));
  expect(clean('😀'.repeat(201))).toBe(`${'😀'.repeat(200)}…`);
  expect(clean(`x${'😀'.repeat(200)}`)).toBe(`x${'😀'.repeat(199)}…`);
});

test('does not count what it takes out', () => {
  expect(clean(`${'\u200b'.repeat(500)}${'x'.repeat(200)}   `)).toBe('x'.repeat(200));
});

test('takes out of a text whatever is taken out of its characters', () => {
  // A look for what is invisible comes before the taking out: both must mean the same.
  for (let code = 0; code < 0x30000; code++) {
    const letter = String.fromCodePoint(code);
    const isVisible = !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(letter) || /[\u200c\u200d]/.test(letter);
    const isKept = clean(`a${letter}b`) === `a${letter}b`;
    if (isKept !== isVisible) expect.fail(`U+${code.toString(16)} is kept: ${isKept}`);
  }
});
