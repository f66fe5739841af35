import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../src/config.ts';
import { isLoopback, listen } from '../src/listen.ts';
import { accountQueryFile, previewFolder, viewsFolder } from '../src/paths.ts';
import { openPreview, type Preview } from '../src/preview/preview.ts';
import { requestBody } from '../src/tools/request.ts';
import { createDemoDatabase } from './databases.ts';
import { dependencies, headersFor, now, secretKey } from './examples.ts';

// What the preview's server lets through. What its page shows is in test/browser.

let folder: string;
let preview: Preview;
let port: number;
let close: () => Promise<void>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'preview-'));
  cpSync(viewsFolder, join(folder, 'views'), { recursive: true });
  cpSync(accountQueryFile, join(folder, 'account.sql'));
  const config: Config = {
    production: false,
    databaseUrl: null,
    mailbox: null,
    hasMadeUpSecretKey: false,
    shutdownDelayMs: 0,
    secretKeys: { secretKey, previous: null },
    port: 0,
    host: '127.0.0.1',
    locale: 'en-GB',
    viewsDir: join(folder, 'views'),
    accountQueryFile: join(folder, 'account.sql'),
    stripeDashboardUrl: 'https://dashboard.stripe.com',
  };
  preview = await openPreview(config, dependencies(), await createDemoDatabase(now));
  ({ port, close } = await listen(preview.handler, 0, '127.0.0.1'));
});
afterAll(async () => {
  await preview?.close();
  await close?.();
  rmSync(folder, { recursive: true, force: true });
});

type Asked = { status: number; text: string; headers: Record<string, unknown> };

/** By node:http, which sends the headers that it is told to. */
function send(path: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const own = { Host: `127.0.0.1:${port}` };
    const sent = request({ port, path, method, headers: { ...own, ...headers } });
    sent.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
      );
    });
    sent.end(body);
  });
}

const ask = (question: unknown, headers: Record<string, string> = {}) =>
  send('/preview/ask', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Origin: `http://127.0.0.1:${port}`,
      ...headers,
    },
    body: JSON.stringify(question),
  });

const fred = { emails: ['fredsmith@mailinator.com'] };

describe('whoever is not at this machine', () => {
  test.each([
    ['under another name', () => ({ Host: `evil.test:${port}` })],
    ['under a name that begins like ours', () => ({ Host: `127.0.0.1.evil.test:${port}` })],
    ['on another port', () => ({ Host: '127.0.0.1:1' })],
    ['without a port', () => ({ Host: '127.0.0.1' })],
    ['from another origin', () => ({ Origin: 'http://evil.test' })],
    ['from another origin on this machine', () => ({ Origin: 'http://127.0.0.1:1' })],
    ['from an origin over TLS', () => ({ Origin: `https://127.0.0.1:${port}` })],
    ['from a file or a sandbox', () => ({ Origin: 'null' })],
    ['from another site', () => ({ 'Sec-Fetch-Site': 'cross-site' })],
    ['from another port of this site', () => ({ 'Sec-Fetch-Site': 'same-site' })],
    ['through a proxy', () => ({ 'X-Forwarded-For': '203.0.113.1' })],
    ['through a proxy that follows the standard', () => ({ Forwarded: 'for=203.0.113.1' })],
  ])('and comes %s gets nothing', async (_, headers) => {
    for (const path of ['/preview', '/preview/gallery', '/preview/events', '/preview?x']) {
      const { status, text } = await send(path, { headers: headers() });
      expect([path, status]).toEqual([path, 403]);
      expect(text).toMatch(/^The preview opens only on the machine that it runs on/);
    }
    expect((await ask(fred, headers())).status).toBe(403);
  });

  test('and does not say from where gets no customer', async () => {
    const body = JSON.stringify(fred);
    const headers = { 'Content-Type': 'application/json' };
    const { status, text } = await send('/preview/ask', { method: 'POST', headers, body });
    expect(status).toBe(403);
    expect(text).not.toContain('Smith');
  });
});

test.each(['127.0.0.1', 'localhost', '[::1]'])(
  'opens under this machine’s name %s',
  async (name) => {
    const Host = `${name}:${port}`;
    const headers = { Host, Origin: `http://${Host}`, 'Sec-Fetch-Site': 'same-origin' };
    expect((await send('/preview', { headers })).status).toBe(200);
    expect((await ask(fred, headers)).text).toContain('Smith &amp; Sons');
  },
);

test('serves its page with nothing but its own files, which nobody may keep or frame', async () => {
  const served = ['', ...readdirSync(previewFolder).filter((file) => !/html$|mjs$/.test(file))];
  for (const file of served) {
    const { status, headers } = await send(file === '' ? '/preview' : `/preview/${file}`);
    expect([file, status]).toEqual([file, 200]);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['cache-control']).toBe('no-store');
  }
});

test.each(['/preview/../package.json', '/preview/%2e%2e/package.json', '/preview/screenshots.mjs'])(
  'has no other file: %s',
  async (path) => {
    expect((await send(path)).status).toBe(404);
  },
);

test('asks the door as Help Scout would and gives what came, but not the secret', async () => {
  const { status, text } = await ask(fred);
  expect(status).toBe(200);
  const answer = JSON.parse(text);
  expect(answer).toMatchObject({
    status: 200,
    statusText: 'OK',
    bytes: Buffer.byteLength(answer.text),
    url: `http://127.0.0.1:${port}/helpscout`,
    request: requestBody(fred.emails),
    signature: headersFor(answer.request)['X-HelpScout-Signature'],
    curl: expect.stringMatching(/^curl /),
    html: JSON.parse(answer.text).html,
    failure: null,
  });
  expect(answer.timings.map(({ stage }: { stage: string }) => stage)).toEqual([
    'signature',
    'database',
    'rendering',
  ]);
  expect(text).not.toContain(secretKey);
});

test('says what the log says under the reference that the agent reads', async () => {
  const { text } = await ask({ state: 'misconfigured' });
  expect(JSON.parse(text)).toMatchObject({
    html: expect.stringContaining('is misconfigured'),
    failure: { class: '42703', message: 'column users.email does not exist' },
  });
});

test('shows the last good answer of a database that went away, every time', async () => {
  for (let time = 0; time < 2; time++) {
    const { html } = JSON.parse((await ask({ state: 'stale' })).text);
    expect(html).toContain('(3 min ago): the database can’t be reached right now.');
    expect(html).toContain('class="badge');
  }
});

test.each([
  ['nothing', {}],
  ['null', null],
  ['a state that there is not', { state: 'none' }],
  ['what is no address', { emails: [1] }],
  ['what is no list', { emails: 'a@x.com' }],
  ['a crowd', { emails: Array(11).fill('a@x.com') }],
])('does not ask for %s', async (_, question) => {
  expect((await ask(question)).status).toBe(400);
});

test('opens the doors of invented people to signed requests only', async () => {
  const body = requestBody(['robin@example.com']);
  const path = '/preview/invented/fullest/helpscout';
  const signed = await send(path, { method: 'POST', headers: headersFor(body), body });
  expect(signed.text).toContain('Example &amp; Sons');
  const headers = headersFor('another');
  expect((await send(path, { method: 'POST', headers, body })).status).toBe(403);
  expect((await send('/preview/invented/stranger/helpscout')).status).toBe(404);
});

test('leaves Help Scout’s door to whoever proves to be Help Scout, from wherever', async () => {
  const body = requestBody(['jane.citizen@example.com']);
  const headers = {
    ...headersFor(body),
    Host: 'sidebar.example.com',
    'X-Forwarded-For': '1.2.3.4',
  };
  const { text } = await send('/helpscout', { method: 'POST', headers, body });
  expect(text).toContain('Jane Citizen');
  expect((await send('/previews')).status).toBe(404);
});

test.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.2', false],
  ['127.0.0.1.evil.test', false],
])('takes %s for this machine alone: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
