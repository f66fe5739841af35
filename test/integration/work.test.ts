import { readFileSync } from 'node:fs';
import ejs from 'ejs';
import pg from 'pg';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { accountQueryFile } from '../../src/domain/package-files.ts';
import { createApp } from '../../src/http/app.ts';
import { requestBody } from '../../src/kit/request.ts';
import { createConnections } from '../../src/postgres/connections.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { createDemoDatabase } from '../databases.ts';
import { dependencies, headersFor, memoryLog, now } from '../examples.ts';
import { countMessages } from '../wire.ts';

// How much work an answer is, counted: unlike a time, a count is the same on every machine.

const query = { file: accountQueryFile, sql: readFileSync(accountQueryFile, 'utf8') };

let app: ReturnType<typeof createApp>;
let end: () => Promise<void>;
let databaseUrl: string;

beforeAll(async () => {
  databaseUrl = await createDemoDatabase(now);
  const connections = createConnections(databaseUrl, memoryLog(), 1);
  end = connections.end;
  const findAccounts = createFindAccounts(connections, query, memoryLog());
  app = createApp({ ...dependencies(), findAccounts });
  // As the server does before it listens; formatters are made once for each zone.
  await findAccounts([]);
  await ask('jose.nunez@example.com');
  await ask('two.hats@example.com');
});
afterAll(() => end());
afterEach(() => void vi.restoreAllMocks());

async function ask(email: string): Promise<string> {
  const body = requestBody([email]);
  const response = await request(app)
    .post('/helpscout')
    .set(headersFor(body))
    .serialize((sent) => sent)
    .send(body);
  expect(response.status).toBe(200);
  return response.body.html;
}

test.each([
  ['somebody', 'jose.nunez@example.com', 'Núñez &amp; Hijos'],
  ['somebody with two accounts', 'two.hats@example.com', 'First Hat Hotels'],
  ['a stranger', 'nobody@example.com', 'No account found'],
])('%s costs one round trip of a statement that is parsed already', async (_, email, says) => {
  const count = countMessages();
  expect(await ask(email)).toContain(says);
  expect(count()).toEqual({ query: 0, parse: 0, bind: 1, describe: 1, execute: 1, sync: 1 });
});

test('a forged request costs no round trip', async () => {
  const count = countMessages();
  const body = requestBody(['jose.nunez@example.com']);
  await request(app)
    .post('/helpscout')
    .set(headersFor(`${body} `))
    .send(body)
    .expect(403);
  expect(Object.values(count()).every((times) => times === 0)).toBe(true);
});

test('no template is compiled after the start', async () => {
  const compile = vi.spyOn(ejs, 'compile');
  const renderFile = vi.spyOn(ejs, 'renderFile');
  expect(await ask('jose.nunez@example.com')).toContain('Modules (10)');
  expect(compile).not.toHaveBeenCalled();
  expect(renderFile).not.toHaveBeenCalled();
});

/** How many formatters are made: by a constructor of `Intl`, or by a method that makes one. */
function countFormatters() {
  let made = 0;
  const constructors = [
    'DateTimeFormat',
    'NumberFormat',
    'ListFormat',
    'RelativeTimeFormat',
  ] as const;
  for (const name of constructors)
    vi.stubGlobal('Intl', {
      ...Object.fromEntries(
        Object.getOwnPropertyNames(Intl).map((key) => [key, Intl[key as keyof typeof Intl]]),
      ),
      [name]: new Proxy(Intl[name], {
        construct: (target, all, newTarget) => {
          made++;
          return Reflect.construct(target, all, newTarget);
        },
      }),
    });
  const methods = [
    ...['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'].map((name) => [Date, name]),
    [Number, 'toLocaleString'],
    [String, 'localeCompare'],
  ] as [{ prototype: Record<string, () => unknown> }, string][];
  const spies = methods.map(([owner, name]) => vi.spyOn(owner.prototype, name));
  return () => made + spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
}

test('no formatter is made for somebody whose time zones were seen before', async () => {
  const count = countFormatters();
  try {
    expect(await ask('jose.nunez@example.com')).toContain('Europe/Madrid');
    expect(count()).toBe(0);
    // Otherwise the count would be of nothing: a zone of its own needs its formatters.
    await ask('fredsmith@mailinator.com');
    expect(count()).toBeGreaterThan(0);
    new Date().toLocaleDateString('en-GB');
    const before = count();
    (5).toLocaleString('en-GB');
    expect(count()).toBe(before + 1);
  } finally {
    vi.unstubAllGlobals();
  }
});

test('Postgres plans the statement once for a connection, not for each lookup', async () => {
  const seen: pg.Client[] = [];
  const connect = pg.Client.prototype.connect;
  vi.spyOn(pg.Client.prototype, 'connect').mockImplementation(function (
    this: pg.Client,
    ...all: unknown[]
  ) {
    seen.push(this);
    return connect.apply(this, all as never) as never;
  });
  const connections = createConnections(databaseUrl, memoryLog(), 1);
  const findAccounts = createFindAccounts(connections, query, memoryLog());
  try {
    for (let i = 0; i < 12; i++) await findAccounts(['jose.nunez@example.com']);
    // One for lookups, which opens first, and one for checks.
    expect(seen).toHaveLength(2);
    const { rows } = await (seen[0] as pg.Client).query(
      `select generic_plans::integer, custom_plans::integer from pg_prepared_statements
       where name = 'account'`,
    );
    expect(rows).toEqual([{ generic_plans: 12, custom_plans: 0 }]);
  } finally {
    await connections.end();
  }
});
