import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { requestBody } from '../../src/kit/request.ts';
import { houseForAll } from './tools/house.ts';
import { askOnce } from './tools/load.ts';
import { type Exchange, exchange, head, lengthOf, signatureOf } from './tools/raw.ts';
import { measured } from './tools/scale.ts';
import { startSidebar } from './tools/sidebar.ts';

// Bytes as they come, not as a well-behaved client would send them.

const house = houseForAll();

const body = requestBody(['fredsmith@mailinator.com']);
const signed = signatureOf(body);
const length = lengthOf(body);
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const mostBodyBytes = 64 * 1024;

type Case = {
  name: string;
  send: () => Iterable<string | Buffer>;
  /** The status of every answer. */
  get: number[] | 'no answer';
  closes?: boolean;
  /** Who goes on sending may be reset before he reads what was answered. */
  mayBeReset?: boolean;
  forMs?: number;
  also?: (exchange: Exchange) => void;
};

const refused = (name: string, ...parts: string[]): Case => ({
  name,
  send: () => parts,
  get: [400],
  closes: true,
});
const answered = (name: string, status: number, ...parts: (string | Buffer)[]): Case => ({
  name,
  send: () => parts,
  get: [status],
});

function* endless(first: string, part: string, most = 2_000) {
  yield first;
  for (let sent = 0; sent < most; sent++) yield part;
}

/** A signed request with so many headers; Host, signature and length are three of them. */
const headers = (count: number) =>
  head(...Array.from({ length: count - 3 }, (_, i) => `a${i}: 1`), signed, length);

const zeros = gzipSync(Buffer.alloc(50_000_000));

const cases: Case[] = [
  // Two readers of one request must never disagree about where it ends.
  refused('a length beside chunks', head(signed, length, 'Transfer-Encoding: chunked'), body),
  refused('two lengths', head(signed, length, 'Content-Length: 5'), body),
  refused('the same length twice', head(signed, length, length), body),
  refused('a length with a plus', head(signed, length.replace(': ', ': +')), body),
  refused('a length that is no number', head(signed, 'Content-Length: 0x10'), body),
  refused('an unknown transfer encoding', head(signed, 'Transfer-Encoding: xchunked'), body),
  refused('two transfer encodings', head(signed, 'Transfer-Encoding: chunked, identity'), body),
  refused('a space before a colon', head('X-HelpScout-Signature : x', length), body),
  refused('a folded header', head(signed, ' folded', length), body),
  refused('a bare line feed in a header', head(`X-A: a\nX-B: b`, signed, length), body),
  refused('a NUL in a header', head('X-A: a\0b', signed, length), body),
  refused('a hello of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'),
  refused('a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  {
    name: 'a body longer than its length',
    send: () => [head(signed, length) + body + body],
    get: [400],
    closes: true,
  },
  // Too much.
  {
    name: 'a length that is too large, at once and unread',
    send: () => [head(signed, `Content-Length: ${mostBodyBytes + 1}`)],
    get: [413],
    closes: true,
    also: ({ ms, text }) => {
      expect(ms).toBeLessThan(1_000);
      expect(text).toMatch(/^connection: close/im);
    },
  },
  {
    name: 'an endless body in chunks',
    send: () => endless(head(signed, 'Transfer-Encoding: chunked'), chunk(' '.repeat(0x4000))),
    get: [413],
    closes: true,
    mayBeReset: true,
    // What the kernels' buffers take is not what the server read.
    also: ({ sentBytes }) => expect(sentBytes).toBeLessThan(20_000_000),
  },
  {
    name: 'a large body that asks to be continued',
    send: () => [head(signed, 'Content-Length: 100000000', 'Expect: 100-continue')],
    get: [413],
    closes: true,
  },
  {
    name: 'an expectation that nobody knows',
    send: () => [head(signed, length, 'Expect: a-miracle'), body],
    get: [417],
  },
  answered(
    '20 KB of chunk extension',
    413,
    head(signed, 'Transfer-Encoding: chunked'),
    `1;${'x'.repeat(20_000)}\r\n{\r\n`,
  ),
  answered('17 KB of headers', 431, head(`X-Long: ${'x'.repeat(17_000)}`, signed, length), body),
  answered('100 headers', 200, headers(100), body),
  ...[101, 2_000].map(
    (count): Case => ({
      ...answered(`${count} headers`, 431, headers(count), body),
      closes: true,
    }),
  ),
  answered(
    'a gzipped body',
    415,
    head(signatureOf(gzipSync(body)), lengthOf(gzipSync(body)), 'Content-Encoding: gzip'),
    gzipSync(body),
  ),
  answered(
    '50 MB of zeros, zipped',
    415,
    head(signatureOf(zeros), lengthOf(zeros), 'Content-Encoding: gzip'),
    zeros,
  ),
  answered('br', 415, head(signed, length, 'Content-Encoding: br'), body),
  answered('deflate', 415, head(signed, length, 'Content-Encoding: deflate'), body),
  // Odd, and right.
  answered(
    'a body in chunks of one byte',
    200,
    head(signed, 'Transfer-Encoding: chunked'),
    ...[...body].map(chunk),
    '0\r\n\r\n',
  ),
  answered('a header line in pieces of one byte', 200, ...head(signed, length), body),
  answered('a body that asks to be continued', 200, head(signed, length), body),
  answered('no content type', 200, head(signed, length), body),
  answered(
    'a charset of UTF-16',
    200,
    head(signed, length, 'Content-Type: application/json; charset=utf-16'),
    body,
  ),
  answered('a malformed content type', 200, head(signed, length, 'Content-Type: ;;;'), body),
  answered('a signed body of no bytes', 200, head(signatureOf(''), 'Content-Length: 0')),
  answered('a signature between tabs', 200, head(`${signed.replace(': ', ':\t')}\t`, length), body),
  {
    name: 'three requests at once on one connection',
    send: () => [(head(signed, length) + body).repeat(3)],
    get: [200, 200, 200],
    also: ({ text }) => expect(text).toMatch(/^keep-alive: timeout=620/im),
  },
  // Without proof.
  answered('no body and no signature', 403, head('Content-Length: 0')),
  answered('neither a length nor a signature', 403, head()),
  answered('no body, though signed', 403, head(signed, 'Content-Length: 0')),
  answered(
    'a signature behind the body',
    403,
    head('Transfer-Encoding: chunked', 'Trailer: X-HelpScout-Signature'),
    chunk(body),
    `0\r\n${signed}\r\n\r\n`,
  ),
  answered(
    '__proto__ among the headers',
    200,
    head('__proto__: x', 'constructor: y', signed, length),
    body,
  ),
  answered('two signatures', 403, head(signed, signed, length), body),
  // Elsewhere.
  ...['GET', 'HEAD'].map(
    (method): Case => ({
      ...answered(`${method} on the hook`, 200, head(signed).replace('POST', method)),
      also: ({ text }) => {
        expect(text).toMatch(/^content-type: text\/html/im);
        expect(text).not.toContain('Smith &amp; Sons');
      },
    }),
  ),
  ...['GET', 'HEAD'].map((method) =>
    answered(
      `${method} on the hook for a customer, without proof`,
      403,
      head(signed).replace('POST /helpscout', `${method} /helpscout?customer-id=1`),
    ),
  ),
  answered(
    'GET on the search',
    405,
    head(signed).replace('POST /helpscout', 'GET /helpscout/search'),
  ),
  answered(
    'POST on the search without a token',
    403,
    head(signed, length).replace('/helpscout', '/helpscout/search'),
    body,
  ),
  ...['PUT', 'OPTIONS', 'DELETE', 'TRACE'].map(
    (method): Case => ({
      ...answered(`${method} on the hook`, 405, head(signed).replace('POST', method)),
      also: ({ text }) => expect(text).toMatch(/^allow: GET, HEAD, POST/im),
    }),
  ),
  ...['/', '/helpscout//', '//helpscout', '/HELPSCOUT', '/%zz', '/.env', '/helpscout%00'].map(
    (path) => answered(`POST ${path}`, 404, head(signed, length).replace('/helpscout', path), body),
  ),
  {
    name: 'CONNECT',
    send: () => ['CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'],
    get: 'no answer',
    closes: true,
  },
  answered(
    'an upgrade to HTTP/2',
    200,
    head('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: x').replace(
      'POST',
      'GET',
    ),
  ),
  answered(
    'another host in the first line',
    403,
    head(length).replace('/helpscout', 'http://evil.example/helpscout'),
    body,
  ),
  {
    name: 'a body that stops before its end',
    send: () => [head(signed, length), body.slice(0, 20)],
    get: [408],
    closes: true,
    forMs: 12_000,
    also: ({ ms }) => {
      expect(ms).toBeGreaterThan(7_000);
      expect(ms).toBeLessThan(10_500);
    },
  },
  {
    name: 'a connection that never sends anything',
    send: () => [],
    get: [408],
    closes: true,
    forMs: 12_000,
    also: ({ ms }) => {
      expect(ms).toBeGreaterThan(4_000);
      expect(ms).toBeLessThan(7_500);
    },
  },
  {
    name: 'headers that stop before their end',
    send: () => [head(signed, length).slice(0, 40)],
    get: [408],
    closes: true,
    forMs: 12_000,
    also: ({ ms }) => {
      expect(ms).toBeGreaterThan(4_000);
      expect(ms).toBeLessThan(7_500);
    },
  },
];

async function authenticate({
  name,
  send,
  get,
  closes,
  mayBeReset,
  forMs,
  also,
}: Case): Promise<string | null> {
  const expected = get === 'no answer' ? [] : get;
  const result = await exchange(house.sidebar.port, send(), expected.length || 1, forMs ?? 3_000);
  try {
    const wasReset = mayBeReset && result.isClosed && result.statuses.length === 0;
    if (!wasReset) expect(result.statuses).toEqual(expected);
    if (closes) expect(result.isClosed, 'closes').toBe(true);
    also?.(result);
    return null;
  } catch (error) {
    return `${name}: ${(error as Error).message}; after ${result.ms} ms ${JSON.stringify(result.text.slice(0, 300))}`;
  }
}

test('every oddity on a raw socket gets what is listed for it', async (context) => {
  const isSlow = ({ forMs }: Case) => forMs !== undefined;
  const slow = cases.filter(isSlow).map(authenticate);
  const faults: (string | null)[] = [];
  for (const one of cases.filter((one) => !isSlow(one))) faults.push(await authenticate(one));
  faults.push(...(await Promise.all(slow)));
  measured(context, `${cases.length} kinds tried`);
  expect(faults.filter((fault) => fault !== null)).toEqual([]);
  expect(house.sidebar.isAlive()).toBe(true);
});

const ask = async () => {
  const agent = new Agent();
  const outcome = await askOnce(house.sidebar.port, agent, 0);
  agent.destroy();
  return outcome;
};

test('who goes away in the middle leaves nothing behind', async (context) => {
  const broken: Socket[] = [];
  for (let number = 0; number < 200; number++) {
    const socket = connect(house.sidebar.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    const all = head(signed, length) + body;
    socket.write(all.slice(0, 1 + ((number * 13) % all.length)));
    broken.push(socket);
    if (number % 2 === 0) socket.resetAndDestroy();
    else setTimeout(() => socket.destroy(), number % 7);
  }
  await wait(500);
  expect(await ask()).toMatchObject({ status: 200, shown: 'fresh' });
  expect(house.sidebar.isAlive()).toBe(true);
  expect(house.sidebar.printed.text).not.toMatch(/uncaught|unhandled/i);
  measured(context, `${broken.length} connections`);
});

/** How long after its answer the server closed the connection. */
async function closedAfterMs(port: number, act: (socket: Socket) => void): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {}).write(head(signed, length) + body);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
  const answeredAt = performance.now();
  const end = once(socket, 'end');
  act(socket);
  await end;
  socket.destroy();
  return Math.round(performance.now() - answeredAt);
}

test('a connection whose client sends no more is closed: at once, or when it was idle', async (context) => {
  const sidebar = await startSidebar(house.postgres.readerUrl, { KEEP_ALIVE_SECONDS: '2' });
  try {
    const halfClosed = await closedAfterMs(sidebar.port, (socket) => socket.end());
    const vanished = await closedAfterMs(sidebar.port, () => {});
    measured(context, `half closed ${halfClosed} ms; vanished ${vanished} ms after its answer`);
    expect(halfClosed).toBeLessThan(1_000);
    expect(vanished).toBeGreaterThan(1_500);
    expect(vanished).toBeLessThan(5_000);
  } finally {
    await sidebar.stop();
  }
});

test('a server without descriptors left refuses, and recovers by itself', async (context) => {
  const small = await startSidebar(house.postgres.readerUrl, {}, [], 'ulimit -n 64');
  const sockets = Array.from({ length: 200 }, () => connect(small.port, '127.0.0.1'));
  try {
    for (const socket of sockets) socket.on('error', () => {});
    await wait(1_000);
    for (const socket of sockets) socket.destroy();
    const left = performance.now();
    const agent = new Agent();
    // What still waits to be accepted comes before us.
    let { status } = await askOnce(small.port, agent, 0);
    while (status !== 200 && performance.now() - left < 3_000) {
      await wait(100);
      ({ status } = await askOnce(small.port, agent, 0));
    }
    agent.destroy();
    expect(status).toBe(200);
    expect(small.isAlive()).toBe(true);
    const back = Math.round(performance.now() - left);
    measured(context, `200 connections, 64 descriptors, back after ${back} ms`);
  } finally {
    await small.stop();
  }
});
