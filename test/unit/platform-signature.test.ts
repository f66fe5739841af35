import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  readCustomerId,
  readSignedQuery,
  signedTexts,
  verifyQuerySignature,
} from '../../src/helpscout/platform-signature.ts';
import { sign } from '../../src/helpscout/signature.ts';
import { phpJson } from '../../src/kit/request.ts';
import { now, secretKey } from '../examples.ts';

const keys = { secretKey, previous: null };

/**
 * As documented, with the signature that openssl gives for the documented recipe:
 *   printf '%s' '{"conversation-id":"3382942562",…}' | openssl dgst -sha1 -hmac secret -binary | base64
 */
const derived = {
  secretKey: 'secret',
  query:
    'conversation-id=3382942562&conversation-number=6002&customer-id=706401868&mailbox-id=364558&user-id=772569&installation-ids=XGao7GBKoDV5&application-id=5Ma3boWZmlnA&application-slug=167604-thrivecart-transactions',
  signature: 'sMI/YHQhzoBDzBv8FyNW90r0zgk=',
};

/** Whether a raw query string is proven. */
function isProven(rawQuery: string, keys = { secretKey: derived.secretKey, previous: null }) {
  const query = readSignedQuery(rawQuery);
  if (query.fault !== null) return false;
  return verifyQuerySignature(keys, query.candidates, query.signature, now) === 'current';
}

const signed = (query: string, signature: string) =>
  `${query}&X-HelpScout-Signature=${encodeURIComponent(signature)}`;

const example = signed(derived.query, derived.signature);

describe('the derived example', () => {
  test('is proven, and names the customer', () => {
    expect(isProven(example)).toBe(true);
    const query = readSignedQuery(example);
    expect(query.fault === null && readCustomerId(query.claims)).toBe('706401868');
  });

  test('is proven wherever the signature stands, and however it is escaped', () => {
    const { query, signature } = derived;
    expect(isProven(`X-HelpScout-Signature=${signature}&${query}`)).toBe(true);
    expect(isProven(`${query}&X-HelpScout-Signature=${signature}`)).toBe(true);
    const everyByte = [...signature].map((letter) => `%${letter.charCodeAt(0).toString(16)}`);
    expect(isProven(`${query}&X-HelpScout-Signature=${everyByte.join('')}`)).toBe(true);
    expect(isProven(example.replace('customer-id', 'customer%2Did'))).toBe(true);
  });

  test.each([
    ['a value changed', example.replace('706401868', '706401869')],
    [
      'two values exchanged',
      example.replace('364558', '772569').replace('id=772569&in', 'id=364558&in'),
    ],
    ['a parameter left out', example.replace('mailbox-id=364558&', '')],
    [
      'two parameters in another order',
      example.replace('mailbox-id=364558&user-id=772569', 'user-id=772569&mailbox-id=364558'),
    ],
    ['a value emptied', example.replace('706401868', '')],
    ['a space behind a value', example.replace('706401868', '706401868+')],
    ['a name in another case', example.replace('customer-id', 'Customer-Id')],
    ['a name as PHP has lists', example.replace('customer-id', 'customer-id[]')],
    ['another signature', signed(derived.query, 'I1KlvGppYqvFTJgJ9jezdQMDiyI=')],
  ])('is not proven with %s', (_, query) => {
    expect(query).not.toBe(example);
    expect(isProven(query)).toBe(false);
  });

  test.each(['', 'Secret', 'secret\n', secretKey])('is not proven by the key %j', (other) => {
    expect(isProven(example, { secretKey: other, previous: null })).toBe(false);
  });
});

test('no character of what was signed, and none of the signature, can be another', () => {
  const letters = [...'0aZ-_.~%+/=&; \0é'];
  let tried = 0;
  for (let i = 0; i < example.length; i++)
    for (const letter of letters) {
      const changed = example.slice(0, i) + letter + example.slice(i + 1);
      if (changed === example) continue;
      expect(isProven(changed), changed).toBe(false);
      tried++;
    }
  expect(tried).toBeGreaterThan(3_000);
});

test('whatever stands in an address, it is read without a fault and proves nothing', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom('&', '=', '%', '+', 'customer-id', 'X-HelpScout-Signature', '%ff', '%ed%a0%80'),
    fc.constant(derived.signature),
  );
  const rawQuery = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(rawQuery, (text) => !isProven(text)),
    { numRuns: 3_000 },
  );
});

test('leaves out what was in the Callback URL, wherever it stands, and never reads it', () => {
  const [first, ...rest] = example.split('&');
  const foreign = `debug=1&${first}&email=x@example.com&email=y&customer_id=5&&=&%zz=1&__proto__=1&1=2&${rest.join('&')}&customer-id%00=7`;
  expect(isProven(foreign)).toBe(true);
  const query = readSignedQuery(foreign);
  expect(query.fault === null && query.claims).toEqual(claimsOf(example));
});

const claimsOf = (rawQuery: string) => {
  const query = readSignedQuery(rawQuery);
  return query.fault === null ? query.claims : query.fault;
};

/** A query as Help Scout would sign it: each of its parameters, in this order. */
function signedByHelpScout(query: string) {
  const json = phpJson(Object.fromEntries(new URLSearchParams(query)));
  return signed(query, sign(derived.secretKey, json));
}

describe('parameters that Help Scout does not document yet', () => {
  const [conversation, ...others] = derived.query.split('&');

  test.each([
    ['behind the others', `${derived.query}&location=inbox`],
    ['before the others', `location=inbox&${derived.query}`],
    ['between them', [conversation, 'locale=de%2DDE&caf%C3%A9=%2F', ...others].join('&')],
    ['with one of the others missing', `${conversation}&customer-id=7&plan-id=3`],
  ])('are taken %s', (_, query) => {
    const address = signedByHelpScout(query);
    expect(isProven(address)).toBe(true);
    expect(claimsOf(address)).toEqual(claimsOf(signed(query, derived.signature)));
  });

  test('are taken behind a parameter of the Callback URL', () => {
    const address = signedByHelpScout(`${derived.query}&location=inbox`);
    expect(isProven(`debug=1&${address}`)).toBe(true);
    expect(claimsOf(`debug=1&${address}`)).toEqual(claimsOf(example));
  });

  test.each([
    ['changed', 'location=inbox', 'location=other'],
    ['emptied', 'location=inbox', 'location='],
    ['removed', '&location=inbox', ''],
    ['renamed', 'location=', 'place='],
    ['repeated', 'location=inbox', 'location=inbox&location=inbox'],
    ['joined by one that is not signed', 'location=inbox', 'location=inbox&x=1'],
    ['followed by one that is not signed', /$/, '&customer_id=8'],
    ['joined by another customer', 'location=inbox', 'location=inbox&customer-id=8'],
    ['beside a customer that changed', 'customer-id=706401868', 'customer-id=706401869'],
    ['in another order', /^([^&]+)&(.*)&(location=inbox)/, '$1&$3&$2'],
  ])('prove nothing when they are %s', (_, before, after) => {
    const address = signedByHelpScout(`${derived.query}&location=inbox`);
    expect(isProven(address)).toBe(true);
    const changed = address.replace(before, after);
    expect(changed).not.toBe(address);
    expect(isProven(changed)).toBe(false);
  });

  test('name no customer: only the documented parameter does', () => {
    const query = readSignedQuery(
      signedByHelpScout('conversation-id=1&customerId=7&customer_id=8'),
    );
    expect(query.fault === null && query.claims).toEqual([['conversation-id', '1']]);
    expect(query.fault === null && readCustomerId(query.claims)).toBeNull();
  });

  test('are at most 64, in 16 KiB', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `&x${i}=1`).join('');
    expect(isProven(signedByHelpScout(derived.query + many(56)))).toBe(true);
    expect(claimsOf(signedByHelpScout(derived.query + many(57)))).toBe('shape');
    const long = (length: number) => `${derived.query}&x=${'y'.repeat(length)}`;
    expect(isProven(signedByHelpScout(long(16_000)))).toBe(true);
    expect(claimsOf(signedByHelpScout(long(16_384)))).toBe('shape');
  });

  test('are not decoded where they are too many', () => {
    const decode = vi.spyOn(globalThis, 'decodeURIComponent');
    expect(readSignedQuery('%41=%42&'.repeat(16_384 / 8 + 1))).toEqual({ fault: 'shape' });
    expect(decode).not.toHaveBeenCalled();
    decode.mockRestore();
  });
});

test.each([
  ['the documented parameters', example],
  ['one more', signedByHelpScout(`${derived.query}&location=inbox`)],
  ['nothing of it', signed(derived.query, 'I1KlvGppYqvFTJgJ9jezdQMDiyI=')],
])('tries each of three candidates in two spellings with each key: signed %s', (_, address) => {
  const query = readSignedQuery(address);
  if (query.fault !== null) throw new Error(query.fault);
  const tried: string[] = [];
  const keys = {
    get secretKey() {
      tried.push('current');
      return derived.secretKey;
    },
    previous: {
      get secretKey() {
        tried.push('previous');
        return secretKey;
      },
      until: now,
    },
  };
  verifyQuerySignature(keys, query.candidates, query.signature, now);
  expect(tried.sort()).toEqual([...Array(6).fill('current'), ...Array(6).fill('previous')]);
});

// json='{"customer-id":"7","application-slug":"a\/b-\u00e9\ud83d\ude00 c"}', and the same as
// JavaScript writes it; printf '%s' "$json" | openssl dgst -sha1 -hmac "$SECRET_KEY" -binary | base64
const both = 'customer-id=7&application-slug=a%2Fb-%C3%A9%F0%9F%98%80+c';

test('signs as PHP writes, and as JavaScript does', () => {
  const query = readSignedQuery(signed(both, derived.signature));
  if (query.fault !== null) throw new Error(query.fault);
  const { php, javaScript } = signedTexts(query.claims);
  expect(String(php)).toBe(
    '{"customer-id":"7","application-slug":"a\\/b-\\u00e9\\ud83d\\ude00 c"}',
  );
  expect(String(javaScript)).toBe('{"customer-id":"7","application-slug":"a/b-é😀 c"}');
});

test.each([
  ['PHP', 'AqVJJiVjuRI+e4HszumdBwTnPu8='],
  ['JavaScript', 'dzFu+TSm+ru8052iTWfY4DLjqx8='],
])('takes the escaping of %s', (_, signature) => {
  expect(isProven(signed(both, signature), keys)).toBe(true);
  expect(isProven(signed(both.replace('%2F', '%5C%2F'), signature), keys)).toBe(false);
});

test('takes the key before, until its date', () => {
  const until = new Date(now.getTime() + 1);
  const previous = { secretKey: derived.secretKey, until };
  const query = readSignedQuery(example);
  if (query.fault !== null) throw new Error(query.fault);
  const proofAt = (time: Date) =>
    verifyQuerySignature({ secretKey, previous }, query.candidates, query.signature, time);
  expect(proofAt(now)).toBe('previous');
  expect(proofAt(until)).toBe('expired');
});

const name = 'X-HelpScout-Signature';

test.each([
  ['', 'none'],
  ['utm_source=mail&email=x@example.com', 'none'],
  ['x-helpscout-signature=abc', 'none'],
  [derived.query, 'missing'],
  [`${derived.query}&${name}=`, 'empty'],
  [`${derived.query}&${name}`, 'empty'],
  [`${example}&${name}=${encodeURIComponent(derived.signature)}`, 'duplicate'],
  [`${example}&X-HelpScout%2DSignature=x`, 'duplicate'],
  [`${example}&customer-id=706401868`, 'duplicate'],
  [`customer%2did=1&${example}`, 'duplicate'],
  [`${derived.query}&${name}=${derived.signature.slice(0, -1)}`, 'shape'],
  [`${derived.query}&${name}=${derived.signature}=`, 'shape'],
  [`${derived.query}&${name}=${derived.signature.replace('/', '_')}`, 'shape'],
  [`${derived.query}&${name}=${derived.signature.replace('gk=', 'gl=')}`, 'shape'],
  [`${derived.query}&${name}=sha1=${derived.signature}`, 'shape'],
  [`${derived.query}&${name}=%20${derived.signature}`, 'shape'],
  [`${derived.query}&${name}=%ff`, 'shape'],
  [`${derived.query}&${name}=${derived.signature.slice(0, 11)}=`, 'shape'],
  [`${derived.query}&${name}=${'%C5%81'.repeat(27)}=`, 'shape'],
  ['customer-id=%zz', 'shape'],
  ['customer-id=%ff&x', 'shape'],
])('says what is the matter with %j', (query, fault) => {
  expect(readSignedQuery(query)).toEqual({ fault });
});

test.each([
  ['706401868', '706401868'],
  ['0', null],
  ['007', null],
  ['', null],
  ['12345678901234567890', null],
  ['1 or 1=1', null],
  ['٣', null],
  ['1\n', null],
  ['-1', null],
])('takes %j for the customer %j', (value, id) => {
  expect(readCustomerId([['customer-id', value]])).toBe(id);
  expect(readCustomerId([])).toBeNull();
});
