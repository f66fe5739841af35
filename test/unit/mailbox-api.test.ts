import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createMailboxApi, type MailboxError } from '../../src/helpscout/mailbox-api.ts';
import {
  answer,
  type Interfere,
  standInCredentials,
  startMailboxStandIn,
} from '../../src/kit/demo/mailbox-stand-in.ts';
import { now } from '../examples.ts';

const customers = new Map([
  ['1', ['Fred@Example.com', 'fred.smith@example.com']],
  ['2', []],
  ['3', ['tina@example.com']],
]);
const token = 'POST /v2/oauth2/token';

afterEach(() => void vi.restoreAllMocks());

/** A Mailbox API that does as told, and whoever asks it, with a clock that is moved by hand. */
async function scene(interfere: Interfere = () => false, changes: object = {}) {
  const standIn = await startMailboxStandIn(customers, interfere);
  onTestFinished(standIn.close);
  const clock = { now: now.getTime() };
  const findAddresses = createMailboxApi({
    ...standInCredentials,
    baseUrl: standIn.url,
    now: () => new Date(clock.now),
    ...changes,
  });
  const wait = (ms: number) => {
    clock.now += ms;
  };
  return { findAddresses, wait, calls: standIn.calls };
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    ({ name, reason, class: failure }: MailboxError) => ({ name, reason, class: failure }),
  );

test('gives a customer’s addresses, folded, with one token for all', async () => {
  const { findAddresses, calls } = await scene();
  expect(await findAddresses('1')).toEqual(['fred@example.com', 'fred.smith@example.com']);
  expect(await findAddresses('3')).toEqual(['tina@example.com']);
  expect(calls).toEqual([token, 'GET /v2/customers/1', 'GET /v2/customers/3']);
});

test('remembers addresses for a minute, but not that there are none', async () => {
  const { findAddresses, wait, calls } = await scene();
  for (const id of ['1', '1', '2', '2']) await findAddresses(id);
  expect(calls.filter((call) => call.endsWith('/1'))).toHaveLength(1);
  expect(calls.filter((call) => call.endsWith('/2'))).toHaveLength(2);
  wait(60_001);
  await findAddresses('1');
  expect(calls.filter((call) => call.endsWith('/1'))).toHaveLength(2);
});

// Five hundred requests take their time on a machine that is busy.
test('remembers 500 customers at most', { timeout: 120_000 }, async () => {
  const emails = new Map(Array.from({ length: 501 }, (_, i) => [String(i), [`${i}@x.example`]]));
  const standIn = await startMailboxStandIn(emails);
  onTestFinished(standIn.close);
  const findAddresses = createMailboxApi({ ...standInCredentials, baseUrl: standIn.url });
  for (const id of emails.keys()) await findAddresses(id);
  const before = standIn.calls.length;
  await findAddresses('500');
  expect(standIn.calls.length).toBe(before);
  await findAddresses('0');
  expect(standIn.calls.length).toBe(before + 1);
});

test('asks once for twenty tabs that ask together', async () => {
  const { findAddresses, calls } = await scene();
  await Promise.all(Array.from({ length: 20 }, () => findAddresses('1')));
  expect(calls).toEqual([token, 'GET /v2/customers/1']);
});

test('fetches one token for many customers that are asked for together', async () => {
  const { findAddresses, calls } = await scene();
  await Promise.all(['1', '2', '3'].map(findAddresses));
  expect(calls.filter((call) => call === token)).toHaveLength(1);
});

test('renews the token five minutes before it ends', async () => {
  const { findAddresses, wait, calls } = await scene();
  await findAddresses('1');
  wait(172_800_000 - 300_001);
  await findAddresses('1');
  expect(calls.filter((call) => call === token)).toHaveLength(1);
  wait(60_001);
  await findAddresses('1');
  expect(calls.filter((call) => call === token)).toHaveLength(2);
});

test('renews the token once when it was withdrawn, and tells nobody', async () => {
  let isWithdrawn = false;
  const { findAddresses, calls } = await scene((req, res) => {
    if (!isWithdrawn || req.method === 'POST') return false;
    isWithdrawn = false;
    answer(res, 401, { error: 'invalid_token' });
    return true;
  });
  await findAddresses('1');
  isWithdrawn = true;
  expect(await findAddresses('3')).toEqual(['tina@example.com']);
  expect(calls.filter((call) => call === token)).toHaveLength(2);
});

const always =
  (status: number, body: unknown, path: RegExp, headers: Record<string, string> = {}): Interfere =>
  (req, res) => {
    if (!path.test(req.url ?? '')) return false;
    res.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
    return true;
  };
const customer = /customers/;
const tokens = /token/;
const fresh = { access_token: 'abc', expires_in: 172_800 };

describe('throws', () => {
  test.each([
    ['credentials refused', always(401, {}, tokens), 'refused', 'mailbox_token_401'],
    ['credentials not understood', always(400, {}, tokens), 'refused', 'mailbox_token_400'],
    ['credentials without rights', always(403, {}, tokens), 'refused', 'mailbox_token_403'],
    ['the token refused twice', always(401, {}, customer), 'refused', 'mailbox_401'],
    ['the customer forbidden', always(403, {}, customer), 'refused', 'mailbox_403'],
    ['no such customer', always(404, {}, customer), 'unknown', 'mailbox_404'],
    ['too many calls', always(429, {}, customer), 'busy', 'mailbox_429'],
    ['too many calls for a token', always(429, {}, tokens), 'busy', 'mailbox_token_429'],
    ['a failure', always(500, 'oops', customer), 'unreachable', 'mailbox_500'],
    ['a failure of the token', always(503, '', tokens), 'unreachable', 'mailbox_token_503'],
    ['no JSON', always(200, '<html>', customer), 'unreachable', 'mailbox_malformed'],
    ['nothing', always(200, '', customer), 'unreachable', 'mailbox_malformed'],
    ['another shape', always(200, { emails: [] }, customer), 'unreachable', 'mailbox_malformed'],
    [
      'addresses that are no list',
      always(200, { _embedded: { emails: 'a@x.y' } }, customer),
      'unreachable',
      'mailbox_malformed',
    ],
    ['a list', always(200, [], customer), 'unreachable', 'mailbox_malformed'],
    ['no token', always(200, {}, tokens), 'unreachable', 'mailbox_token_malformed'],
    [
      'a token with a line feed',
      always(200, { ...fresh, access_token: 'a\r\nX: y' }, tokens),
      'unreachable',
      'mailbox_token_malformed',
    ],
    [
      'a token that has ended',
      always(200, { ...fresh, expires_in: 0 }, tokens),
      'unreachable',
      'mailbox_token_malformed',
    ],
    [
      'an answer without end',
      always(200, 'x'.repeat(2_000_000), customer),
      'unreachable',
      'mailbox_too_large',
    ],
  ])('what it got: %s', async (_, interfere, reason, failure) => {
    const { findAddresses } = await scene(interfere);
    expect(await failureOf(findAddresses('1'))).toEqual({
      name: 'MailboxError',
      reason,
      class: failure,
    });
  });

  test('and follows no redirect, along which the token would go', async () => {
    const elsewhere = await startMailboxStandIn(customers);
    onTestFinished(elsewhere.close);
    const location = { Location: `${elsewhere.url}/v2/customers/1` };
    const { findAddresses } = await scene(always(302, '', customer, location));
    expect(await failureOf(findAddresses('1'))).toMatchObject({ class: 'mailbox_302' });
    expect(elsewhere.calls).toEqual([]);
  });

  test('that nothing listens, or that the connection broke', async () => {
    const gone = await startMailboxStandIn(customers);
    await gone.close();
    const { findAddresses } = await scene(undefined, { baseUrl: gone.url });
    expect(await failureOf(findAddresses('1'))).toMatchObject({ class: 'mailbox_ECONNREFUSED' });
    const broken = await scene((req) => {
      req.socket.destroy();
      return true;
    });
    expect(await failureOf(broken.findAddresses('1'))).toMatchObject({ reason: 'unreachable' });
  });

  test('nothing that names the customer, the token or the secret', async () => {
    for (const body of ['{"_embedded":{"emails":"canary@example.com"}}', 'canary {']) {
      const { findAddresses } = await scene(always(200, body, customer));
      const error = await findAddresses('1').catch((thrown: unknown) => thrown);
      expect(`${error}${JSON.stringify(error)}`).not.toMatch(/canary|stand-in|4a1dd9c5/);
    }
  });
});

test('takes addresses only as they are documented', async () => {
  const emails = [{ value: 'a@x.example' }, { value: 7 }, 'b@x.example', null, { value: 'no' }];
  const { findAddresses } = await scene(always(200, { _embedded: { emails } }, customer));
  expect(await findAddresses('1')).toEqual(['a@x.example']);
});

test('takes a customer without a list for one without addresses', async () => {
  const { findAddresses } = await scene(always(200, { _embedded: {} }, customer));
  expect(await findAddresses('1')).toEqual([]);
});

test('has the answer of a slow call for the next try, and calls once', async () => {
  const { findAddresses, calls } = await scene((req, res) => {
    if (req.method === 'POST') return false;
    const emails = [{ value: 'a@x.example' }];
    setTimeout(() => answer(res, 200, { _embedded: { emails } }), 1_600);
    return true;
  });
  await Promise.race([findAddresses('1'), wait(1_200)]);
  expect(await findAddresses('1')).toEqual(['a@x.example']);
  expect(calls.filter((call) => call.startsWith('GET'))).toHaveLength(1);
});

test.each([
  ['Retry-After', '7', 7_000],
  ['X-RateLimit-Retry-After', '10', 10_000],
  ['X-Other', '7', 60_000],
  ['Retry-After', 'Sun, 22 Nov 2026 15:15:00 GMT', 60_000],
  ['Retry-After', '86400', 900_000],
])('asks nothing while it was told to wait: %s: %s', async (name, value, delayMs) => {
  let isFull = true;
  const { findAddresses, wait, calls } = await scene((req, res) =>
    isFull ? always(429, {}, customer, { [name]: value })(req, res) : false,
  );
  await failureOf(findAddresses('1'));
  isFull = false;
  const before = calls.length;
  wait(delayMs - 1);
  expect(await failureOf(findAddresses('3'))).toMatchObject({
    reason: 'busy',
    class: 'mailbox_closed',
  });
  expect(calls.length).toBe(before);
  wait(1);
  expect(await findAddresses('3')).toEqual(['tina@example.com']);
});

test('asks Help Scout itself unless told otherwise, and sends the secret in the body alone', async () => {
  const asked: { url: string; init: RequestInit }[] = [];
  const findAddresses = createMailboxApi({
    ...standInCredentials,
    fetch: async (url, init) => {
      asked.push({ url: String(url), init: init ?? {} });
      const body = String(url).endsWith('token') ? fresh : { _embedded: { emails: [] } };
      return Response.json(body);
    },
  });
  await findAddresses('7');
  expect(asked.map(({ url }) => url)).toEqual([
    'https://api.helpscout.net/v2/oauth2/token',
    'https://api.helpscout.net/v2/customers/7',
  ]);
  expect(String(asked[0]?.init.body)).toBe(
    'grant_type=client_credentials&client_id=stand-in&client_secret=stand-in-app-secret',
  );
  expect(asked[1]?.init.headers).toMatchObject({ Authorization: 'Bearer abc' });
});
