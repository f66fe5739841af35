import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { accountQueryFile } from '../../src/paths.ts';
import { requestBody } from '../../src/tools/request.ts';
import { prefix } from '../../src/watching/prefix.ts';
import { readMetrics, sumOf } from '../../src/watching/reading.ts';
import { createDemoDatabase } from '../databases.ts';
import { addressFor, headersFor, now, secretKey } from '../examples.ts';
import { runServer, startServer, stopServers } from '../server-process.ts';

// The built program as several processes behind one port, as an operator runs it.

let settings: Record<string, string>;
let folder: string;

beforeAll(async () => {
  settings = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    HELPSCOUT_SECRET_KEY: secretKey,
    DATABASE_URL: await createDemoDatabase(now),
    WORKERS: '2',
  };
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workers-'));
});
afterEach(async () => {
  await stopServers();
  await rm(folder, { recursive: true, force: true });
});

const question = requestBody(['fredsmith@mailinator.com']);

type Asked = { path?: string; body?: string; headers?: Record<string, string> };

/** Asks on a connection of its own, which any of the workers may accept. */
async function ask(port: number, asked: Asked = {}): Promise<{ status: number; text: string }> {
  const { path = '/helpscout', body = question, headers = headersFor(body) } = asked;
  const sent = request({
    ...{ host: '127.0.0.1', port, path, headers, agent: false, timeout: 10_000 },
    method: body === '' ? 'GET' : 'POST',
  }).end(body);
  sent.on('timeout', () => sent.destroy(new Error('no answer')));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  return { status: response.statusCode ?? 0, text };
}

type Entry = { event: string; pid?: number; worker?: number; door?: string };

const entries = ({ text }: { text: string }): Entry[] =>
  text.split('\n').flatMap((line) => (/^{.*}$/.test(line) ? JSON.parse(line) : []));

/** The workers that have begun to listen, the first one first. */
const listening = (printed: { text: string }): number[] =>
  entries(printed).flatMap(({ event, pid }) => (event === 'listening' && pid ? pid : []));

async function startWorkers(more: Record<string, string> = {}) {
  const running = await startServer({ ...settings, ...more });
  const count = Number({ ...settings, ...more }['WORKERS']);
  await vi.waitFor(() => expect(listening(running.printed)).toHaveLength(count), 10_000);
  return running;
}

/** Once nobody holds its standard output any more: neither it nor any worker. */
const allEnded = (child: ChildProcess) => once(child, 'close');

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

test('each worker answers, and together they keep to the database connections', async () => {
  const { port, printed } = await startWorkers({ WORKERS: '3', DATABASE_CONNECTIONS: '5' });
  const admin = new pg.Client(inject('postgresUrl'));
  await admin.connect();
  const counts: number[] = [];
  let isAsking = true;
  const counting = (async () => {
    const database = new URL(settings['DATABASE_URL'] as string).pathname.slice(1);
    while (isAsking) {
      const { rows } = await admin.query(
        `select count(*)::int from pg_stat_activity
         where datname = $1 and application_name = 'helpscout-sidebar'`,
        [database],
      );
      counts.push(rows[0].count);
    }
  })();
  let next = 0;
  const client = async () => {
    for (let i = 0; i < 20; i++) {
      // The same question would be looked up once for all who ask it together.
      const body = requestBody([`other-${next++}@example.com`, 'fredsmith@mailinator.com']);
      const { status, text } = await ask(port, { body });
      expect([status, text.includes('Smith &amp; Sons')]).toEqual([200, true]);
    }
  };
  await Promise.all(Array.from({ length: 20 }, client));
  isAsking = false;
  await counting;
  await admin.end();
  const answered = () => entries(printed).filter(({ event }) => event === 'answered');
  await vi.waitFor(() => expect(answered()).toHaveLength(400));
  expect(new Set(answered().map(({ pid }) => pid))).toEqual(new Set(listening(printed)));
  expect(Math.max(...counts)).toBe(5);
}, 30_000);

test('one that stands still gets no connection, and another takes the searches of its pages', async () => {
  const { port, printed } = await startWorkers();
  const [one, two] = listening(printed) as [number, number];
  process.kill(two, 'SIGSTOP');
  const pages = Array.from({ length: 8 }, () =>
    ask(port, { path: addressFor('1'), body: '', headers: {} }),
  );
  const [page] = await Promise.all(pages);
  process.kill(two, 'SIGCONT');
  process.kill(one, 'SIGSTOP');
  const [token = ''] = /[\w-]{24}\.\d+\.[\w-]{43}/.exec(page?.text ?? '') ?? [];
  const searched = await ask(port, {
    path: '/helpscout/search',
    body: JSON.stringify({ email: 'fredsmith@mailinator.com' }),
    headers: { 'X-Search-Token': token },
  });
  process.kill(one, 'SIGCONT');
  expect([searched.status, searched.text.includes('Smith &amp; Sons')]).toEqual([200, true]);
  const by = (door: string) =>
    entries(printed).flatMap((entry) => (entry.door === door ? entry.pid : []));
  // Lines of one moment are written together, a little later.
  await vi.waitFor(() => {
    expect(by('search')).toEqual([two]);
    expect(by('platform')).toEqual(Array.from({ length: 8 }, () => one));
  });
});

describe('stops', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'with all its workers on %s, though they were told, too',
    async (signal) => {
      const { child, port, printed } = await startWorkers();
      expect((await ask(port)).status).toBe(200);
      for (const pid of listening(printed)) process.kill(pid, signal);
      child.kill(signal);
      expect((await allEnded(child))[0]).toBe(0);
      expect(entries(printed).filter(({ event }) => event === 'worker_ended')).toEqual([]);
    },
  );

  test('after a while in which all still answer, and say that they stop', async () => {
    const { child, port, printed } = await startWorkers({ SHUTDOWN_DELAY_SECONDS: '1' });
    const ready = async () => (await ask(port, { path: '/readyz', body: '', headers: {} })).status;
    expect(await ready()).toBe(200);
    child.kill('SIGTERM');
    const stopping = () => entries(printed).filter(({ event, pid }) => event === 'stopping' && pid);
    await vi.waitFor(() => expect(stopping()).toHaveLength(2));
    for (let i = 0; i < 10; i++) expect(await ready()).toBe(503);
    expect((await ask(port)).status).toBe(200);
    expect((await allEnded(child))[0]).toBe(0);
  });

  test('at once when it is told again, and leaves nobody behind', async () => {
    const { child, printed } = await startWorkers({ SHUTDOWN_DELAY_SECONDS: '60' });
    const [frozen] = listening(printed) as [number];
    process.kill(frozen, 'SIGSTOP');
    child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    child.kill('SIGTERM');
    expect((await allEnded(child))[0]).toBe(1);
  });

  test('with its workers when it is killed itself', async () => {
    const { child } = await startWorkers();
    child.kill('SIGKILL');
    await allEnded(child);
  });
});

test('another worker takes the place of one that is killed, or told to stop', async () => {
  const { port, printed } = await startWorkers();
  const [one, two] = listening(printed) as [number, number];
  process.kill(one, 'SIGKILL');
  await vi.waitFor(() => expect(listening(printed)).toHaveLength(3), 5_000);
  process.kill(two, 'SIGTERM');
  await vi.waitFor(() => expect(listening(printed)).toHaveLength(4), 5_000);
  expect((await ask(port)).status).toBe(200);
  expect(entries(printed).filter(({ event }) => event === 'worker_ended')).toMatchObject([
    { worker: one, class: 'SIGKILL' },
    { worker: two, class: 'exit_0' },
  ]);
});

test('goes on with those that are left while others cannot start, and gives up with none', async () => {
  const file = join(folder, 'query.sql');
  const good = await readFile(accountQueryFile, 'utf8');
  await writeFile(file, good);
  const { child, port, printed } = await startWorkers({ ACCOUNT_QUERY_FILE: file });
  const [one, two] = listening(printed) as [number, number];
  const ended = () => entries(printed).filter(({ event }) => event === 'worker_ended');

  await writeFile(file, 'select emale as email from users');
  process.kill(one, 'SIGKILL');
  await vi.waitFor(() => expect(ended().length).toBeGreaterThan(2), 10_000);
  expect(printed.text).toContain('query.sql:1: column "emale" does not exist');
  expect((await ask(port)).status).toBe(200);

  process.kill(two, 'SIGKILL');
  expect((await once(child, 'exit'))[0]).toBe(1);
  expect(entries(printed).at(-1)).toMatchObject({ event: 'gave_up' });
  expect(await isOpen(port)).toBe(false);
}, 60_000);

test('metrics are those of all workers, and none that ended or hangs is left out', async () => {
  const { port, printed } = await startWorkers({ METRICS_PORT: '0' });
  const [, metricsPort] = /"watching".*?"port":(\d+)/.exec(printed.text) ?? [];
  const read = async () => {
    const { text } = await ask(Number(metricsPort), { path: '/metrics', body: '', headers: {} });
    const readings = readMetrics(text, prefix);
    const found = sumOf(readings, 'answers_total', { outcome: 'found' });
    return { text, found, connections: sumOf(readings, 'pool_connections') };
  };
  const askTimes = (times: number) => Promise.all(Array.from({ length: times }, () => ask(port)));
  await askTimes(30);
  const before = await read();
  expect(before.found).toBe(30);
  expect(before.connections).toBeGreaterThanOrEqual(2);
  expect(before.text).toMatch(/^process_start_time_seconds \d+/m);
  expect(before.text).toMatch(/^process_cpu_seconds_total \d/m);
  expect(before.text).toMatch(/^helpscout_sidebar_database_up 1$/m);

  const [one] = listening(printed) as [number];
  process.kill(one, 'SIGKILL');
  await vi.waitFor(() => expect(listening(printed)).toHaveLength(3), 5_000);
  await askTimes(10);
  expect((await read()).found).toBe(40);

  process.kill(listening(printed).at(-1) as number, 'SIGSTOP');
  await askTimes(5);
  expect((await read()).found).toBe(45);

  // Until it is known to hang.
  await vi.waitFor(
    async () => {
      const { text } = await read();
      expect(text).toMatch(/^helpscout_sidebar_worker_ends_total\{class="hung"\} 1$/m);
      expect(text).toMatch(/^helpscout_sidebar_worker_ends_total\{class="killed"\} 1$/m);
    },
    { timeout: 20_000, interval: 500 },
  );
}, 40_000);

test('workers that end though nobody told them to are counted, and the status page says so', async () => {
  const file = join(folder, 'query.sql');
  await writeFile(file, await readFile(accountQueryFile, 'utf8'));
  const { printed } = await startWorkers({ ACCOUNT_QUERY_FILE: file, METRICS_PORT: '0' });
  const [, metricsPort] = /"watching".*?"port":(\d+)/.exec(printed.text) ?? [];
  const load = async (path: string) =>
    (await ask(Number(metricsPort), { path, body: '', headers: {} })).text;
  const count = async (name: string, labels = {}) =>
    sumOf(readMetrics(await load('/metrics'), prefix), name, labels);
  const [one, two] = listening(printed) as [number, number];
  await vi.waitFor(async () => expect(await count('workers_listening')).toBe(2));
  expect(await load('/status')).toContain('All is well');

  process.kill(two, 'SIGTERM');
  await vi.waitFor(() => expect(listening(printed)).toHaveLength(3), 5_000);
  expect(await count('worker_ends_total')).toBe(0);

  await writeFile(file, 'select emale as email from users');
  process.kill(one, 'SIGKILL');
  await vi.waitFor(
    async () => expect(await count('worker_ends_total', { class: 'exit' })).toBeGreaterThan(0),
    10_000,
  );
  expect(await count('worker_ends_total', { class: 'killed' })).toBe(1);
  expect(await count('worker_ends_total', { class: 'hung' })).toBe(0);
  expect([await count('workers_listening'), await count('workers_wanted')]).toEqual([1, 2]);
  // Its hour takes what is new every ten seconds.
  const status = await vi.waitFor(
    async () => {
      const text = await load('/status');
      expect(text).toMatch(/\d workers? ended in the last hour; 1 of 2 take requests now/);
      return text;
    },
    { timeout: 15_000, interval: 500 },
  );
  expect(status).toContain('1 ended by a signal');
  expect(status).toMatch(/\d ended by themselves, with a status/);
  expect(status).not.toContain('The database does not answer');
}, 40_000);

describe('starts not at all', () => {
  test('on a port for metrics that is taken, which it names', async () => {
    const first = await startWorkers();
    const { child, printed } = runServer({ ...settings, METRICS_PORT: String(first.port) });
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(printed.text).toMatch(/^METRICS_PORT \d+ is taken by another program: [^{}]*$/);
  });

  test('with more workers than database connections', async () => {
    const { child, printed } = runServer({ ...settings, WORKERS: '5' });
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(printed.text).toBe(
      'WORKERS is 5, but DATABASE_CONNECTIONS is 4, and each worker needs one; raise the one or lower the other\n',
    );
  });

  test('with a query that is wrong, which it says once', async () => {
    const file = join(folder, 'query.sql');
    await writeFile(file, 'select emale as email from users');
    const { child, printed } = runServer({ ...settings, ACCOUNT_QUERY_FILE: file });
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(printed.text).toMatch(/^\S*query.sql:1: column "emale" does not exist[^{}]*$/);
    expect(printed.text.match(/emale/g)).toHaveLength(1);
  });

  test('on a port that is taken, which it names', async () => {
    const first = await startWorkers();
    const { child, printed } = runServer({ ...settings, PORT: String(first.port) });
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(printed.text).toMatch(/^PORT \d+ is taken by another program: [^{}]*$/);
  });
});

test('is one process outside production, and says why', async () => {
  const { printed } = await startServer({ ...settings, NODE_ENV: '' });
  expect(printed.text).toContain('WORKERS is 2, but one process answers');
  expect(entries(printed).every(({ pid }) => pid === undefined)).toBe(true);
});
