import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeLink } from '../../src/sidebar/text.ts';

test.each([
  'https://admin.example.com/companies/1',
  'http://localhost:8080/companies/1',
  'https://admin.example.com/?q=a%20b&c=%22#top',
])('links to %s', (address) => {
  expect(safeLink(address)).toBe(address);
});

test.each([
  ['an upper-case scheme', 'HTTPS://Admin.Example.com', 'https://admin.example.com/'],
  [
    'letters beyond ASCII',
    'https://münchen.example/größe',
    'https://xn--mnchen-3ya.example/gr%C3%B6%C3%9Fe',
  ],
  ['quotes and angle brackets', 'https://x.example/"><b>', 'https://x.example/%22%3E%3Cb%3E'],
  ['an apostrophe in the query', "https://x.example/?a='b", 'https://x.example/?a=%27b'],
  ['line feeds, which browsers leave out', 'https://x.exam\nple/', 'https://x.example/'],
])('spells out %s as a browser would', (_, address, link) => {
  expect(safeLink(address)).toBe(link);
});

test.each([
  ['a script', 'javascript:alert(1)'],
  ['a script in upper case', 'JavaScript:alert(1)'],
  ['a script with a tab inside', 'java\tscript:alert(1)'],
  ['a script behind a line feed', '\njavascript:alert(1)'],
  ['a script behind a control character', '\u0001javascript:alert(1)'],
  ['a script that looks like a site', 'javascript://admin.example.com/%0aalert(1)'],
  ['a document of its own', 'data:text/html,<script>alert(1)</script>'],
  ['an old script', 'vbscript:msgbox(1)'],
  ['a file', 'file:///etc/passwd'],
  ['a blob', 'blob:https://admin.example.com/1'],
  ['another protocol', 'ftp://admin.example.com/'],
  ['a site of whatever protocol', '//evil.example/'],
  ['a path', '/companies/1'],
  ['a host alone', 'admin.example.com'],
  ['a name before the host', 'https://dashboard.stripe.com@evil.example/'],
  ['a password before the host', 'https://:dashboard.stripe.com@evil.example/'],
  ['no host', 'https://'],
  ['nothing', ''],
])('does not link to %s', (_, address) => {
  expect(safeLink(address)).toBeNull();
});

test('does not link where there is no address', () => {
  expect(safeLink(null)).toBeNull();
});

test('is as `URL` writes it, whatever the address', () => {
  // Pieces that matter to addresses: free text would hardly ever be one.
  const piece = fc.constantFrom(
    ...[
      'http',
      'https',
      ':',
      '/',
      '//',
      '.',
      '..',
      '-',
      '--',
      '@',
      '?',
      '#',
      '%2e',
      '%41',
      '~',
      '_',
    ],
    ...[
      'admin',
      'example',
      'com',
      'COM',
      'xn--',
      'localhost',
      '127',
      '1',
      '0x7f',
      '80',
      '443',
      'é',
    ],
    ...[' ', '\t', '\\', "'", '*'],
  );
  const address = fc.tuple(
    fc.constantFrom('https://', 'http://', 'https://admin.example.com/', 'https:/', ''),
    fc.array(piece, { maxLength: 8 }),
  );
  fc.assert(
    fc.property(address, ([start, rest]) => {
      const text = start + rest.join('');
      const link = safeLink(text);
      if (link !== null) expect(link).toBe(new URL(text).href);
    }),
    { numRuns: 20_000 },
  );
});
