import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { LookupError } from '../../src/domain/account.ts';
import { outcomes, refusals } from '../../src/domain/observer.ts';
import { createMailboxApi, MailboxError } from '../../src/helpscout/mailbox-api.ts';
import { sign } from '../../src/helpscout/signature.ts';
import { createApp, type Dependencies } from '../../src/http/app.ts';
import { listen } from '../../src/http/listen.ts';
import { requestBody } from '../../src/kit/request.ts';
import { createCounters } from '../../src/server/metrics/counters.ts';
import {
  isOurName,
  type MetricsServerOptions,
  serveMetrics,
} from '../../src/server/metrics/serve.ts';
import { emptiest } from '../../src/sidebar/samples.ts';
import { createDemoDatabase } from '../databases.ts';
import {
  addressFor,
  dependencies,
  eventually,
  headersFor,
  now,
  secretKey,
  withSlack,
} from '../examples.ts';
import { runServer, startServer, startServerWithMetrics, stopServers } from '../server-process.ts';
import { alerts, dashboard, expressions } from '../watching.ts';

const previous = { secretKey: 'the-key-that-was-before', until: new Date('2027-01-31T00:00:00Z') };

const prefix = 'helpscout_sidebar_';

/** /metrics and /status of invented sources, which are closed when the test ends. */
async function openMetrics(changes: Partial<MetricsServerOptions> = {}): Promise<string> {
  const { port, close } = await serveMetrics({
    ...{ port: 0, host: '127.0.0.1', version: '1.2.3', now: () => new Date() },
    counters: createCounters(),
    connections: {
      counts: () => ({ open: 3, idle: 1, waiting: 2 }),
      isConnected: () => true,
    },
    waitedMs: () => ({ usual: 4, longest: 250 }),
    previousKeyEnds: previous.until,
    ...changes,
  });
  onTestFinished(close);
  return `http://127.0.0.1:${port}`;
}

/** An app and its metrics, which are closed when the test ends. */
async function startWatched(changes: Partial<Dependencies> = {}) {
  const counters = createCounters();
  const app = createApp({
    ...dependencies(),
    secretKeys: { secretKey, previous },
    ...changes,
    observer: counters.observer,
  });
  const served = await listen(app, 0, '127.0.0.1');
  onTestFinished(served.close);
  const metricsUrl = await openMetrics({ counters });
  const url = `http://127.0.0.1:${served.port}`;
  return {
    ...{ counters, url, metricsUrl },
    post: (body: string, headers: Record<string, string> = headersFor(body)) =>
      fetch(`${url}/helpscout`, { method: 'POST', headers, body }),
    count: async (name: string, labels: Record<string, string> = {}) =>
      sumOf(await load(`${metricsUrl}/metrics`), name, labels),
  };
}

const load = async (url: string) => (await fetch(url)).text();

/** The sum of the samples with this name and these labels, in Prometheus's text format. */
function sumOf(text: string, name: string, labels: Record<string, string> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const samples = text.split('\n').filter((line) => line.startsWith(prefix));
  let sum = 0;
  for (const sample of samples) {
    const [, its, pairs = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(sample) ?? [];
    if (its === prefix + name && wanted.every((pair) => pairs.split(',').includes(pair)))
      sum += Number(value);
  }
  return sum;
}

/** Each of them, none of which happened. */
const none = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 0]));

const robin = requestBody(['robin@example.com']);

describe('after known traffic', () => {
  test('answers are counted by endpoint and outcome, and how long they took', async () => {
    const findAccounts = vi.fn(async (emails: readonly string[]) =>
      emails.includes('robin@example.com') ? [{ ...emptiest, email: 'robin@example.com' }] : [],
    );
    const findAddresses = async () => ['robin@example.com'];
    const { url, post, count } = await startWatched({ findAccounts, findAddresses });
    for (let i = 0; i < 3; i++) await post(robin);
    await post(requestBody(['nobody@example.com']));
    await post(requestBody([]));
    await post('no json');
    const page = await (await fetch(url + addressFor('7'))).text();
    const token = /data-token="([^"]+)"/.exec(page)?.[1] ?? '';
    const search = (email: string) =>
      fetch(`${url}/helpscout/search`, {
        method: 'POST',
        headers: { 'X-Search-Token': token },
        body: JSON.stringify({ email }),
      });
    await search('robin@example.com');
    await search('no address');

    const all = {
      legacy: { found: 3, nobody: 1, no_address: 1, unreadable: 1 },
      platform: { found: 1 },
      search: { found: 1, not_an_address: 1 },
    };
    for (const [endpoint, counts] of Object.entries(all)) {
      for (const [outcome, times] of Object.entries({ ...none(outcomes), ...counts })) {
        const counted = await count('answers_total', { endpoint, outcome });
        expect([endpoint, outcome, counted]).toEqual([endpoint, outcome, times]);
      }
      const answered = Object.values(counts).reduce((a, b) => a + b);
      expect(await count('answer_seconds_count', { endpoint })).toBe(answered);
      expect(await count('answer_seconds_bucket', { endpoint, le: '+Inf' })).toBe(answered);
    }
    expect(await count('lookup_seconds_count')).toBe(6);
    expect(findAccounts).toHaveBeenCalledTimes(6);
    expect(await count('signatures_total', { key: 'current' })).toBe(7);
    expect(await count('signatures_total', { key: 'previous' })).toBe(0);
    expect(await count('refusals_total')).toBe(0);
  });

  test('refusals are counted by class, all of a flood', async () => {
    const { url, post, count } = await startWatched();
    const header = (signature: string) => ({ 'X-HelpScout-Signature': signature });
    for (let i = 0; i < 120; i++) await post(robin, {});
    await post(robin, header('sha1=x'));
    await post(robin, header(''));
    await post(robin, header(sign(secretKey, `${robin}\n`)));
    await post(robin, header(sign('another-key-of-some-length', robin)));
    await fetch(`${url}/helpscout/search`, { method: 'POST', body: '{}' });
    await fetch(`${url}${addressFor('7')}x`);
    await fetch(`${url}/nowhere`);
    const counts = { missing: 120, shape: 2, empty: 1, newline: 1, mismatch: 1, search_token: 1 };
    for (const [name, times] of Object.entries({ ...none(refusals), ...counts }))
      expect([name, await count('refusals_total', { class: name })]).toEqual([name, times]);
    expect(await count('rejections_total', { class: '404' })).toBe(1);
    expect(await count('answers_total')).toBe(0);
    expect(await count('lookup_seconds_count')).toBe(0);
  });

  test('the key before is told from the present one', async () => {
    const { post, count } = await startWatched();
    await post(robin);
    await post(robin, { 'X-HelpScout-Signature': sign(previous.secretKey, robin) });
    await post(robin, { 'X-HelpScout-Signature': sign(previous.secretKey, robin) });
    expect(await count('signatures_total', { key: 'current' })).toBe(1);
    expect(await count('signatures_total', { key: 'previous' })).toBe(2);
    expect(await count('previous_key_end_timestamp_seconds')).toBe(previous.until.getTime() / 1e3);
  });

  test('counts stale answers, error messages and the failure class of a database that fails', async () => {
    let failure: LookupError | Error | null = null;
    const findAccounts = async () => {
      if (failure) throw failure;
      return [{ ...emptiest, email: 'robin@example.com' }];
    };
    const { post, count } = await startWatched({ findAccounts });
    await post(robin);
    failure = new LookupError('unreachable', 'ECONNREFUSED', {});
    await post(robin);
    await post(requestBody(['other@example.com']));
    failure = new LookupError('misconfigured', '42P01', {});
    await post(robin);
    failure = new LookupError('busy', 'pooler_exhausted', {});
    await post(requestBody(['other@example.com']));
    failure = new LookupError('unreachable', 'X9canary', {});
    await post(requestBody(['other@example.com']));
    failure = new TypeError('canary');
    await post(robin);
    const outcome = (name: string) => count('answers_total', { endpoint: 'legacy', outcome: name });
    expect(await outcome('found')).toBe(1);
    expect(await outcome('stale')).toBe(1);
    expect(await outcome('unreachable')).toBe(2);
    expect(await outcome('misconfigured')).toBe(1);
    expect(await outcome('busy')).toBe(1);
    expect(await outcome('broken')).toBe(1);
    const failed = (name: string) => count('lookup_failures_total', { class: name });
    expect(await failed('ECONNREFUSED')).toBe(2);
    expect(await failed('42P01')).toBe(1);
    expect(await failed('pooler_exhausted')).toBe(1);
    expect(await failed('other')).toBe(2);
    expect(await count('lookup_failures_total')).toBe(6);
  });

  test('lookups under way are seen while they are, and too many of them', async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const findAccounts = () => gate.then(() => []);
    const { post, count } = await startWatched({ findAccounts });
    const asked = Array.from({ length: 70 }, (_, i) => post(requestBody([`${i}@example.com`])));
    await eventually(async () => expect(await count('answers_total', { outcome: 'busy' })).toBe(6));
    expect(await count('lookups_in_flight')).toBe(64);
    go();
    await Promise.all(asked);
    expect(await count('lookups_in_flight')).toBe(0);
    expect(await count('answers_total')).toBe(70);
  });

  test('a signature that comes again and again is counted once in the hour', async () => {
    const { post, count } = await startWatched();
    for (let i = 0; i < 62; i++) await post(robin);
    expect(await count('repeated_signatures_total')).toBe(1);
  });

  test('calls of the Mailbox API are counted by how they ended', async () => {
    const counters = createCounters();
    let time = now.getTime();
    const later = () => {
      // So that each call needs a token of its own.
      time += 6_000;
      return new Date(time);
    };
    const statuses = [200, 200, 200, 404, 200, 429];
    const fetchOne = async (url: unknown) => {
      const status = statuses.shift() ?? 500;
      const body = String(url).endsWith('/token')
        ? { access_token: 'x', expires_in: 10 }
        : { _embedded: { emails: [{ value: 'robin@example.com' }] } };
      return new Response(JSON.stringify(body), { status });
    };
    const api = createMailboxApi({
      ...{ appId: 'a', appSecret: 'b', onCall: counters.onMailboxCall },
      fetch: fetchOne as typeof fetch,
      now: () => later(),
    });
    await api('1');
    await api('2').catch(() => {});
    await api('3').catch((error) => expect(error).toBeInstanceOf(MailboxError));
    await api('4').catch(() => {});
    expect(counters.totals.mailboxCalls).toMatchObject({ answered: 4, not_found: 1, too_many: 1 });
    expect(counters.totals.mailboxCalls['left_alone']).toBe(1);
  });

  test('what the log warns of the database, and the lines that it dropped, are counted', async () => {
    const { counters, count } = await startWatched();
    const log = counters.countEvents(dependencies().log);
    log.warn({ event: 'pool_replaced', class: 'query_timeout' });
    log.warn({ event: 'unasked_rows', count: 3 });
    log.warn({ event: 'toString' });
    counters.onLineDropped();
    expect(await count('database_events_total', { event: 'pool_replaced' })).toBe(1);
    expect(await count('database_events_total', { event: 'unasked_rows' })).toBe(1);
    expect(await count('database_events_total')).toBe(2);
    expect(await count('log_lines_dropped_total')).toBe(1);
  });

  test('values that cannot be read are counted by the column of the query', async () => {
    const { counters, count, metricsUrl } = await startWatched();
    const log = counters.countEvents(dependencies().log);
    log.warn({ event: 'value_unreadable', column: 'plan_expires_at', count: 3 });
    log.warn({ event: 'value_unreadable', column: 'plan_expires_at', class: '22P02', count: 1 });
    log.warn({ event: 'value_too_large', column: 'Own "notes"' });
    expect(await count('unreadable_values_total', { column: 'plan_expires_at' })).toBe(4);
    expect(await count('unreadable_values_total')).toBe(5);
    expect(await load(`${metricsUrl}/status`)).toContain('plan_expires_at');
  });

  test('what is not counted but so now is read when somebody asks', async () => {
    const { count, metricsUrl } = await startWatched();
    expect(await count('pool_connections')).toBe(3);
    expect(await count('pool_idle_connections')).toBe(1);
    expect(await count('pool_waiting_lookups')).toBe(2);
    expect(await count('event_loop_lag_seconds')).toBe(0.004);
    expect(await count('event_loop_longest_lag_seconds')).toBe(0.25);
    expect(await count('database_up')).toBe(1);
    expect(await count('build_info', { version: '1.2.3', node: process.version })).toBe(1);
    expect(await (await fetch(`${metricsUrl}/metrics`)).text()).toContain(
      'process_cpu_seconds_total',
    );
  });
});

describe('the port', () => {
  test('serves metrics and the status page, and nothing else, which nobody may keep', async () => {
    const { metricsUrl } = await startWatched();
    for (const [method, path, status, type] of [
      ['GET', '/metrics', 200, 'text/plain; version=0.0.4; charset=utf-8'],
      ['HEAD', '/metrics', 200, 'text/plain; version=0.0.4; charset=utf-8'],
      ['GET', '/status', 200, 'text/html; charset=utf-8'],
      ['HEAD', '/status', 200, 'text/html; charset=utf-8'],
      ['GET', '/status?x', 200, 'text/html; charset=utf-8'],
      ['GET', '/', 302, 'text/plain; charset=utf-8'],
      ['POST', '/metrics', 405, 'text/plain; charset=utf-8'],
      ['DELETE', '/status', 405, 'text/plain; charset=utf-8'],
      ['GET', '/metrics/', 404, 'text/plain; charset=utf-8'],
      ['GET', '/helpscout', 404, 'text/plain; charset=utf-8'],
      ['GET', '/healthz', 404, 'text/plain; charset=utf-8'],
      ['GET', '/constructor', 404, 'text/plain; charset=utf-8'],
      ['GET', '/__proto__', 404, 'text/plain; charset=utf-8'],
    ] as const) {
      const response = await fetch(metricsUrl + path, { method, redirect: 'manual' });
      expect([method, path, response.status]).toEqual([method, path, status]);
      expect(response.headers.get('content-type')).toBe(type);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      const text = await response.text();
      if (method === 'HEAD') expect(text).toBe('');
      if (status === 302) expect(response.headers.get('location')).toBe('status');
      if (status === 405) expect(response.headers.get('allow')).toBe('GET, HEAD');
    }
  });

  const statusFor = (url: string, Host: string) =>
    new Promise((resolve, reject) => {
      get(`${url}/status`, { headers: { Host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });

  test.each([
    ['127.0.0.1:9464', 200],
    ['[::1]:9464', 200],
    ['10.1.2.3', 200],
    ['localhost:9464', 200],
    ['sidebar-metrics:9464', 200],
    ['metrics.internal:9464', 403],
    ['127.0.0.1.evil.test:9464', 403],
    ['evil.test', 403],
  ])('answers Host %s with %s, against DNS rebinding', async (host, status) => {
    expect(await statusFor(await openMetrics(), host)).toBe(status);
  });

  test('answers to the name in METRICS_HOST, and to no other with a dot', () => {
    expect(isOurName('metrics.internal', 'Metrics.internal:9464')).toBe(true);
    expect(isOurName('metrics.internal', 'evil.metrics.internal:9464')).toBe(false);
  });

  test('answers once for each connection, and makes one answer for all who ask at once', async () => {
    const waitedMs = vi.fn(() => ({ usual: 4, longest: 250 }));
    const url = await openMetrics({ waitedMs });
    await load(`${url}/metrics`);
    const before = waitedMs.mock.calls.length;
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_000));
    await once(socket, 'close');
    // Each answer asks for two numbers.
    expect(waitedMs.mock.calls.length - before).toBeLessThan(40);
  });

  test('says so when the metrics cannot be read, and goes on', async () => {
    let isBroken = false;
    const url = await openMetrics({
      connections: {
        counts: () => {
          if (isBroken) throw new Error('canary');
          return { open: 1, idle: 1, waiting: 0 };
        },
        isConnected: () => true,
      },
    });
    isBroken = true;
    for (const path of ['/metrics', '/status']) {
      const response = await fetch(url + path);
      expect([path, response.status]).toEqual([path, 500]);
      expect(await response.text()).toBe('the metrics could not be read\n');
    }
    isBroken = false;
    expect(await load(`${url}/status`)).toContain('All is well');
  });
});

describe('the built server', () => {
  let databaseUrl: string;
  const settings = () => ({ HELPSCOUT_SECRET_KEY: secretKey, DATABASE_URL: databaseUrl });

  beforeAll(async () => {
    databaseUrl = await createDemoDatabase(now);
  });
  afterEach(stopServers);

  test('opens no other port by itself, and does not load prom-client', async () => {
    const tell = `process.on('SIGUSR2', async () => {
      const { default: module } = await import('node:module');
      const isLoaded = Object.keys(module._cache).some((file) => file.includes('prom-client'));
      const ports = process.getActiveResourcesInfo().filter((one) => one === 'TCPServerWrap');
      console.log('told', JSON.stringify({ isLoaded, ports: ports.length }));
    })`;
    const toldBy = async ({ child, printed }: Awaited<ReturnType<typeof startServer>>) => {
      child.kill('SIGUSR2');
      await eventually(() => expect(printed.text).toContain('told'));
      return JSON.parse(/told (.*)/.exec(printed.text)?.[1] ?? '');
    };
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(tell)}`;
    const inProduction = { ...settings(), NODE_ENV: 'production', HOST: '127.0.0.1' };
    const off = await startServer({ ...inProduction, NODE_OPTIONS });
    expect(await toldBy(off)).toEqual({ isLoaded: false, ports: 1 });
    expect(off.printed.text).not.toContain('"metrics_listening"');
    const on = await startServerWithMetrics({ ...inProduction, NODE_OPTIONS });
    expect(await toldBy(on)).toEqual({ isLoaded: true, ports: 2 });
  });

  test('shows nothing of a customer, a caller or a key, whatever was asked', async () => {
    const { port, metricsPort } = await startServerWithMetrics({
      ...settings(),
      HELPSCOUT_SECRET_KEY_PREVIOUS: 'canary-of-a-previous-key',
      HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL: '2099-01-01',
      HELPSCOUT_APP_ID: 'canaryOfAnAppId',
      HELPSCOUT_APP_SECRET: 'canaryOfAnAppSecret',
    });
    const url = `http://127.0.0.1:${port}`;
    const bodies = [
      requestBody(['fredsmith@mailinator.com', 'canary-of-an-address@example.com']),
      requestBody(['canary-of-a-stranger@example.com']),
      '{"canary-of-a-body":',
    ];
    for (const body of bodies) {
      await fetch(`${url}/helpscout`, { method: 'POST', headers: headersFor(body), body });
      await fetch(`${url}/helpscout`, { method: 'POST', body });
      await fetch(`${url}/helpscout`, {
        method: 'POST',
        headers: { 'X-HelpScout-Signature': 'canary-of-a-signature' },
        body,
      });
    }
    await fetch(`${url}/canary-of-a-path?canary-of-a-query`, {
      headers: { 'User-Agent': 'canary-of-an-agent' },
    });
    await fetch(`http://127.0.0.1:${metricsPort}/canary-of-a-path`);
    const metrics = await load(`http://127.0.0.1:${metricsPort}/metrics`);
    expect(metrics).toContain('answers_total{endpoint="legacy",outcome="found"} 1');
    const status = await load(`http://127.0.0.1:${metricsPort}/status`);
    expect(status).toContain('found</th><td>1</td>');
    expect(status).toContain('missing</th><td>3</td>');
    const { password } = new URL(databaseUrl);
    const personal = ['canary', 'mailinator', 'example', 'Smith', secretKey, password];
    for (const text of [metrics, status])
      for (const word of personal) expect(text.toLowerCase()).not.toContain(word.toLowerCase());
  }, 30_000);

  test('counts the rows of other customers that a query returns, and shows none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'query-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'account.sql');
    writeFileSync(file, 'select email from users where $1::text[] is not null limit 3');
    const { port, metricsPort } = await startServerWithMetrics({
      ...settings(),
      ACCOUNT_QUERY_FILE: file,
    });
    const body = requestBody(['stranger@example.com']);
    const url = `http://127.0.0.1:${port}/helpscout`;
    const response = await fetch(url, { method: 'POST', headers: headersFor(body), body });
    expect(await response.text()).toContain('No account found');
    const metrics = await load(`http://127.0.0.1:${metricsPort}/metrics`);
    expect(sumOf(metrics, 'database_events_total', { event: 'unasked_rows' })).toBe(1);
  });

  test('names METRICS_PORT when it is taken, before agents find the server open', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const { child, printed } = runServer({ ...settings(), METRICS_PORT: String(port) });
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(printed.text).toContain(
      `METRICS_PORT ${port} is taken by another program: stop that one, or set METRICS_PORT to another`,
    );
    expect(printed.text).not.toContain('"listening"');
  });

  test('names METRICS_HOST when it is not of this machine', async () => {
    const nowhere = { METRICS_PORT: '0', METRICS_HOST: '192.0.2.1' };
    const { child, printed } = runServer({ ...settings(), ...nowhere });
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(printed.text).toContain(
      'METRICS_HOST must be an address of this machine, but is "192.0.2.1"',
    );
  });

  test('closes the port when it stops, though a browser keeps its connection', async () => {
    const { child, metricsPort } = await startServerWithMetrics(settings());
    const address = `http://127.0.0.1:${metricsPort}/status`;
    expect((await fetch(address)).status).toBe(200);
    const started = performance.now();
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
    expect(performance.now() - started).toBeLessThan(withSlack(4_000));
    await expect(
      new Promise((resolve, reject) => get(address, resolve).on('error', reject)),
    ).rejects.toThrow('ECONNREFUSED');
  });

  test('says in its status that the database is down, and why', async () => {
    const { metricsPort } = await startServerWithMetrics({
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      DATABASE_URL: 'postgres://127.0.0.1:1/none',
      HELPSCOUT_SECRET_KEY: secretKey,
    });
    const page = await (await fetch(`http://127.0.0.1:${metricsPort}/status`)).text();
    expect(page).toContain('The database does not answer');
    expect(page).toContain('Something is wrong');
    expect(page).toContain('connection refused (ECONNREFUSED). Start Postgres');
    expect(page).toContain('The doctor says more');
    expect(page).toMatch(/<strong>down<\/strong> <span>—</);
  });

  test('an idle server has two connections, and no lookup in flight or waiting', async () => {
    const { metricsPort } = await startServerWithMetrics(settings());
    const url = `http://127.0.0.1:${metricsPort}`;
    const [page, ...texts] = await Promise.all([
      load(`${url}/status`),
      ...Array.from({ length: 5 }, () => load(`${url}/metrics`)),
    ]);
    expect(page).toMatch(/0 of 2 busy<\/strong> <span>0 lookups waiting/);
    for (const text of texts) {
      expect(text).toContain('database_up 1');
      expect(sumOf(text, 'pool_waiting_lookups')).toBe(0);
      expect(sumOf(text, 'pool_idle_connections')).toBe(2);
      expect(sumOf(text, 'lookup_seconds_count')).toBe(0);
    }
  });

  test('exports what the documentation, the dashboard and the alerts name, and no more', async () => {
    const { metricsPort } = await startServerWithMetrics({
      ...settings(),
      ...{ NODE_ENV: 'production', HOST: '127.0.0.1' },
      HELPSCOUT_SECRET_KEY_PREVIOUS: 'the-key-that-was-before-it',
      HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL: '2099-01-01',
    });
    const text = await load(`http://127.0.0.1:${metricsPort}/metrics`);
    expect(text).toContain('database_up 1');
    const exported = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    const ours = exported.filter((name) => name.startsWith(prefix));
    expect(ours.length).toBeGreaterThan(15);

    const page = readFileSync(new URL('../../docs/watching.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name);
    expect(documented.filter((name) => name.startsWith(prefix)).sort()).toEqual(ours.sort());

    const used = [...expressions(dashboard()).map(({ expr }) => expr), alerts()].join('\n');
    const names = used.match(/\b(?:helpscout_sidebar|process|nodejs)_\w+/g) ?? [];
    expect(names.length).toBeGreaterThan(30);
    for (const name of names)
      expect(exported, name).toContain(name.replace(/_(?:bucket|sum|count)$/, ''));
    // What is counted for nobody to see need not be counted.
    for (const name of ours) expect(used, name).toContain(name);

    const alertNames = [...alerts().matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
    for (const name of alertNames) expect(page, name).toContain(`| \`${name}\` |`);
  });
});

test('the dashboard asks the data source that is chosen, in panels that do not overlap', () => {
  const { panels, templating } = dashboard();
  expect(templating.list.map(({ type }) => type)).toEqual(['datasource', 'query', 'query']);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const taken = new Set<string>();
  for (const { title, datasource, gridPos, targets } of panels) {
    for (const source of [datasource, ...targets.map((target) => target.datasource)])
      expect(source.uid, title).toMatch(/^\$\{datasource\}$/);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(x, title).toBeLessThan(24);
        expect(taken.has(`${x} ${y}`), title).toBe(false);
        taken.add(`${x} ${y}`);
      }
  }
});

test('each alert says what it is, and what to do', () => {
  const each = alerts().split('- alert: ').slice(1);
  expect(each.length).toBeGreaterThan(10);
  for (const text of each)
    expect(text).toMatch(/severity: \w+\n[\s\S]*summary: ".+"\n +action: >-\n +\S/);
});
