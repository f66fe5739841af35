import { expect, test } from 'vitest';
import { diagnose } from '../../src/helpscout/diagnosis.ts';
import { verifySignature } from '../../src/helpscout/signature.ts';

const body = Buffer.from('{"customer":{"email":"jos\\u00e9@example.com","url":"a\\/b"}}');
const secretKey = 'the-key-that-is-good-today';
const previous = { secretKey: 'the-key-that-was-before', until: new Date('2027-01-31T00:00:00Z') };
const before = new Date('2027-01-30T23:59:59Z');

// printf '%s' '{"customer":{"email":"jos\u00e9@example.com","url":"a\/b"}}' >body
// openssl dgst -sha1 -hmac KEY -binary body | base64
const byCurrent = 'XDmwcRhY5tB1WRi0NbwQFBC3Ego=';
const byPrevious = 'ziEI3DTXo2no70/eCzh44Jg3Ce8=';

test('takes the present key, and the one before until its date', () => {
  const keys = { secretKey, previous };
  expect(verifySignature(keys, body, byCurrent, before)).toBe('current');
  expect(verifySignature(keys, body, byPrevious, before)).toBe('previous');
  expect(verifySignature(keys, body, byPrevious, previous.until)).toBe('expired');
  expect(verifySignature({ secretKey, previous: null }, body, byPrevious, before)).toBeNull();
  expect(verifySignature(keys, Buffer.from('{}'), byCurrent, before)).toBeNull();
});

// The same commands, with what the first column says done wrong.
test.each([
  ['hex_of_right_mac', '5c39b0711858e6d0755918b435bc101410b7120a'],
  ['reserialised', 'U09h0vGhYI2Tkbjs/j38KsseMn8='],
  ['newline', 'PZqZ4aha/ttSxa5Np0xBdS8L/I4='],
  ['secret_white_space', '95dHp3AvTDa0S46br9z+5t5KFbs='],
  ['empty_key', 'Vl2/JH71s/0reJ+BsCfQHXhgOs0='],
  ['mismatch', byPrevious],
])('tells the operator of %s', (mistake, signature) => {
  expect(diagnose(secretKey, body, signature)).toBe(mistake);
});
