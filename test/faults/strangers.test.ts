import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sign } from '../../src/helpscout/signature.ts';
import { requestBody } from '../../src/kit/request.ts';
import { secretKey } from '../examples.ts';
import { houseForAll } from './tools/house.ts';
import { digits, measured, seed, times } from './tools/scale.ts';

// Requests that a generator made up, over sockets, to one server that must outlive them all.

const house = houseForAll();

type Sent = { method: string; path: string; headers: Record<string, string>; body: Buffer };

const token = fc.stringMatching(/^[a-z][a-z-]{0,15}$/).filter((name) => !framing.has(name));
/** The client sets these itself; framing has tests of its own. */
const framing = new Set([
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
  'trailer',
  'te',
  'host',
  'keep-alive',
]);
const bytes = fc.uint8Array({ maxLength: 500 }).map((made) => Buffer.from(made));
const json = fc.jsonValue({ depthSize: 'medium' });

const address = fc.oneof(
  fc.constantFrom('fredsmith@mailinator.com', 'two.hats@example.com', 'nobody@example.com'),
  fc.emailAddress(),
  fc.string({ unit: 'binary', maxLength: 300 }),
  json,
);
/** What Help Scout might send, with anything where something belongs. */
const conversation = fc.record(
  {
    ticket: fc.oneof(json, fc.constant(false)),
    customer: fc.oneof(
      json,
      fc.record(
        { email: address, emails: fc.oneof(json, fc.array(address, { maxLength: 30 })) },
        { requiredKeys: [] },
      ),
    ),
    __proto__: json,
    user: json,
    mailbox: json,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  bytes,
  json.map((value) => Buffer.from(JSON.stringify(value))),
  conversation.map((value) => Buffer.from(JSON.stringify(value))),
  fc.constant(Buffer.from(requestBody(['fredsmith@mailinator.com']))),
);
const headers = fc.dictionary(token, fc.stringMatching(/^[ -~]{0,40}$/), { maxKeys: 5 });

const unsigned: fc.Arbitrary<Sent> = fc
  .record({
    method: fc.constantFrom(
      'POST',
      'POST',
      'POST',
      'GET',
      'PUT',
      'DELETE',
      'PATCH',
      'OPTIONS',
      'HEAD',
    ),
    path: fc.oneof(
      fc.constant('/helpscout'),
      fc.webPath().map((path) => path || '/'),
      fc.stringMatching(/^\/[!-~]{0,30}$/),
    ),
    headers,
    signature: fc.oneof(
      fc.constant(null),
      fc.base64String({ minLength: 28, maxLength: 28 }),
      fc.stringMatching(/^[ -~]{0,40}$/),
    ),
    body,
  })
  // Whoever asks whether it is alive needs no signature.
  .filter(({ path }) => !/^\/(?:healthz|readyz)/.test(path))
  .map(({ headers, signature, ...rest }) => ({
    ...rest,
    headers: { ...headers, ...(signature !== null && { 'x-helpscout-signature': signature }) },
  }));

const signed: fc.Arbitrary<Sent> = fc.record({ headers, body }).map(({ headers, body }) => ({
  method: 'POST',
  path: '/helpscout',
  headers: {
    ...withoutEncoding(headers),
    'x-helpscout-signature': sign(secretKey, body),
  },
  body,
}));

function withoutEncoding({ ...headers }: Record<string, string>): Record<string, string> {
  delete headers['content-encoding'];
  return headers;
}

/** With how many at once. */
const lanes = 12;
const batch = 500;
const count = times(5_000, 60_000);
/** Node takes some before it first gives any back. */
const mostGrowthMb = 48;

test('strangers get nothing, and whoever signs gets an answer, whatever they send', async (context) => {
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const faults: string[] = [];
  let done = 0;
  let before = 0;
  try {
    const explanation = await explanationOf(agent);
    for (let at = 0; at < count; at += batch) {
      const options = { seed: seed + at, numRuns: batch };
      const strangers = fc.sample(unsigned, options).map((sent) => async () => {
        const { status, text } = await send(agent, sent);
        const mayBe200 = isAskedForExplanation(sent, text, explanation);
        if ((status === 200 && !mayBe200) || status >= 500 || status === 0)
          faults.push(describe(sent, status));
      });
      const helpScouts = fc.sample(signed, options).map((sent) => async () => {
        const { status, text } = await send(agent, sent);
        if (status !== 200 || !hasHtml(text)) faults.push(describe(sent, status));
      });
      const work = strangers.flatMap((one, i) => [one, helpScouts[i] ?? one]);
      await Promise.all(
        Array.from({ length: lanes }, async () => {
          for (let one = work.shift(); one !== undefined; one = work.shift(), done++) await one();
        }),
      );
      if (at + batch === count / 2) before = await memoryMb(house.sidebar.pid);
    }
  } finally {
    agent.destroy();
  }
  const after = await memoryMb(house.sidebar.pid);
  measured(
    context,
    `${digits(done)} requests, ${faults.length} faults, ${before} → ${after} MB in the second half`,
  );
  expect(faults.slice(0, 10)).toEqual([]);
  expect(house.sidebar.isAlive()).toBe(true);
  expect(after - before).toBeLessThan(mostGrowthMb);
}, 1_800_000);

/** What the Callback URL says to whoever opens it in a browser: the same to everybody. */
async function explanationOf(agent: Agent): Promise<string> {
  const sent = { method: 'GET', path: '/helpscout', headers: {}, body: Buffer.alloc(0) };
  const { status, text } = await send(agent, sent);
  expect(status).toBe(200);
  expect(text).toContain('Callback URL');
  return text;
}

function isAskedForExplanation({ method, path }: Sent, text: string, explanation: string): boolean {
  if (!/^\/helpscout(?:\?|$)/.test(path)) return false;
  return (method === 'GET' && text === explanation) || (method === 'HEAD' && text === '');
}

function send(agent: Agent, { method, path, headers, body }: Sent) {
  return new Promise<{ status: number; text: string }>((resolve) => {
    const asked = request(
      {
        ...{ host: '127.0.0.1', port: house.sidebar.port, agent, method, path, timeout: 15_000 },
        headers: { ...headers, 'content-length': body.length },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', () => resolve({ status: 0, text }));
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', (error) => resolve({ status: 0, text: error.message }));
    asked.end(body);
  });
}

const describe = (sent: Sent, status: number) =>
  `${status} for ${JSON.stringify({ ...sent, body: sent.body.toString('latin1') }).slice(0, 500)}`;

function hasHtml(text: string): boolean {
  try {
    return typeof JSON.parse(text).html === 'string';
  } catch {
    return false;
  }
}

/** What the process holds of the machine's memory; 0 where there is no /proc. */
async function memoryMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024);
}
