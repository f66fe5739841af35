import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSignedBy, readSignature, sign } from '../../src/helpscout/signature.ts';
import { phpJson, requestBody } from '../../src/kit/request.ts';
import { secretKey } from '../examples.ts';
import { digits, measured, seed, times } from './tools/scale.ts';

/** https://www.rfc-editor.org/rfc/rfc2202 section 3, all seven; keys of bytes beyond ASCII, too. */
const rfc2202: readonly (readonly [Buffer, Buffer, string])[] = [
  [Buffer.alloc(20, 0x0b), Buffer.from('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
  [
    Buffer.from('Jefe'),
    Buffer.from('what do ya want for nothing?'),
    'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
  ],
  [Buffer.alloc(20, 0xaa), Buffer.alloc(50, 0xdd), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  [
    Buffer.from('0102030405060708090a0b0c0d0e0f10111213141516171819', 'hex'),
    Buffer.alloc(50, 0xcd),
    '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
  ],
  [
    Buffer.alloc(20, 0x0c),
    Buffer.from('Test With Truncation'),
    '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04',
  ],
  [
    Buffer.alloc(80, 0xaa),
    Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
    'aa4ae5e15272d00e95705637ce8a3b55ed402112',
  ],
  [
    Buffer.alloc(80, 0xaa),
    Buffer.from('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'),
    'e8e99d0f45237d786d6bbaa7965c7808bbff1a91',
  ],
];

test('agrees with every published answer', (context) => {
  // A Secret Key is text, so the two cases whose key is text go through the front door; the others
  // prove the primitive that it stands on.
  for (const [key, body, digest] of rfc2202) {
    const mac = createHmac('sha1', key).update(body).digest();
    expect(mac.toString('hex')).toBe(digest);
    const text = key.toString('utf8');
    if (!Buffer.from(text).equals(key)) continue;
    expect(sign(text, body)).toBe(mac.toString('base64'));
    expect(isSignedBy(text, body, mac.toString('base64'))).toBe(true);
  }
  // https://developer.helpscout.com/apps/guides/signature-validation/
  const body =
    '{"ticket":{"id":"1","number":"2"},"customer":{"id":"1","fname":"Jackie","lname":"Chan","email":"jackie.chan@somewhere.com","emails":["jackie.chan@somewhere.com"]}}';
  expect(isSignedBy('your secret key', Buffer.from(body), 'I1KlvGppYqvFTJgJ9jezdQMDiyI=')).toBe(
    true,
  );
  measured(context, `${rfc2202.length + 1} answers`);
});

const bodies = [
  requestBody(['fredsmith@mailinator.com']),
  requestBody(['josé/x@example.com', 'jane.citizen@example.com']),
  phpJson({ ticket: false, customer: [] }),
  JSON.stringify({ customer: { email: 'josé@example.com' } }, null, 2),
  '{}',
].map((text) => Buffer.from(text));

test('takes no body of which one bit or one character is another, nor such a header', (context) => {
  let tried = 0;
  let accepted = 0;
  const tryOne = (body: Buffer, signature: string) => {
    tried++;
    // As the server does it: among the headers first, then against the bytes.
    const header = readSignature(['X-HelpScout-Signature', signature]);
    if (header.fault === null && isSignedBy(secretKey, body, header.signature)) accepted++;
  };
  for (const body of bodies) {
    const signature = sign(secretKey, body);
    expect(isSignedBy(secretKey, body, signature)).toBe(true);
    for (const at of body.keys()) {
      for (let bit = 0; bit < 8; bit++)
        tryOne(withByte(body, at, (body[at] ?? 0) ^ (1 << bit)), signature);
      for (let byte = 0x20; byte < 0x7f; byte++)
        if (byte !== body[at]) tryOne(withByte(body, at, byte), signature);
      tryOne(Buffer.concat([body.subarray(0, at), body.subarray(at + 1)]), signature);
      tryOne(Buffer.concat([body.subarray(0, at), Buffer.from([0]), body.subarray(at)]), signature);
    }
    for (const at of Array(signature.length).keys())
      for (let code = 0; code < 256; code++)
        if (code !== signature.charCodeAt(at))
          tryOne(
            body,
            signature.slice(0, at) + String.fromCharCode(code) + signature.slice(at + 1),
          );
  }
  measured(context, `${digits(tried)} tried, ${accepted} accepted`);
  expect(tried).toBeGreaterThan(50_000);
  expect(accepted).toBe(0);
});

function withByte(body: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(body);
  copy[at] = byte;
  return copy;
}

// Whatever somebody makes up, with the right signature of something else at hand.

const bytes = fc.uint8Array({ maxLength: 600 }).map((made) => Buffer.from(made));
const secret = fc.string({ minLength: 1, maxLength: 40 });
const runs = (count: number) => ({ numRuns: count, seed });

/** One small change: a bit, a byte more, a byte less, an end cut off, two bytes swapped. */
const changes = fc.record({
  kind: fc.constantFrom('flip', 'insert', 'remove', 'cut', 'swap'),
  at: fc.nat(),
  byte: fc.integer({ min: 0, max: 255 }),
});

function changed(
  body: Buffer,
  { kind, at, byte }: { kind: string; at: number; byte: number },
): Buffer {
  const place = body.length === 0 ? 0 : at % body.length;
  const [before, after] = [body.subarray(0, place), body.subarray(place)];
  if (kind === 'insert' || body.length === 0)
    return Buffer.concat([before, Buffer.of(byte), after]);
  if (kind === 'remove') return Buffer.concat([before, after.subarray(1)]);
  if (kind === 'cut') return before;
  if (kind === 'swap') {
    const other = (place + 1) % body.length;
    return withByte(withByte(body, place, body[other] ?? 0), other, body[place] ?? 0);
  }
  return withByte(body, place, (body[place] ?? 0) ^ (1 << (byte % 8)));
}

test('takes nothing that was made up, and never throws', (context) => {
  const each = times(50_000, 500_000);
  let tried = 0;
  const count = (accepted: boolean) => {
    tried++;
    return !accepted;
  };
  const isTaken = (key: string, body: Buffer, header: string) => {
    const read = readSignature(['X-HelpScout-Signature', header]);
    return (
      isSignedBy(key, body, header) ||
      (read.fault === null && isSignedBy(key, body, read.signature))
    );
  };

  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.base64String({ minLength: 28, maxLength: 28 }),
    fc
      .uint8Array({ minLength: 20, maxLength: 20 })
      .map((mac) => Buffer.from(mac).toString('base64')),
  );
  fc.assert(
    fc.property(secret, bytes, anything, (key, body, header) => count(isTaken(key, body, header))),
    runs(each),
  );
  fc.assert(
    fc.property(secret, bytes, changes, (key, body, change) => {
      const other = changed(body, change);
      return count(!other.equals(body) && isTaken(key, other, sign(key, body)));
    }),
    runs(each),
  );
  fc.assert(
    fc.property(secret, bytes, changes, (key, body, change) => {
      const header = sign(key, body);
      const other = changed(Buffer.from(header), change).toString('latin1');
      return count(other !== header && isTaken(key, body, other));
    }),
    runs(each),
  );
  fc.assert(
    fc.property(secret, secret, bytes, (key, other, body) =>
      count(!isSameKey(key, other) && isTaken(other, body, sign(key, body))),
    ),
    runs(each),
  );
  measured(context, `${digits(tried)} tried, 0 accepted, 0 thrown`);
  expect(tried).toBe(4 * each);
}, 1_800_000);

/** HMAC fills a short key up with NULs, so that those at its end make no difference. */
const isSameKey = (one: string, other: string) =>
  one.replace(/\0+$/, '') === other.replace(/\0+$/, '');
