import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { accountQueryFile, previewFolder, viewsFolder } from '../../src/domain/package-files.ts';
import { isLoopback, type Listening, listen } from '../../src/http/listen.ts';
import { createPreview } from '../../src/kit/preview/preview.ts';
import { requestBody } from '../../src/kit/request.ts';
import { toTerminal } from '../../src/kit/terminal.ts';
import { createDemoDatabase } from '../databases.ts';
import { addressFor, dependencies, eventually, headersFor, now, secretKey } from '../examples.ts';

// What the preview's server lets through. What its page shows is in test/browser.

let folder: string;
let preview: ReturnType<typeof createPreview>;
/** The preview's. */
let port: number;
let sidebar: Listening;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'preview-'));
  cpSync(viewsFolder, join(folder, 'views'), { recursive: true });
  cpSync(accountQueryFile, join(folder, 'account.sql'));
  const options = {
    databaseUrl: await createDemoDatabase(now),
    secretKey,
    isDemo: true,
    port: 0,
    viewsDir: join(folder, 'views'),
    accountQueryFile: join(folder, 'account.sql'),
  };
  preview = createPreview(options);
  sidebar = await listen(await preview.createApp(dependencies()), 0, '127.0.0.1');
  port = Number(new URL(await preview.open(`http://0.0.0.0:${sidebar.port}`)).port);
});
afterAll(async () => {
  await preview?.close();
  await sidebar?.close();
  rmSync(folder, { recursive: true, force: true });
});

type Received = { status: number; text: string; headers: Record<string, unknown> };

/** By node:http, which sends the headers that it is told to. */
function send(
  path: string,
  { method = 'GET', headers = {}, body = '', to = port } = {},
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const own = { Host: `127.0.0.1:${to}` };
    const sent = request({ port: to, path, method, headers: { ...own, ...headers } });
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

const lookUp = (customerOrState: unknown, headers: Record<string, string> = {}) =>
  send('/preview/lookup', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Origin: `http://127.0.0.1:${port}`,
      ...headers,
    },
    body: JSON.stringify(customerOrState),
  });

const legacyIn = ({ text }: Received) => JSON.parse(text).legacy;
const platformIn = ({ text }: Received) => JSON.parse(text).platform;

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
    ['through a proxy that names the client alone', () => ({ 'X-Real-IP': '203.0.113.1' })],
  ])('and comes %s gets nothing', async (_, headers) => {
    for (const path of ['/preview', '/preview/gallery', '/preview/events', '/preview?x']) {
      const { status, text } = await send(path, { headers: headers() });
      expect([path, status]).toEqual([path, 403]);
      expect(text).toMatch(/^The preview opens only on the machine that it runs on/);
    }
    expect((await lookUp(fred, headers())).status).toBe(403);
  });

  test('and comes through nginx as it is configured by itself gets nothing', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.end(`GET /preview HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    let text = '';
    for await (const piece of socket) text += piece;
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('and does not say from where gets no customer', async () => {
    const body = JSON.stringify(fred);
    const headers = { 'Content-Type': 'application/json' };
    const { status, text } = await send('/preview/lookup', { method: 'POST', headers, body });
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
    expect(legacyIn(await lookUp(fred, headers)).html).toContain('Smith &amp; Sons');
  },
);

test('serves its page with nothing but its own files, which nobody may keep or frame', async () => {
  const served = ['', ...readdirSync(previewFolder).filter((file) => !/html$|mjs$/.test(file))];
  for (const file of served) {
    const { status, headers } = await send(file === '' ? '/preview' : `/preview/${file}`);
    expect([file, status]).toEqual([file, 200]);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain("frame-src 'self';");
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

test('calls both endpoints as Help Scout would, and keeps the Secret Key to itself', async () => {
  const response = await lookUp(fred);
  expect(response.status).toBe(200);
  const answer = legacyIn(response);
  expect(answer).toMatchObject({
    status: 200,
    statusText: 'OK',
    bytes: Buffer.byteLength(answer.text),
    url: `http://127.0.0.1:${sidebar.port}/helpscout`,
    request: requestBody(fred.emails),
    signature: headersFor(answer.request)['X-HelpScout-Signature'],
    curl: expect.stringMatching(/^curl /),
    html: JSON.parse(answer.text).html,
    failure: null,
  });
  const page = platformIn(response);
  expect(page).toMatchObject({
    status: 200,
    bytes: Buffer.byteLength(page.text),
    text: expect.stringMatching(/^<!doctype html>.*Smith &amp; Sons/s),
    path: expect.stringMatching(
      /^\/preview\/endpoints\/customer\.[\w-]+\/helpscout\?conversation-id=/,
    ),
    curl: expect.stringContaining(`'http://127.0.0.1:${port}/preview/endpoints/customer.`),
    failure: null,
  });
  expect(response.text).not.toContain(secretKey);
});

test('says what the log says under the reference that the agent reads', async () => {
  const response = await lookUp({ state: 'misconfigured' });
  const failure = { class: '42703', message: 'column users.email does not exist' };
  expect(legacyIn(response)).toMatchObject({
    html: expect.stringContaining('misconfigured'),
    failure,
  });
  expect(platformIn(response)).toMatchObject({ failure });
});

test('shows the cached answer of a database that went away, every time, in both', async () => {
  for (let time = 0; time < 2; time++) {
    const response = await lookUp({ state: 'stale' });
    const framed = await send(platformIn(response).path);
    for (const html of [legacyIn(response).html, platformIn(response).text, framed.text]) {
      expect(html).toContain('(3 min ago): the database can’t be reached right now.');
      expect(html).toContain('class="badge');
    }
  }
});

describe('the page of a platform app', () => {
  const pathOf = async (state: unknown) => platformIn(await lookUp(state)).path as string;

  test('may be framed by the preview alone, and is the server’s own in all else', async () => {
    const { headers, text } = await send(await pathOf(fred));
    const own = await send(addressFor('2147483647'), { to: sidebar.port });
    const asInProduction = (policy: unknown) =>
      String(policy).replace(
        "frame-ancestors 'self'",
        'frame-ancestors https://secure.helpscout.net',
      );
    expect(headers['content-security-policy']).toContain("frame-ancestors 'self'");
    expect(own.headers['content-security-policy']).toContain(
      'frame-ancestors https://secure.helpscout.net',
    );
    expect(asInProduction(headers['content-security-policy'])).toBe(
      own.headers['content-security-policy'],
    );
    expect(text).toContain('data-framed-by="/"');
    expect(own.text).toContain('data-framed-by="https://secure.helpscout.net"');
  });

  test('is shown to signed requests of this machine’s own pages only', async () => {
    const path = await pathOf(fred);
    const unsigned = await send(path.replace(/&X-HelpScout-Signature=.*/, ''));
    expect(unsigned.status).toBe(403);
    expect(unsigned.text).not.toContain('Carpentry');
    for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { Host: 'evil.test' }]) {
      const { status, text } = await send(path, { headers });
      expect(status).toBe(403);
      expect(text).not.toContain('Carpentry');
    }
    expect((await send(path.replace('/customer.', '/customer.x'))).status).toBe(404);
    expect((await send(path.replace('/endpoints/', '/endpoints/none-'))).status).toBe(404);
  });

  test('searches below its own endpoint', async () => {
    const path = await pathOf({ state: 'stranger' });
    const [, token = ''] = /data-token="([^"]+)"/.exec((await send(path)).text) ?? [];
    const { status, text } = await send(path.replace(/\?.*/, '/search'), {
      method: 'POST',
      headers: { 'X-Search-Token': token, Origin: `http://127.0.0.1:${port}` },
      body: JSON.stringify({ email: 'fredsmith@mailinator.com' }),
    });
    expect(status).toBe(200);
    expect(text).toContain('Found by your search for fredsmith@mailinator.com');
    expect(text).toContain('Smith &amp; Sons');
  });

  test.each([
    ['draft', 200, 'There is no customer on this conversation yet.'],
    ['no-address', 200, 'There is no e-mail address on this conversation.'],
    ['no-credentials', 200, 'set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET'],
    ['api-down', 200, 'can’t be reached right now'],
    ['api-busy', 200, 'takes no more questions at this moment'],
    ['api-refuses', 200, 'refuses this sidebar’s credentials'],
    ['api-unknown', 200, 'does not know this customer'],
    ['another-key', 403, 'This request is not signed with the server’s Secret Key'],
    ['opened', 200, 'This is the Callback URL of a help desk’s sidebar'],
  ])('says what there is to say of "%s"', async (state, status, said) => {
    const response = await lookUp({ state });
    expect(platformIn(response)).toMatchObject({ status, text: expect.stringContaining(said) });
    const hasLegacy = state === 'draft' || state === 'no-address';
    expect(legacyIn(response) === null).toBe(!hasLegacy);
  });

  test('is response for by number with whatever the server itself has', async () => {
    // The credentials that it was started with: none.
    const response = await lookUp({ customerId: '706401868' });
    expect(legacyIn(response)).toBeNull();
    expect(platformIn(response)).toMatchObject({
      path: expect.stringMatching(/endpoints\/customer\.\w+\/.*&customer-id=706401868&/),
      text: expect.stringContaining('set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET'),
    });
  });

  test('follows a query that begins or ends to look for $2', async () => {
    const file = join(folder, 'account.sql');
    const before = await readFile(file, 'utf8');
    onTestFinished(() => writeFile(file, before));
    const states = async () => {
      const { groups } = JSON.parse((await send('/preview/gallery')).text);
      return groups.flatMap((group: { states: { id: string }[] }) =>
        group.states.map(({ id }) => id),
      );
    };
    const said = async () => {
      const real = await send(addressFor('706401868'), { to: sidebar.port });
      return [
        toTerminal(platformIn(await lookUp({ customerId: '706401868' })).text),
        toTerminal(real.text),
      ];
    };
    expect(await states()).not.toContain('linked');

    const sql = `select email, 'By number' as company_name, '706401868' as helpscout_customer_id
      from users where lower(email) = any($1) or $2::text = '706401868' and id = 1`;
    await writeFile(file, sql);
    await eventually(async () => expect(await states()).toContain('linked'));
    for (const text of await said()) expect(text).toContain('By number');
    const linked = platformIn(await lookUp({ state: 'linked' }));
    expect(toTerminal(linked.text)).toContain('An account without a name');
    expect(platformIn(await lookUp({ state: 'not-linked' })).text).toContain(
      'No account is linked to this customer of Help Scout.',
    );

    await writeFile(file, before);
    await eventually(async () => expect(await states()).not.toContain('linked'));
    for (const text of await said()) expect(text).toContain('set HELPSCOUT_APP_ID');
  });

  test('follows a query that begins to read $3', async () => {
    const file = join(folder, 'account.sql');
    const before = await readFile(file, 'utf8');
    const sql = `select email, $3 ->> 'role' as "Role", $3 ->> 'conversationNumber' as "Number"
      from users where lower(email) = any($1)`;
    const shown = async () => {
      const response = await lookUp({ emails: ['fredsmith@mailinator.com'] });
      return toTerminal(JSON.parse(legacyIn(response).text).html).replaceAll(/\s+/g, ' ');
    };
    await writeFile(file, sql);
    await eventually(async () => expect(await shown()).toMatch(/Role:? user .*Number:? 42/));

    await writeFile(file, before);
    await eventually(async () => expect(await shown()).toContain('Smith & Sons Carpentry'));
  });
});

test.each([
  ['nothing', {}],
  ['null', null],
  ['a state that there is not', { state: 'none' }],
  ['what is no address', { emails: [1] }],
  ['what is no list', { emails: 'a@x.com' }],
  ['a crowd', { emails: Array(11).fill('a@x.com') }],
  ['a number that is none', { customerId: '7 or 1=1' }],
  ['a number that is no text', { customerId: 7 }],
])('rejects %s', async (_, body) => {
  expect((await lookUp(body)).status).toBe(400);
});

test('opens the endpoints of invented people to signed requests only', async () => {
  const body = requestBody(['robin@example.com']);
  const path = '/preview/endpoints/fullest/helpscout';
  const signed = await send(path, { method: 'POST', headers: headersFor(body), body });
  expect(signed.text).toContain('Example &amp; Sons');
  const headers = headersFor('another');
  expect((await send(path, { method: 'POST', headers, body })).status).toBe(403);
  expect((await send('/preview/endpoints/none/helpscout')).status).toBe(404);
});

test('shares no path with the sidebar’s port, whatever a proxy to it adds', async () => {
  const paths = [
    '/preview',
    '/preview/',
    '/preview/gallery',
    '/preview/endpoints/fullest/helpscout',
  ];
  for (const path of paths) {
    const { status, text } = await send(path, { to: sidebar.port });
    expect([path, status, text]).toEqual([path, 404, '{"error":"not found"}']);
  }
  for (const path of ['/helpscout', '/healthz'])
    expect([path, (await send(path)).status]).toEqual([path, 404]);
});

test('leaves Help Scout’s endpoint to requests that it signed, from wherever', async () => {
  const body = requestBody(['jane.citizen@example.com']);
  const headers = {
    ...headersFor(body),
    Host: 'sidebar.example.com',
    'X-Forwarded-For': '1.2.3.4',
  };
  const { text } = await send('/helpscout', { method: 'POST', headers, body, to: sidebar.port });
  expect(text).toContain('Jane Citizen');
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
