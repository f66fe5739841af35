import { expect, test } from 'vitest';
import { foldEmail } from '../../src/domain/email.ts';

test('compares addresses without regard to the case of A–Z and the spaces around', () => {
  expect(foldEmail('\t Mixed.Case+Tag@EXAMPLE.com \n')).toBe('mixed.case+tag@example.com');
});

// Each of them becomes an ASCII letter, or other code points, with toLowerCase or toUpperCase.
test.each([
  ['the Kelvin sign', '\u212aim@example.com'],
  ['a dotless i', 'k\u0131m@example.com'],
  ['a dotted I', 'k\u0130m@example.com'],
  ['a long s', 'ro\u017fe@example.com'],
  ['a capital with an accent', '\u00c9mile@example.com'],
  ['a fullwidth letter', '\uff2bim@example.com'],
])('keeps %s, which is no letter of A–Z', (_, address) => {
  expect(foldEmail(address)).toBe(address);
});
