import { execFile, execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sign } from '../../src/helpscout/signature.ts';
import { createApp } from '../../src/http/app.ts';
import { freeScoutBody, platformQuery, requestBody } from '../../src/kit/request.ts';
import { dependencies, secretKey } from '../examples.ts';

const program = fileURLToPath(new URL('../../dist/kit/ask.js', import.meta.url));

let server: Server;
let url: string;

beforeAll(async () => {
  const findAddresses = async (id: string) => (id === '7' ? ['seven@example.com'] : []);
  server = createServer(createApp({ ...dependencies(), findAddresses }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/helpscout`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What somebody sees who types `npm run ask --` and these words. */
async function ask(words: string[], settings: Record<string, string> = {}) {
  const env = { PATH: process.env['PATH'], HELPSCOUT_SECRET_KEY: secretKey, ...settings };
  const done = await promisify(execFile)(process.execPath, [program, ...words], {
    env,
    cwd: '/',
  }).catch((failed) => failed);
  return { code: done.code ?? 0, printed: `${done.stdout}${done.stderr}` };
}

/** The words that a shell would hand to curl. */
function wordsOf(command: string): string[] {
  const asIfCurl = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  return execFileSync('sh', ['-c', asIfCurl], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

test('prints the status, the time and the sidebar', async () => {
  const { code, printed } = await ask(['a@example.com', 'b@example.com', '--url', url]);
  expect(code).toBe(0);
  expect(printed).toMatch(/^200 OK · [\d.]+ ms · \d+ bytes\n/);
  expect(printed).toContain('No account found for a@example.com or b@example.com.');
});

test('prints JSON for a machine', async () => {
  const { printed } = await ask(['a@example.com', '--url', url, '--json']);
  expect(JSON.parse(printed)).toMatchObject({
    status: 200,
    request: { customer: { emails: ['a@example.com'] } },
    answer: { html: expect.stringContaining('a@example.com') },
  });
});

test('prints the html as it was sent', async () => {
  const { code, printed } = await ask(['a@example.com', '--url', url, '--html']);
  expect(code).toBe(0);
  expect(printed.trim()).toBe('<p>No account found for a@example.com.</p>');
});

test('prints a signed command that a shell can run, and asks nobody', async () => {
  const nowhere = 'http://127.0.0.1:1/helpscout';
  const { code, printed } = await ask(["o'hara@example.com", '--url', nowhere, '--curl']);
  expect(code).toBe(0);
  expect(printed).toContain(`curl --silent --show-error '${nowhere}'`);
  expect(printed).toContain(sign(secretKey, requestBody(["o'hara@example.com"])));
  expect(printed).not.toContain(secretKey);
});

test.each([
  ['not into a pipe', {}, false],
  ['where it is forced', { FORCE_COLOR: '1' }, true],
  ['not where nobody wants it', { FORCE_COLOR: '0' }, false],
])('paints %s', async (_, settings, isPainted) => {
  const { printed } = await ask(['a@example.com', '--url', url], settings);
  expect(printed.includes('\u001b[32m200 OK\u001b[39m')).toBe(isPainted);
  expect(printed.includes('\u001b')).toBe(isPainted);
});

test('asks as a platform app, with a customer’s number alone', async () => {
  const { code, printed } = await ask(['--app', 'platform', '--customer-id', '7', '--url', url]);
  expect(code).toBe(0);
  expect(printed).toMatch(
    /^200 OK · [\d.]+ ms · [\d,]+ bytes\n\nNo account found for seven@example.com.\n$/,
  );
});

test('keeps what is in the Callback URL, as Help Scout does, and prints JSON of a page', async () => {
  const words = ['--app', 'platform', '--customer-id', '7', '--json', '--url', `${url}?debug=1`];
  const { printed } = await ask(words);
  expect(JSON.parse(printed)).toMatchObject({
    status: 200,
    request: { debug: '1', 'customer-id': '7', 'X-HelpScout-Signature': expect.any(String) },
    answer: expect.stringMatching(/^<!doctype html>/),
  });
});

describe('as a platform app', () => {
  const words = ['--app', 'platform', '--customer-id', '7'];

  test('prints the page as it was sent', async () => {
    const { code, printed } = await ask([...words, '--html', '--url', url]);
    expect(code).toBe(0);
    expect(printed).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(printed).toContain('<p>No account found for seven@example.com.</p>');
    expect(printed).toMatch(/<\/html>\n\n$/);
  });

  test('prints an address that a shell can load, and asks nobody', async () => {
    const nowhere = 'http://127.0.0.1:1/helpscout?own=1';
    const { code, printed } = await ask([...words, '--curl', '--url', nowhere]);
    expect(code).toBe(0);
    expect(printed).toContain(`${nowhere}&${platformQuery('7', secretKey)}`);
    expect(printed).not.toContain(secretKey);
    // What it printed is what a server takes.
    const command = printed.replace(nowhere, `${url}?own=1`);
    const [address = ''] = wordsOf(command).slice(-1);
    expect(await (await fetch(address)).text()).toContain('seven@example.com');
  });
});

describe('as FreeScout', () => {
  const words = ['a@example.com', '--app', 'freescout'];

  test('asks with its own header and body, and is answered', async () => {
    const { code, printed } = await ask([...words, '--json', '--url', url]);
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({
      status: 200,
      request: { ticket: { id: 322585297 }, customer: { emails: ['a@example.com'] } },
      answer: {
        html: expect.stringContaining('<p>No account found for a@example.com.</p>\n'),
      },
    });
    expect(JSON.parse(printed).request).not.toHaveProperty('user');
  });

  test('prints a command with its header', async () => {
    const { printed } = await ask([...words, '--curl', '--url', url]);
    const body = freeScoutBody(['a@example.com']);
    expect(printed).toContain(`X-FREESCOUT-SIGNATURE: ${sign(secretKey, body)}`);
    expect(printed).not.toContain('X-HelpScout-Signature');
    const [, , address = '', , type = '', , signature = '', , data = ''] = wordsOf(printed);
    expect(data).toBe(body);
    const headers = [type, signature].map((header) => header.split(': ') as [string, string]);
    const response = await fetch(address, { method: 'POST', headers, body: data });
    expect(await response.json()).toHaveProperty('html');
  });
});

test('says that the Secret Keys differ, of a platform app, too', async () => {
  const words = ['--app', 'platform', '--customer-id', '7', '--url', url];
  const { code, printed } = await ask(words, { HELPSCOUT_SECRET_KEY: 'another-secret-of-length' });
  expect(code).toBe(1);
  expect(printed).toContain('it has a different Secret Key');
});

test('says that the Secret Keys differ', async () => {
  const settings = { HELPSCOUT_SECRET_KEY: 'another-secret-of-some-length' };
  const { code, printed } = await ask(['a@example.com', '--url', url], settings);
  expect(code).toBe(1);
  expect(printed).toContain('403 Forbidden');
  expect(printed).toContain('it has a different Secret Key');
  expect(printed).not.toContain(settings.HELPSCOUT_SECRET_KEY);
});

test.each([
  ['without an address', [], 'An e-mail address of the customer is missing.'],
  ['with a name instead of an address', ['fred'], '"fred" is not an e-mail address'],
  ['with an option that there is not', ['a@example.com', '--loud'], '--loud'],
  ['for an app that there is not', ['--app', 'new'], 'legacy, platform or freescout, but is "new"'],
  [
    'for a platform app without a customer',
    ['--app', 'platform'],
    '--customer-id must be a number',
  ],
  ['for nobody’s number', ['--app', 'platform', '--customer-id', 'x'], 'a number, but is "x"'],
  [
    'for FreeScout with a number',
    ['--app', 'freescout', '--customer-id', '7'],
    '--customer-id needs --app platform',
  ],
  ['for a legacy app with a number', ['--customer-id', '7'], '--customer-id needs --app platform'],
  [
    'for a platform app with an address',
    ['a@example.com', '--app', 'platform', '--customer-id', '7'],
    'takes no e-mail address',
  ],
  [
    'for a platform app with a role',
    ['--app', 'platform', '--customer-id', '7', '--role', 'admin'],
    '--role and --inbox need --app legacy',
  ],
  ['with a URL that is none', ['a@example.com', '--url', 'here'], 'but is "here"'],
])('explains itself when called %s', async (_, words, explanation) => {
  const { code, printed } = await ask(words);
  expect(code).toBe(2);
  expect(printed).toContain(explanation);
  expect(printed).not.toMatch(/^ +at /m);
});

test('says that it cannot connect', async () => {
  const { code, printed } = await ask(['a@example.com', '--url', 'http://127.0.0.1:1/helpscout']);
  expect(code).toBe(2);
  expect(printed).toContain(
    'Cannot connect to http://127.0.0.1:1/helpscout (connect ECONNREFUSED 127.0.0.1:1)',
  );
});

test('says where the Secret Key comes from when there is none', async () => {
  const { code, printed } = await ask(['a@example.com', '--url', url], {
    HELPSCOUT_SECRET_KEY: '',
  });
  expect(code).toBe(2);
  expect(printed).toContain('HELPSCOUT_SECRET_KEY is not set');
});

test('prints its usage', async () => {
  const { code, printed } = await ask(['--help']);
  expect(code).toBe(0);
  expect(printed).toContain('npm run ask -- ADDRESS');
});
