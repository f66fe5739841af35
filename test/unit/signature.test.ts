import { describe, expect, test } from 'vitest';
import { isSignedBy, readSignature, sign } from '../../src/helpscout/signature.ts';
import { secretKey } from '../examples.ts';

/**
 * Bodies with the signatures that another program gave them:
 *   printf '%s' "$BODY" | openssl dgst -sha1 -hmac "$SECRET_KEY" -binary | openssl base64
 * where not said otherwise with the Secret Key of the examples.
 */
const asHelpScoutWrites =
  '{"ticket":{"id":"322585297","number":"42","subject":"Either\\/or"},"customer":{"fname":"Jos\\u00e9","email":"jose.nunez@example.com","emails":["jose.nunez@example.com"]}}';
const asJavaScriptWrites = JSON.stringify(JSON.parse(asHelpScoutWrites));
const prettyPrinted = `{
  "ticket": { "id": "322585297" },
  "customer": { "email": "jose.nunez@example.com" }
}
`;
const signedBodies = [
  ['with \\/ and \\u00e9', asHelpScoutWrites, 'iH15/6kX7QTOA4EaGifnVpFeqv0='],
  ['with raw UTF-8', asJavaScriptWrites, '5h2dFo4CIANzhps77bJ5dIcAxws='],
  ['pretty-printed', prettyPrinted, '/SI9OW1voF/dH2C0pWuG8kK2hHE='],
] as const;

const body = Buffer.from('{"customer":{"email":"fred@example.com"}}');
const signature = 'XjeQawawGNad7WNYpls+KMy7xjw=';

/** From Help Scout’s documentation of the dynamic apps; openssl gives the same. */
const workedExample = {
  secretKey: 'your secret key',
  body: Buffer.from(
    '{"ticket":{"id":"1","number":"2"},"customer":{"id":"1","fname":"Jackie","lname":"Chan","email":"jackie.chan@somewhere.com","emails":["jackie.chan@somewhere.com"]}}',
  ),
  signature: 'I1KlvGppYqvFTJgJ9jezdQMDiyI=',
};

test('agrees with Help Scout’s own worked example', () => {
  const { secretKey, body, signature } = workedExample;
  expect(isSignedBy(secretKey, body, signature)).toBe(true);
  expect(sign(secretKey, body)).toBe(signature);
});

describe.each(signedBodies)('a body %s', (_, text, signature) => {
  const body = Buffer.from(text);

  test('is taken as it was sent', () => {
    expect(isSignedBy(secretKey, body, signature)).toBe(true);
  });

  test('is signed as openssl signs it', () => {
    expect(sign(secretKey, text)).toBe(signature);
    expect(sign(secretKey, body)).toBe(signature);
  });

  test('is turned away when any byte of it was changed after signing', () => {
    const changed = [...body.keys()].flatMap((at) =>
      [0x01, 0x20, 0x80].map((bit) => {
        const copy = Buffer.from(body);
        copy[at] = (copy[at] ?? 0) ^ bit;
        return copy;
      }),
    );
    expect(changed).toHaveLength(3 * body.length);
    expect(changed.filter((copy) => isSignedBy(secretKey, copy, signature))).toEqual([]);
  });

  test('is turned away when any byte of it was left out or put in', () => {
    const positions = [...body.keys(), body.length];
    const shorter = [...body.keys()].map((at) =>
      Buffer.concat([body.subarray(0, at), body.subarray(at + 1)]),
    );
    const longer = positions.flatMap((at) =>
      [' ', '\n', '\0'].map((extra) =>
        Buffer.concat([body.subarray(0, at), Buffer.from(extra), body.subarray(at)]),
      ),
    );
    const changed = [...shorter, ...longer];
    expect(changed.filter((copy) => isSignedBy(secretKey, copy, signature))).toEqual([]);
  });
});

test('turns away the same JSON written in another way', () => {
  expect(JSON.parse(asJavaScriptWrites)).toEqual(JSON.parse(asHelpScoutWrites));
  const [[, , php], [, , javaScript]] = signedBodies;
  expect(isSignedBy(secretKey, Buffer.from(asJavaScriptWrites), php)).toBe(false);
  expect(isSignedBy(secretKey, Buffer.from(asHelpScoutWrites), javaScript)).toBe(false);
});

test('turns away every other Secret Key', () => {
  expect(isSignedBy(secretKey, body, signature)).toBe(true);
  const others = ['', secretKey.slice(0, -1), `${secretKey}!`, `${secretKey}\n`, 'your secret key'];
  expect(others.filter((other) => isSignedBy(other, body, signature))).toEqual([]);
});

test('turns away a signature with any character changed', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ ';
  const changed = [...signature].flatMap((original, at) =>
    [...alphabet]
      .filter((other) => other !== original)
      .map((other) => signature.slice(0, at) + other + signature.slice(at + 1)),
  );
  expect(changed.length).toBeGreaterThan(1_800);
  expect(changed.filter((other) => isSignedBy(secretKey, body, other))).toEqual([]);
});

/** Made by openssl with the command above from what each name says. */
const otherMacs = {
  'the body and a line feed': 'ToVdJfW+sb1MNSXexo0mOzIhyug=',
  'the Secret Key and a line feed': 'cIV5a41dGUcA3xBjzoqy5yQPzYE=',
  'an empty Secret Key': 'rdIQOkrpWn0HFjrqJJYfcOQ+B4A=',
  'no body': 'HZnGy0wpfqpw9TKgxLcabytIKNI=',
};

test.each(Object.entries(otherMacs))('turns away a signature of %s', (_, other) => {
  expect(readSignature(['X-HelpScout-Signature', other])).toEqual({
    signature: other,
    isFreeScout: false,
    fault: null,
  });
  expect(isSignedBy(secretKey, body, other)).toBe(false);
});

const unpadded = signature.slice(0, -1);
const charCodePlus = (text: string, more: number) => String.fromCharCode(text.charCodeAt(0) + more);

const malformed = {
  'nothing at all': '',
  'white space': ' ',
  'no padding': unpadded,
  'too much padding': `${signature}=`,
  'the url-safe alphabet': signature.replace('+', '-'),
  'trailing junk': `${signature}AAAA`,
  'text after the padding': `${signature}, ${signature}`,
  'a line feed behind it': `${signature}\n`,
  'a line before it': `x\n${signature}`,
  'a space inside': `${signature.slice(0, 9)} ${signature.slice(9)}`,
  'a space before it': ` ${signature}`,
  quotes: `"${signature}"`,
  'an algorithm before it': `sha1=${signature}`,
  // openssl dgst -sha1 -hmac "$SECRET_KEY"
  'hexadecimal digits of the right HMAC': '5e37906b06b018d69ded6358a65b3e28ccbbc63c',
  // openssl dgst -sha256 -hmac "$SECRET_KEY" -binary | openssl base64
  'an HMAC-SHA256': 'i1zl54Dnnzwr5S9bLVazNtbeC1ptmIcTbRrVykZSJTE=',
  'the first 80 bits alone': Buffer.from(signature, 'base64').subarray(0, 10).toString('base64'),
  'a last character with spare bits': signature.replace('w=', 'x='),
  'a letter that Latin-1 folds': charCodePlus(signature, 0x100) + signature.slice(1),
  'a fullwidth letter': charCodePlus(signature, 0xfee0) + signature.slice(1),
  'a NUL': `${signature.slice(0, 9)}\0${signature.slice(10)}`,
};

describe.each(Object.entries(malformed))('a signature with %s', (_, text) => {
  test('is none', () => {
    expect(readSignature(['X-HelpScout-Signature', text]).fault).toBe(
      text === '' ? 'empty' : 'shape',
    );
  });

  test('signs nothing', () => {
    expect(isSignedBy(secretKey, body, text)).toBe(false);
  });
});

test('the malformed ones are traps: a lenient decoder takes them for the right bytes', () => {
  const right = Buffer.from(signature, 'base64');
  for (const shape of [
    'no padding',
    'too much padding',
    'the url-safe alphabet',
    'text after the padding',
    'a space inside',
    'a last character with spare bits',
  ] as const)
    expect(Buffer.from(malformed[shape], 'base64').subarray(0, 20), shape).toEqual(right);
  expect(Buffer.from(malformed['a letter that Latin-1 folds'], 'latin1')).toEqual(
    Buffer.from(signature, 'latin1'),
  );
});

describe('among the headers', () => {
  const host = ['Host', 'sidebar.example.com'];

  test.each(['X-HelpScout-Signature', 'x-helpscout-signature', 'X-HELPSCOUT-SIGNATURE'])(
    'finds %s in whatever case',
    (name) => {
      expect(readSignature([...host, name, signature, 'Accept', '*/*'])).toEqual({
        signature,
        isFreeScout: false,
        fault: null,
      });
    },
  );

  test('finds none where there is none', () => {
    expect(readSignature([]).fault).toBe('missing');
    expect(readSignature(host).fault).toBe('missing');
  });

  test.each([
    ['the same', signature],
    ['different', otherMacs['no body']],
    ['empty', ''],
  ])('refuses two of them when the second is %s', (_, second) => {
    const one = ['X-HelpScout-Signature', signature];
    expect(readSignature([...one, ...host, 'x-helpscout-signature', second])).toEqual({
      signature: null,
      fault: 'duplicate',
    });
    expect(readSignature(['x-helpscout-signature', second, ...host, ...one])).toEqual({
      signature: null,
      fault: 'duplicate',
    });
  });

  test.each(['X_HelpScout_Signature', 'X-HelpScout-Signature2', 'HelpScout-Signature', 'X-HS'])(
    'does not take %s for it',
    (name) => {
      expect(readSignature([name, signature]).fault).toBe('missing');
    },
  );

  test('does not take the value of another header for its name', () => {
    expect(readSignature(['Referer', 'X-HelpScout-Signature', signature, 'x']).fault).toBe(
      'missing',
    );
  });
});
