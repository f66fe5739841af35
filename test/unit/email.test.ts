import { describe, expect, test } from 'vitest';
import { foldEmail, spellingsOf } from '../../src/domain/email.ts';

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

describe('an international domain', () => {
  test.each([
    ['a@exämple.com', 'a@xn--exmple-cua.com'],
    ['ä@bücher.example.com', 'ä@xn--bcher-kva.example.com'],
    ['x@y@exämple.com', 'x@y@xn--exmple-cua.com'],
  ])('of %s is spelled as in %s, too', (unicode, ascii) => {
    expect(spellingsOf(unicode)).toEqual([unicode, ascii]);
    expect(spellingsOf(ascii)).toEqual([ascii, unicode]);
  });

  test('in Cyrillic letters stays in Cyrillic letters', () => {
    expect(spellingsOf('a@\u0430pple.com')).toEqual(['a@\u0430pple.com', 'a@xn--pple-43d.com']);
  });

  test.each([
    ['is plain', 'a@example.com'],
    ['is plain below an international name', 'ä@example.com'],
    ['has a fullwidth letter', 'a@\uff45xample.com'],
    ['has the Kelvin sign', 'a@\u212aim.com'],
    ['has a letter in upper case', 'a@exÄmple.com'],
    ['has another kind of full stop', 'a@ex\u3002mple.com'],
    ['has a percent sign', 'a@xn--exmple-cu%61.com'],
    ['has a path', 'a@xn--exmple-cua.com/x'],
    ['has a port', 'a@xn--exmple-cua.com:80'],
    ['is no Punycode', 'a@xn--\u00e4'],
    ['says nothing', 'a@xn--'],
  ])('has one spelling when it %s', (_, email) => {
    expect(spellingsOf(email)).toEqual([email]);
  });
});
