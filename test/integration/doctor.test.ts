import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { LookupError } from '../../src/domain/account.ts';
import { createMailboxApi, MailboxError } from '../../src/helpscout/mailbox-api.ts';
import { createApp } from '../../src/http/app.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import {
  type Interfere,
  standInCredentials,
  startMailboxStandIn,
} from '../../src/kit/demo/mailbox-stand-in.ts';
import { leaveNote } from '../../src/kit/demo/running-demo.ts';
import { checkCertificate } from '../../src/kit/doctor/callback-url.ts';
import { checkTls, checkVersion, unreachable } from '../../src/kit/doctor/database.ts';
import { type ExamineOptions, examine } from '../../src/kit/doctor/examine.ts';
import type { Finding } from '../../src/kit/doctor/finding.ts';
import { platformQuery } from '../../src/kit/request.ts';
import { createDatabase } from '../databases.ts';
import { dependencies, now, secretKey } from '../examples.ts';
import { createDatabaseWithRole, type DatabaseWithRole } from '../roles.ts';

const program = fileURLToPath(new URL('../../dist/kit/doctor.js', import.meta.url));
const certificate = new URL('../certificate/only-for-tests.crt', import.meta.url);
const certificateKey = new URL('../certificate/only-for-tests.key', import.meta.url);

let folder: string;
let database: DatabaseWithRole;
/** A deployment in which all is right. */
let good: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  database = await createDatabaseWithRole(now);
  good = {
    HELPSCOUT_SECRET_KEY: secretKey,
    DATABASE_URL: database.reader,
    ACCOUNT_QUERY_FILE: await file('good.sql', `select * from ${database.name}.accounts($1)`),
    PORT: String(await serve(createApp(dependencies()), createHttpServer(), afterAll)),
  };
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

/** Serves on a free port until the end of the test, or of the file. */
async function serve(
  answer: RequestListener,
  server: Server = createHttpServer(),
  atTheEnd: (close: () => void) => void = onTestFinished,
): Promise<number> {
  server.on('request', answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atTheEnd(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const noDemo = () => Promise.reject(new Error('there is no demo here'));

/** What the doctor says of the good deployment with these changes. */
async function findings(
  changes: Record<string, string> = {},
  callbackUrl: string | null = null,
  others: Partial<ExamineOptions> = {},
) {
  const url = callbackUrl === null ? null : new URL(callbackUrl);
  const env = { ...good, ...changes };
  const options = { env, callbackUrl: url, app: null, openDemo: noDemo, now: () => now };
  const found: Finding[] = [];
  for await (const finding of examine({ ...options, ...others })) found.push(finding);
  // Whether the Node at hand is still supported is not a property of the deployment under test.
  expect(found.shift()).toMatchObject({
    check: 'Node',
    says: expect.stringContaining('time-zone'),
  });
  expect(JSON.stringify(found)).not.toContain(new URL(database.reader).password);
  expect(JSON.stringify(found)).not.toContain(secretKey);
  return found;
}

/** What it says of one thing. */
async function finding(check: string, ...asked: Parameters<typeof findings>) {
  return (await findings(...asked)).filter((found) => found.check === check);
}

const states = (found: Finding[]) =>
  Object.fromEntries(found.map(({ check, state }) => [check, state]));

/** The findings that only `--url` brings, which come last. */
const ofCallbackUrl = (found: Finding[]) =>
  found.slice(found.findIndex(({ check }) => check === 'server') + 1);

/** What somebody sees who types `npm run doctor --` and these words. */
async function doctor(words: string[], settings: Record<string, string>) {
  const env = { PATH: process.env['PATH'], ...settings };
  const done = await promisify(execFile)(process.execPath, [program, ...words], {
    env,
    cwd: '/',
  }).catch((failed) => failed);
  return { code: done.code ?? 0, printed: `${done.stdout}${done.stderr}` };
}

test('finds nothing wrong with a deployment that is right', async () => {
  expect(states(await findings())).toEqual({
    settings: 'right',
    secret: 'right',
    views: 'right',
    // No credentials are set, and none are needed by a legacy app.
    'Mailbox API': 'skipped',
    database: 'right',
    TLS: 'right',
    version: 'right',
    encoding: 'right',
    role: 'right',
    reach: 'right',
    limits: 'right',
    connections: 'right',
    query: 'right',
    tables: 'right',
    'letter case': 'right',
    // Nobody sees the plan inside of a function.
    plan: 'skipped',
    answer: 'right',
    page: 'right',
    server: 'right',
  });
});

describe('the settings', () => {
  test('are wrong with a bad value, and each is named', async () => {
    const found = await findings({ PORT: 'abc', VIEWS_DIR: '/nowhere' });
    expect(found.slice(0, 2)).toEqual([
      expect.objectContaining({
        check: 'settings',
        state: 'wrong',
        says: 'PORT must be a whole number from 0 to 65535, but is "abc"',
      }),
      expect.objectContaining({ state: 'wrong', says: expect.stringContaining('VIEWS_DIR') }),
    ]);
    expect(states(found)).toMatchObject({
      views: 'skipped',
      'Mailbox API': 'skipped',
      database: 'right',
      query: 'skipped',
      server: 'skipped',
    });
  });

  test.each([
    ['short', 'must have 20 to 40 characters, but has 5'],
    ['a secret with white space in it', 'must not contain white space'],
    ['change-me-change-me-change-me', 'is still a placeholder'],
    ['', 'is not set'],
  ])('are wrong with the secret "%s"', async (value, fault) => {
    const found = await findings({ HELPSCOUT_SECRET_KEY: value });
    expect(found.find(({ check }) => check === 'secret')).toMatchObject({
      state: 'wrong',
      says: expect.stringContaining(`HELPSCOUT_SECRET_KEY ${fault}`),
      todo: expect.stringContaining('openssl rand -base64 30'),
    });
    expect(states(found)).toMatchObject({ query: 'right', answer: 'skipped', server: 'skipped' });
  });
});

test('warns of a misspelt setting, and checks the rest', async () => {
  const found = await findings({ METRICS_PRT: '9464' });
  expect(found[1]).toMatchObject({
    ...{ check: 'settings', state: 'advice' },
    says: 'METRICS_PRT is no setting: did you mean METRICS_PORT?',
  });
  expect(states(found)).toMatchObject({ views: 'right', query: 'right' });
});

describe('the Secret Key before', () => {
  const said = (until: string) =>
    finding('secret', {
      HELPSCOUT_SECRET_KEY_PREVIOUS: 'the-key-that-was-before-it',
      HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL: until,
    });
  const today = now.toISOString().slice(0, 10);

  test('is said to be taken until its date', async () => {
    expect(await said('2099-01-01')).toEqual([
      expect.objectContaining({
        state: 'right',
        says: expect.stringMatching(
          /; the previous key is accepted until 2099-01-01T00:00:00\.000Z$/,
        ),
      }),
    ]);
  });

  test('is said to have ended at the start of a date that is today’s', async () => {
    expect(await said(today)).toEqual([
      expect.objectContaining({
        state: 'advice',
        says: `the previous key expired at ${today}T00:00:00.000Z, and is rejected since`,
        todo: expect.stringMatching(/^remove HELPSCOUT_SECRET_KEY_PREVIOUS and .*_UNTIL; /),
      }),
    ]);
  });
});

describe('the views', () => {
  test('are wrong when one does not render', async () => {
    await mkdir(join(folder, 'views'));
    await file('views/sidebar.ejs', '<p>\n<%= sidebar.sentense %>');
    const found = await findings({ VIEWS_DIR: join(folder, 'views') });
    expect(found.find(({ check }) => check === 'views')).toMatchObject({
      state: 'wrong',
      says: expect.stringMatching(/^\/\S+\/sidebar\.ejs:2: there is no "sentense"; [^>|\n]+$/),
    });
    expect(states(found)['answer']).toBe('skipped');
  });
});

describe('the database', () => {
  test.each([
    ['here', 'is not a URL', 'write postgres://'],
    ['postgres://127.0.0.1:1/none', 'ECONNREFUSED', 'Start Postgres'],
  ])('is wrong at %s, and the checks that need it are skipped', async (url, says, todo) => {
    const found = await findings({ DATABASE_URL: url });
    expect(found.find(({ check }) => check === 'database')).toMatchObject({
      state: 'wrong',
      says: expect.stringContaining(says),
      todo: expect.stringContaining(todo),
    });
    const skipped = found
      .filter(({ check, state }) => state === 'skipped' && check !== 'Mailbox API')
      .map(({ check }) => check);
    expect(skipped).toEqual([
      ...'TLS version encoding role reach limits connections query tables'.split(' '),
      ...['letter case', 'plan', 'answer', 'page'],
    ]);
  });

  test('is wrong without the right password or the right name', async () => {
    const wrong = [
      [{ password: 'wrong' }, '28P01', 'password in DATABASE_URL'],
      [{ pathname: '/nowhere' }, '3D000', 'the name of the database'],
    ] as const;
    for (const [change, code, todo] of wrong) {
      const DATABASE_URL = Object.assign(new URL(database.reader), change).href;
      expect(await finding('database', { DATABASE_URL })).toMatchObject([
        {
          state: 'wrong',
          says: expect.stringContaining(code),
          todo: expect.stringContaining(todo),
        },
      ]);
    }
  });

  test('may go away in between, and the other checks are skipped', async () => {
    const all = examine({
      env: good,
      callbackUrl: null,
      app: null,
      openDemo: noDemo,
      now: () => now,
    });
    const found: Finding[] = [];
    for await (const finding of all) {
      found.push(finding);
      if (finding.check === 'encoding')
        await runSql(
          database.owner,
          `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${database.name}'`,
        );
    }
    const later = found.slice(found.findIndex(({ check }) => check === 'encoding') + 1, -1);
    expect(later[0]).toMatchObject({ check: 'database', state: 'wrong' });
    expect(later.slice(1).map(({ check, state }) => `${check} ${state}`)).toEqual(
      [
        ...'role reach limits connections query tables'.split(' '),
        ...['letter case', 'plan', 'answer', 'page'],
      ].map((check) => `${check} skipped`),
    );
  });

  test('is the demo’s when there is no other, or said to be missing', async () => {
    expect(await finding('database', { DATABASE_URL: '' })).toMatchObject([
      { state: 'advice', says: expect.stringContaining('the demo is checked') },
      { state: 'wrong', says: 'the demo does not start: there is no demo here' },
    ]);
    expect(await finding('database', { DATABASE_URL: '', NODE_ENV: 'production' })).toMatchObject([
      { state: 'wrong', says: expect.stringContaining('DATABASE_URL is not set') },
    ]);
  });
});

describe('the way to the database', () => {
  /** A proxy that adds TLS, as hosts have it: https://www.postgresql.org/docs/current/protocol-flow.html */
  async function throughTls(): Promise<URL> {
    const files = { cert: readFileSync(certificate), key: readFileSync(certificateKey) };
    const { hostname, port } = new URL(database.reader);
    const proxy = createTcpServer((client) => {
      client.once('data', () => {
        client.write('S');
        const encrypted = new TLSSocket(client, { isServer: true, ...files });
        const postgres = connect(Number(port), hostname);
        for (const socket of [client, encrypted, postgres]) socket.on('error', () => {});
        encrypted.pipe(postgres).pipe(encrypted);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void proxy.close());
    return Object.assign(new URL(database.reader), { port: (proxy.address() as AddressInfo).port });
  }

  test('is right with a certificate that was verified', async () => {
    const url = await throughTls();
    url.search = `?sslmode=verify-full&sslrootcert=${fileURLToPath(certificate)}`;
    const found = await findings({ DATABASE_URL: url.href });
    expect(found.find(({ check }) => check === 'TLS')).toMatchObject({
      state: 'right',
      says: 'TLSv1.3; the certificate and its host name are verified',
    });
    expect(states(found)['answer']).toBe('right');
  });

  test('is wrong with a certificate that convinces nobody', async () => {
    const url = await throughTls();
    url.search = '?sslmode=verify-full';
    expect(await finding('database', { DATABASE_URL: url.href })).toMatchObject([
      {
        state: 'wrong',
        says: expect.stringContaining('SELF_SIGNED_CERT'),
        todo: expect.stringContaining('sslrootcert=FILE'),
      },
    ]);
  });

  test.each([
    [{ host: '/var/run/postgresql', tls: null }, 'right'],
    [{ host: 'localhost', tls: null }, 'right'],
    [{ host: '::1', tls: null }, 'right'],
    [{ host: 'localhost.example.com', tls: null }, 'wrong'],
    [{ host: 'db.example.com', tls: null }, 'wrong'],
    [{ host: 'db.example.com', tls: { protocol: 'TLSv1.3', isVerified: false } }, 'wrong'],
    [{ host: 'db.example.com', tls: { protocol: 'TLSv1.3', isVerified: true } }, 'right'],
  ])('with %j is %s', (wire, state) => {
    expect(checkTls(wire)).toMatchObject({ state });
  });

  test('may be unencrypted where DATABASE_URL says so, which is worth a warning', () => {
    expect(checkTls({ host: 'db.example.com', tls: null }, true)).toMatchObject({
      state: 'advice',
      says: expect.stringContaining('sslmode=disable'),
    });
  });

  test('has no parameter that is ignored without a warning', async () => {
    const DATABASE_URL = `${database.reader}?channel_binding=require`;
    expect(await finding('database', { DATABASE_URL })).toMatchObject([
      { state: 'advice', says: expect.stringContaining('channel_binding=require') },
      { state: 'right' },
    ]);
  });

  test('leads to a Postgres that is not too old', () => {
    expect(checkVersion(130_000)).toMatchObject({ state: 'right', says: 'PostgreSQL 13.0' });
    expect(checkVersion(120_022)).toMatchObject({
      state: 'wrong',
      says: 'PostgreSQL 12 is older than 13',
    });
  });

  test('is told what to change in PgBouncer', () => {
    const refused = Object.assign(new Error('unsupported startup parameter'), { code: '08P01' });
    expect(unreachable(refused)).toMatchObject({
      state: 'wrong',
      todo: expect.stringContaining('ignore_startup_parameters'),
    });
  });
});

describe('the role', () => {
  /** The address of another role on the same database, with these rights. */
  async function another(suffix: string, rights: (name: string) => string): Promise<string> {
    const name = `${database.name}_${suffix}`;
    const { password } = new URL(database.owner);
    await runSql(
      database.owner,
      `create role ${name} login password '${password}'; ${rights(name)}`,
    );
    onTestFinished(() => runSql(database.owner, `drop owned by ${name}; drop role ${name}`));
    return Object.assign(new URL(database.owner), { username: name }).href;
  }

  test('is wrong as a superuser', async () => {
    expect(await finding('role', { DATABASE_URL: database.owner })).toMatchObject([
      {
        state: 'wrong',
        says: '"postgres" is a superuser, or may become one',
        todo: expect.stringContaining('npm run --silent role > role.sql'),
      },
    ]);
  });

  test.each([
    [
      'writes_a_column',
      (name) => `grant update (email) on users to ${name}`,
      'has update on public.users',
    ],
    [
      'deletes',
      (name) => `grant delete, truncate on users to ${name}`,
      'has delete, truncate on public.users',
    ],
    [
      'owns',
      (name) => `create table mine_${name} (); alter table mine_${name} owner to ${name}`,
      /has delete, insert, ownership, truncate, update on public.mine_/,
    ],
    ['makes_roles', (name) => `alter role ${name} createrole`, 'may make roles'],
    ['member', (name) => `grant pg_write_all_data to ${name}`, 'is a member of pg_write_all_data'],
    [
      'lurks',
      (name) => `alter role ${name} noinherit; grant pg_write_all_data to ${name}`,
      'is a member of pg_write_all_data',
    ],
    [
      'makes_tables',
      (name) => `create schema own_${name}; grant create on schema own_${name} to ${name}`,
      'may make tables in schema own_',
    ],
  ] satisfies [string, (name: string) => string, string | RegExp][])(
    'is wrong when it %s',
    async (suffix, rights, says) => {
      const DATABASE_URL = await another(suffix, rights);
      expect(await finding('role', { DATABASE_URL })).toMatchObject([
        {
          state: 'wrong',
          says:
            typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says),
          todo: expect.stringContaining('npm run --silent role'),
        },
      ]);
    },
  );

  test('is wrong where everybody may make tables, as before PostgreSQL 15', async () => {
    await runSql(database.owner, 'grant create on schema public to public');
    onTestFinished(() => runSql(database.owner, 'revoke create on schema public from public'));
    const [found] = await finding('role');
    expect(found).toMatchObject({
      state: 'wrong',
      says: `"${database.name}" may make tables in schema public`,
    });
    await runSql(database.owner, String(found?.todo?.replace(/^.*: /, '')));
    expect(await finding('role')).toMatchObject([{ state: 'right' }]);
  });

  test('is told that it reads tables, though that is no fault', async () => {
    const DATABASE_URL = await another('reads', (name) => `grant select on users to ${name}`);
    const found = await findings({ DATABASE_URL });
    expect(states(found)).toMatchObject({ role: 'right', reach: 'advice' });
  });

  test('is wrong without limits, and each is given', async () => {
    const DATABASE_URL = await another('no_limits', () => '');
    const found = await findings({ DATABASE_URL });
    const name = new URL(DATABASE_URL).username;
    expect(found.find(({ check }) => check === 'limits')).toMatchObject({
      state: 'wrong',
      says: expect.stringContaining('statement_timeout is not set, lock_timeout is not set'),
      todo: `alter role "${name}" set statement_timeout = '600ms';\nalter role "${name}" set lock_timeout = '250ms';`,
    });
    expect(states(found)).toMatchObject({ connections: 'advice', query: 'wrong' });
    // What it says is what cures it.
    const { todo } = found.find(({ check }) => check === 'limits') as Finding;
    await runSql(database.owner, String(todo));
    expect(states(await findings({ DATABASE_URL }))['limits']).toBe('right');
  });

  test('is wrong with a limit that comes after we have gone', async () => {
    const DATABASE_URL = await another(
      'patient',
      (name) =>
        `alter role ${name} set statement_timeout = '30s'; alter role ${name} set lock_timeout = '250ms'`,
    );
    expect(await finding('limits', { DATABASE_URL })).toMatchObject([
      { state: 'wrong', says: expect.stringContaining('statement_timeout is 30000 ms') },
    ]);
  });

  test.each([
    [3, 'wrong'],
    [5, 'advice'],
    [8, 'right'],
  ])('with %d connections is %s', async (limit, state) => {
    const DATABASE_URL = await another(
      `limited_${limit}`,
      (name) => `alter role ${name} connection limit ${limit}`,
    );
    expect(await finding('connections', { DATABASE_URL })).toMatchObject([{ state }]);
  });

  test('is wrong with fewer connections than are set, until its remedy is applied', async () => {
    const DATABASE_URL = await another(
      'too_few',
      (name) => `alter role ${name} connection limit 8`,
    );
    const settings = { DATABASE_URL, DATABASE_CONNECTIONS: '9' };
    const [found] = await finding('connections', settings);
    expect(found).toMatchObject({ state: 'wrong', says: expect.stringContaining('keeps 9') });
    await runSql(database.owner, String(found?.todo));
    expect(await finding('connections', settings)).toMatchObject([
      { state: 'right', says: expect.stringContaining('may have 40') },
    ]);
  });
});

describe('the query', () => {
  test('is wrong where the contract is broken, with file, line and remedy', async () => {
    const ACCOUNT_QUERY_FILE = await file('bad.sql', 'select 1 as email,\n 2 as api_key');
    const found = await findings({ ACCOUNT_QUERY_FILE });
    expect(found.filter(({ check }) => check === 'query')).toEqual([
      expect.objectContaining({
        state: 'wrong',
        says: expect.stringContaining('bad.sql:1: must look for $1'),
      }),
      expect.objectContaining({
        says: expect.stringMatching(
          /bad\.sql:1: "email" must be text.* write \(x\)::text as email$/,
        ),
      }),
      expect.objectContaining({
        says: expect.stringContaining('bad.sql:2: "api_key" looks like a secret'),
      }),
    ]);
    expect(states(found)).toMatchObject({ plan: 'skipped', answer: 'skipped', page: 'skipped' });
  });

  test('warns of a known column that seems misspelt', async () => {
    const url = await createDatabase();
    await runSql(url, 'create table people (email text)');
    const advised = async (columns: string) => {
      const sql = `select email, ${columns} from people where email = any($1)`;
      const ACCOUNT_QUERY_FILE = await file('misspelt.sql', sql);
      const found = await finding('query', { DATABASE_URL: url, ACCOUNT_QUERY_FILE });
      return found
        .filter(({ state, says }) => state === 'advice' && says.includes('did you mean'))
        .map(({ says }) => says.replace(/.*misspelt\.sql: /, ''));
    };
    expect(await advised("'a' as compny_name, 'b' as notce, 'c' as region")).toEqual([
      '"compny_name" is shown as your own: did you mean "company_name"?',
      '"notce" is shown as your own: did you mean "notice"?',
    ]);
    expect(await advised("'a' as company_name, 'b' as company_nane, 'c' as emails")).toEqual([]);
  });

  test('is wrong without the privilege to read', async () => {
    const ACCOUNT_QUERY_FILE = await file(
      'denied.sql',
      'select email from users where email = any($1)',
    );
    expect(await finding('query', { ACCOUNT_QUERY_FILE })).toMatchObject([
      {
        state: 'wrong',
        says: expect.stringContaining(
          'permission denied for table users. As the owner, grant the role',
        ),
      },
    ]);
  });

  test('says whether it finds a platform app’s customer by the number', async () => {
    const url = await createDatabase();
    await runSql(url, 'create table people (email text, number text)');
    const returning = 'select email, number as helpscout_customer_id from people';
    const query = async (sql: string, others = {}) => {
      const ACCOUNT_QUERY_FILE = await file('number.sql', sql);
      return finding('query', { DATABASE_URL: url, ACCOUNT_QUERY_FILE }, null, others);
    };
    expect(await query(`${returning} where email = any($1) or number = $2`)).toMatchObject([
      {
        state: 'right',
        says: expect.stringMatching(/2 columns, and uses \$2, Help Scout’s customer ID/),
      },
    ]);
    expect(await query(`${returning} where email = any($1) -- not $2`)).toMatchObject([
      {
        state: 'advice',
        says: expect.stringContaining('does not use $2'),
        todo: expect.stringContaining('or helpscout_customer_id = $2'),
      },
    ]);
  });

  test('says which part of the context it is given, and has its plan looked at', async () => {
    const url = await createDatabase();
    await runSql(url, 'create table people (email text); create index on people (email)');
    const ACCOUNT_QUERY_FILE = await file(
      'context.sql',
      `select email, $3 ->> 'agentId' as "Agent" from people where email = any($1)`,
    );
    const found = await findings({ DATABASE_URL: url, ACCOUNT_QUERY_FILE });
    expect(found.find(({ check }) => check === 'query')?.says).toContain(
      '$3 with inbox, inboxId, role, agentId, app, appId',
    );
    expect(states(found)).toMatchObject({ query: 'right', plan: 'right', answer: 'right' });
  });

  test('gets no plan inside of a function, but the way to see it', async () => {
    expect(await finding('plan')).toMatchObject([
      {
        state: 'skipped',
        says: expect.stringContaining(`calls ${database.name}.accounts()`),
        todo: expect.stringContaining('ACCOUNT_QUERY_FILE=sql/account.sql'),
      },
    ]);
  });
});

describe('the plan', () => {
  let url: string;
  beforeAll(async () => {
    url = await createDatabase();
    await runSql(
      url,
      `create table people (id int, email varchar(80), "Other Mail" text);
       create table companies (person_id int, name text);
       insert into people select n, 'p' || n || '@example.com', 'o' || n from generate_series(1, 20000) as n;
       insert into companies select n, 'Company ' || n from generate_series(1, 20000) as n;
       analyze;
       create table never_counted (email text);
       insert into never_counted select repeat('x', 500) || n from generate_series(1, 12000) as n;
       alter table never_counted set (autovacuum_enabled = false)`,
    );
  });

  const plan = async (sql: string) =>
    finding('plan', { DATABASE_URL: url, ACCOUNT_QUERY_FILE: await file('plan.sql', sql) });

  test.each([
    ['select email from people where lower(email) = any($1)', 'public.people (lower(email))'],
    ['select email from people where email = any($1)', 'public.people (email)'],
    [
      'select "Other Mail" as email from people as "P" where lower("Other Mail") = any($1)',
      'public.people (lower("Other Mail"))',
    ],
    [
      'select email from people where id > 5 and (lower(email) = any($1))',
      'public.people (lower(email))',
    ],
    [
      'select people.email from unnest($1::text[]) as asked (email) join people on lower(people.email) = asked.email',
      'public.people (lower(email))',
    ],
    [
      'select email from people where lower(email) || id::text = any($1)',
      'public.people ((lower(email) || (id)::text))',
    ],
  ])('of %j is wrong, and what it says cures it', async (sql, index) => {
    const [found, ...more] = await plan(sql);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      state: 'wrong',
      says: expect.stringContaining('reads all of public.people (about 20,000 rows)'),
      todo: `create index concurrently on ${index};`,
    });
    await runSql(url, String(found?.todo));
    expect(await plan(sql)).toMatchObject([{ state: 'right' }]);
    await runSql(
      url,
      `do $$ declare index regclass; begin
         for index in select indexrelid::regclass from pg_index where indrelid = 'people'::regclass
         loop execute 'drop index ' || index; end loop;
       end $$`,
    );
  });

  test('shows the customer’s id as it stands in the query', async () => {
    const [found] = await plan(
      `select email, id::text as helpscout_customer_id from people
       where lower(email) = any($1) or id::text || 'x' = $2`,
    );
    expect(found).toMatchObject({ state: 'wrong', says: expect.stringMatching(/\$1.*\$2/) });
  });

  test('is wrong where a table further on is read whole', async () => {
    await runSql(url, 'create index on people (lower(email))');
    onTestFinished(() => runSql(url, 'drop index people_lower_idx'));
    expect(
      await plan(
        'select email, name from people join companies on person_id = people.id where lower(email) = any($1)',
      ),
    ).toMatchObject([
      { state: 'wrong', todo: 'create index concurrently on public.companies (person_id);' },
    ]);
  });

  test.each([
    'select email from parted where lower(email) = any($1)',
    'select parted.email from unnest($1::text[]) as asked (email) join parted on lower(parted.email) = asked.email',
  ])('names a partitioned table once, and the index that cures %j', async (sql) => {
    await runSql(
      url,
      `create table parted (id int, email varchar(80)) partition by range (id);
       create table parted_low partition of parted for values from (0) to (8000);
       create table parted_high partition of parted for values from (8000) to (20001);
       insert into parted select n, 'p' || n || '@example.com' from generate_series(1, 16000) as n;
       analyze parted`,
    );
    onTestFinished(() => runSql(url, 'drop table parted'));
    const [found, ...more] = await plan(sql);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      state: 'wrong',
      says: expect.stringContaining('reads all of public.parted (about 16,000 rows) to find'),
      todo: 'create index on public.parted (lower(email));',
    });
    await runSql(url, String(found?.todo));
    expect(await plan(sql)).toMatchObject([{ state: 'right' }]);
  });

  test('is wrong with a pattern, which no index helps', async () => {
    expect(await plan('select email from people where email ilike any($1)')).toMatchObject([
      { state: 'wrong', todo: expect.stringContaining('compare by equality') },
    ]);
  });

  test('is wrong on a big table that was never counted', async () => {
    expect(await plan('select email from never_counted where email = any($1)')).toMatchObject([
      { state: 'wrong', says: expect.stringContaining('(never analyzed)') },
    ]);
  });

  test('may read a small table whole', async () => {
    await runSql(
      url,
      "create table small (email text); insert into small values ('a'); analyze small",
    );
    expect(await plan('select email from small where email = any($1)')).toMatchObject([
      { state: 'right', says: expect.stringContaining('public.small') },
    ]);
  });
});

describe('the answer', () => {
  test('is wrong when the lookup fails, with the code', async () => {
    const ACCOUNT_QUERY_FILE = await file(
      'slow.sql',
      'select pg_sleep(5)::text as email where $1::text[] is not null',
    );
    expect(await finding('answer', { ACCOUNT_QUERY_FILE })).toMatchObject([
      {
        state: 'wrong',
        says: expect.stringContaining('agents would read an error message: 57014'),
      },
    ]);
  });
});

describe('the Mailbox API', () => {
  const credentials = { HELPSCOUT_APP_ID: 'an-app', HELPSCOUT_APP_SECRET: 'an-app-secret' };

  /** A stand-in for it that does as told, asked by the doctor of the good deployment. */
  async function scene(interfere?: Interfere, changes = {}) {
    const standIn = await startMailboxStandIn(new Map(), interfere);
    onTestFinished(standIn.close);
    const createMailbox = () => createMailboxApi({ ...standInCredentials, baseUrl: standIn.url });
    const found = await findings({ ...credentials, ...changes }, null, { createMailbox });
    expect(JSON.stringify(found)).not.toContain(credentials.HELPSCOUT_APP_SECRET);
    const [mailbox] = found.filter(({ check }) => check === 'Mailbox API');
    return { found, mailbox, calls: standIn.calls };
  }

  const always =
    (status: number, path: RegExp): Interfere =>
    (req, res) => {
      if (!path.test(req.url ?? '')) return false;
      res.writeHead(status).end('{}');
      return true;
    };

  test('is right when it knows nobody of a number that nobody has', async () => {
    const { found, mailbox, calls } = await scene();
    expect(mailbox).toMatchObject({
      state: 'right',
      says: expect.stringMatching(/^accepts the credentials, in \d+ ms$/),
    });
    expect(states(found)['page']).toBe('right');
    expect(new Set(calls.slice(1))).toEqual(new Set(['GET /v2/customers/2147483647']));
  });

  test('is examined though the database is away', async () => {
    const { found } = await scene(undefined, { DATABASE_URL: 'postgres://127.0.0.1:1/none' });
    expect(states(found)).toMatchObject({ 'Mailbox API': 'right', database: 'wrong' });
  });

  test.each([
    [401, /token/, 'wrong', 'rejects the credentials (mailbox_token_401)', 'HELPSCOUT_APP_ID and'],
    [400, /token/, 'wrong', 'rejects the credentials (mailbox_token_400)', 'HELPSCOUT_APP_ID and'],
    [403, /customers/, 'wrong', 'rejects the credentials (mailbox_403)', 'a plan with API access'],
    [429, /customers/, 'advice', 'the rate limit is reached (mailbox_429)', 'wait a minute'],
    [500, /customers/, 'wrong', 'gives no valid response (mailbox_500)', 'firewalls'],
    [200, /customers/, 'wrong', 'no valid response (mailbox_malformed)', 'firewalls'],
  ])('with %d at %s is %s', async (status, path, state, says, todo) => {
    const { found, mailbox } = await scene(always(status, path));
    expect(mailbox).toMatchObject({
      state,
      says: expect.stringContaining(says),
      todo: expect.stringContaining(todo),
    });
    expect(found.find(({ check }) => check === 'page')).toMatchObject({
      state: 'wrong',
      says: expect.stringMatching(/^agents would read an error message: mailbox_/),
    });
  });

  test('that takes longer than an agent waits is said to', async () => {
    const { mailbox } = await scene((req, res) => {
      if (!/customers/.test(req.url ?? '')) return false;
      setTimeout(() => res.writeHead(404).end(), 1_500);
      return true;
    });
    expect(mailbox).toMatchObject({
      state: 'advice',
      says: expect.stringMatching(/in 1[5-9]\d\d ms: the server waits 1,200 ms/),
    });
  });

  test('that never answers is said to, and the doctor goes on', async () => {
    const { mailbox, found } = await scene(() => true);
    expect(mailbox).toMatchObject({ state: 'wrong', says: expect.stringContaining('mailbox_') });
    expect(found.at(-1)?.check).toBe('server');
  }, 20_000);

  test('is not needed by a legacy app, but by a platform app', async () => {
    const without = (app: ExamineOptions['app'], changes = {}) =>
      finding('Mailbox API', changes, null, { app });
    expect(await without('legacy')).toEqual([]);
    const says =
      'no credentials are set, and the query does not use $2: a platform app finds no customer';
    const todo = expect.stringContaining(
      'set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET, or use $2',
    );
    expect(await without(null)).toMatchObject([
      { state: 'skipped', says: `${says}; a legacy app needs neither`, todo },
    ]);
    expect(await without('platform')).toMatchObject([{ state: 'wrong', says, todo }]);
    const ACCOUNT_QUERY_FILE = await file(
      'number.sql',
      'select email, $2 as helpscout_customer_id from users where email = any($1)',
    );
    expect(await without('platform', { ACCOUNT_QUERY_FILE })).toMatchObject([
      { state: 'skipped', says: expect.stringContaining('finds only customers that $2 matches') },
    ]);
  });
});

describe('the page', () => {
  test('is not checked for a legacy app', async () => {
    const found = await findings({}, 'http://127.0.0.1:1/helpscout', { app: 'legacy' });
    expect(found.map(({ check }) => check).filter((check) => /page/.test(check))).toEqual([]);
  });

  test('is wrong when the lookup by number fails, with the code', async () => {
    const ACCOUNT_QUERY_FILE = await file(
      'by-number.sql',
      `select 'x' as email, '7' as helpscout_customer_id
       where $1::text[] is null or $2::text is not null and pg_sleep(5)::text is not null`,
    );
    const found = await findings({ ACCOUNT_QUERY_FILE });
    expect(states(found)['answer']).toBe('right');
    expect(found.find(({ check }) => check === 'page')).toMatchObject({
      state: 'wrong',
      says: 'agents would read an error message: 57014',
    });
  });
});

describe('the server at PORT', () => {
  const at = async (answer: RequestListener) =>
    finding('server', { PORT: String(await serve(answer)) });

  test('need not run', async () => {
    expect(await finding('server', { PORT: '1' })).toMatchObject([
      { state: 'skipped', says: 'none runs at 127.0.0.1:1' },
    ]);
  });

  test('may be the demo, which has a Secret Key of its own', async () => {
    const demoKey = 'the-secret-of-a-running-demo';
    const app = createApp({
      ...dependencies(),
      secretKeys: { secretKey: demoKey, previous: null },
    });
    const port = await serve(app);
    onTestFinished(await leaveNote(Number(port), demoKey));
    expect(await finding('server', { PORT: String(port) })).toMatchObject([
      { state: 'skipped', says: expect.stringContaining('the demo runs') },
    ]);
  });

  test('is wrong with another Secret Key', async () => {
    const app = createApp({
      ...dependencies(),
      secretKeys: { secretKey: 'another-secret-of-some-length', previous: null },
    });
    expect(await at(app)).toMatchObject([
      {
        state: 'wrong',
        says: expect.stringContaining(
          '403: the server rejected the signature: it has a different Secret Key',
        ),
      },
    ]);
  });

  test('is wrong when it supports legacy apps only', async () => {
    const app = createApp(dependencies());
    const before = (req: IncomingMessage, res: ServerResponse) =>
      req.method === 'GET' ? res.writeHead(405).end() : app(req, res);
    expect(await at(before)).toMatchObject([
      { state: 'wrong', says: expect.stringContaining('405: it supports legacy apps only') },
    ]);
  });

  test('is wrong when it is another program', async () => {
    expect(await at((_, res) => res.writeHead(404).end())).toMatchObject([
      { state: 'wrong', says: expect.stringContaining('404 instead of 403') },
    ]);
    expect(await at((req) => req.socket.destroy())).toMatchObject([
      { state: 'wrong', says: expect.stringContaining('gives no HTTP response (ECONNRESET)') },
    ]);
  });

  test('is wrong when its own database is away', async () => {
    const away = () =>
      Promise.reject(new LookupError('unreachable', 'ECONNREFUSED', { cause: null }));
    expect(await at(createApp({ ...dependencies(), findAccounts: away }))).toMatchObject([
      {
        state: 'wrong',
        says: expect.stringMatching(/Customer data can’t be reached right now \([0-9a-f]{8}\)/),
      },
    ]);
  });
});

describe('the Callback URL', () => {
  const at = async (answer: RequestListener, changes = {}) =>
    ofCallbackUrl(await findings(changes, `http://127.0.0.1:${await serve(answer)}/helpscout`));

  test('is wrong without https, though all else is right', async () => {
    const found = await at(createApp(dependencies()));
    expect(states(found)).toEqual({
      certificate: 'wrong',
      redirect: 'right',
      unsigned: 'right',
      signed: 'right',
      time: 'right',
      'unsigned page': 'right',
      // It has no credentials, which a legacy app does not need.
      'signed page': 'advice',
    });
  });

  test('is wrong when it redirects', async () => {
    const found = await at((_, res) =>
      res.writeHead(301, { Location: 'https://x.example/' }).end(),
    );
    expect(found[1]).toMatchObject({
      check: 'redirect',
      state: 'wrong',
      says: '301: a redirect to https://x.example/, which Help Scout does not follow',
    });
    expect(states(found)).toMatchObject({
      unsigned: 'skipped',
      signed: 'skipped',
      time: 'skipped',
    });
  });

  test('is wrong when it answers without a signature', async () => {
    const found = await at((_, res) => res.end('{"html":"<p>Fred</p>"}'));
    expect(found[2]).toMatchObject({
      check: 'unsigned',
      state: 'wrong',
      says: '200: it answers requests without a signature',
    });
  });

  test.each([
    ['404: there is nothing at this path', 404, ''],
    ['500 instead of 200', 500, ''],
    ['200, but no {"html": …}', 200, '<html>a page</html>'],
  ])('is wrong with %s', async (says, status, text) => {
    const found = await at((_, res) => res.writeHead(status).end(text));
    expect(found[3]).toMatchObject({ check: 'signed', state: 'wrong', says });
  });

  test.each([
    [1_200, 'advice'],
    [2_200, 'wrong'],
  ])(
    'that takes %d ms is %s',
    async (ms, state) => {
      const app = createApp(dependencies());
      const found = await at((req, res) => {
        setTimeout(() => app(req, res), req.headers['x-helpscout-signature'] ? ms : 0);
      });
      expect(found[4]).toMatchObject({ check: 'time', state });
    },
    10_000,
  );

  describe('of a platform app', () => {
    const known = () => createApp({ ...dependencies(), findAddresses: async () => [] });

    /** What is found where a proxy does this to the headers of every page. */
    const through = async (change: (res: ServerResponse) => void) => {
      const app = known();
      return at((req, res) => {
        const writeHead = res.writeHead.bind(res);
        res.writeHead = ((status: number) => {
          if (req.method === 'GET') change(res);
          return writeHead(status);
        }) as typeof res.writeHead;
        app(req, res);
      });
    };

    test('is right where the page is as it was sent', async () => {
      const found = await at(known());
      expect(found.slice(5)).toMatchObject([
        { check: 'unsigned page', state: 'right', says: '403 without a signature' },
        {
          check: 'signed page',
          state: 'right',
          says: expect.stringMatching(
            /^200 with a signature, and a page that only Help Scout may frame, in [\d.]+ ms$/,
          ),
        },
      ]);
    });

    test('keeps what is in the address already', async () => {
      const seen: string[] = [];
      const app = createApp(dependencies());
      const port = await serve((req, res) => {
        seen.push(`${req.method} ${req.url?.replace(/&X-HelpScout-Signature=.*/, '&…')}`);
        app(req, res);
      });
      await findings({}, `http://127.0.0.1:${port}/helpscout?own=1`);
      const query = platformQuery('2147483647', null);
      expect(seen).toContain(`GET /helpscout?own=1&${query}`);
      expect(seen).toContain(`GET /helpscout?own=1&${query}&…`);
    });

    test.each([
      ['forbids every frame', 'X-Frame-Options', 'DENY', "default-src 'none'; script-src"],
      [
        'has a policy of its own',
        'Content-Security-Policy',
        "default-src 'self'",
        "default-src 'self'",
      ],
      ['takes the policy away', 'Content-Security-Policy', null, 'no Content-Security-Policy'],
    ])('is wrong where a proxy %s', async (_, name, value, says) => {
      const found = await through((res) =>
        value === null ? res.removeHeader(name) : res.setHeader(name, value),
      );
      expect(found.at(-1)).toMatchObject({
        check: 'signed page',
        state: 'wrong',
        says: expect.stringContaining(
          `200, but its headers keep Help Scout from framing it: ${says}`,
        ),
        todo: expect.stringContaining('X-Frame-Options'),
      });
    });

    test('is wrong where something else answers, whoever asks', async () => {
      const app = known();
      const found = await at((req, res) =>
        req.method === 'GET' ? res.end('{"html":"<p>Fred</p>"}') : app(req, res),
      );
      expect(found.slice(-2)).toMatchObject([
        { state: 'wrong', says: '200: it answers requests without a signature' },
        { state: 'wrong', says: '200, but not an html page: agents would see its source' },
      ]);
    });

    test('is wrong where Help Scout’s API refuses that server', async () => {
      const findAddresses = () => Promise.reject(new MailboxError('refused', '401'));
      const found = await at(createApp({ ...dependencies(), findAddresses }));
      expect(found.at(-1)).toMatchObject({
        state: 'wrong',
        says: expect.stringMatching(/agents read “Help Scout’s API refuses this sidebar’s/),
        todo: expect.stringMatching(/search the log of that server for [0-9a-f]{8}/),
      });
    });

    test('is right where Help Scout’s API does not know that nobody', async () => {
      const findAddresses = () => Promise.reject(new MailboxError('unknown', '404'));
      const found = await at(createApp({ ...dependencies(), findAddresses }));
      expect(found.at(-1)).toMatchObject({ check: 'signed page', state: 'right' });
    });

    test('that knows nobody is wrong where it must', async () => {
      const port = await serve(createApp(dependencies()));
      const url = `http://127.0.0.1:${port}/helpscout`;
      const [found] = await finding('signed page', {}, url, { app: 'platform' });
      expect(found).toMatchObject({ state: 'wrong', todo: expect.stringContaining('$2') });
    });
  });

  test('is asked no question that needs a Secret Key when there is none', async () => {
    const found = await at(createApp(dependencies()), { HELPSCOUT_SECRET_KEY: '' });
    expect(states(found)).toMatchObject({ unsigned: 'right', signed: 'skipped', time: 'skipped' });
  });

  test('is wrong when nothing answers', async () => {
    const found = ofCallbackUrl(await findings({}, 'https://127.0.0.1:1/helpscout'));
    expect(found[0]).toMatchObject({
      check: 'Callback URL',
      state: 'wrong',
      says: 'Cannot connect to 127.0.0.1:1 (ECONNREFUSED)',
    });
    expect(found.slice(1).map(({ state }) => state)).toEqual(Array(7).fill('skipped'));
  });

  test('is wrong when it stops answering halfway, and the rest is skipped', async () => {
    const app = createApp(dependencies());
    const found = await at((req, res) =>
      req.headers['x-helpscout-signature'] ? req.socket.destroy() : app(req, res),
    );
    expect(found[3]).toMatchObject({
      check: 'Callback URL',
      state: 'wrong',
      says: expect.stringMatching(/^Cannot connect to 127\.0\.0\.1:\d+ \(ECONNRESET\)$/),
    });
    const skipped = ['signed', 'time', 'unsigned page', 'signed page'];
    expect(found.slice(4)).toMatchObject(skipped.map((check) => ({ check, state: 'skipped' })));
  });

  describe('with https', () => {
    let port: number;
    beforeAll(async () => {
      const files = { cert: readFileSync(certificate), key: readFileSync(certificateKey) };
      port = await serve(createApp(dependencies()), createHttpsServer(files), afterAll);
    });
    const trusted = { NODE_EXTRA_CA_CERTS: fileURLToPath(certificate) };

    test('is right with a certificate that is known', async () => {
      const words = ['--url', `https://127.0.0.1:${port}/helpscout`];
      const { code, printed } = await doctor(words, { ...good, ...trusted });
      expect(printed).toMatch(/✓ certificate +good for another \d+ days/);
      expect(printed).toMatch(/✓ signed +200 with a signature, and a sidebar/);
      expect(code).toBe(0);
    });

    test('is wrong with one that nobody knows', async () => {
      const found = ofCallbackUrl(await findings({}, `https://127.0.0.1:${port}/helpscout`));
      expect(found[0]).toMatchObject({
        check: 'certificate',
        state: 'wrong',
        says: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
      });
      expect(found.slice(1).map(({ state }) => state)).toEqual(Array(6).fill('skipped'));
    });

    test('is told in time that the certificate ends', () => {
      const url = new URL('https://sidebar.example.com/helpscout');
      const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
      expect(checkCertificate(url, inDays(13), now)).toMatchObject({ state: 'advice' });
      expect(checkCertificate(url, inDays(14), now)).toMatchObject({ state: 'right' });
    });

    test('is wrong with one for another name', async () => {
      const words = ['--url', `https://localhost:${port}/helpscout`];
      const { code, printed } = await doctor(words, { ...good, ...trusted });
      expect(printed).toMatch(/✗ certificate +localhost:\d+: the certificate is for another name/);
      expect(code).toBe(1);
    });
  });
});

describe('npm run doctor', () => {
  test('prints a line for each check, and what to do', async () => {
    const { code, printed } = await doctor([], { ...good, DATABASE_URL: database.owner });
    expect(code).toBe(1);
    expect(printed).toMatch(
      /^[✓!] Node .*\n( +→.*\n)?✓ settings {6}not production, 127\.0\.0\.1:\d+, en-GB/,
    );
    expect(printed).toContain(
      '\n✗ role          "postgres" is a superuser, or may become one\n                → make a role',
    );
    expect(printed).toMatch(/\n\n1 wrong, (1 warning, )?5 skipped\.\n$/);
    expect(printed).not.toContain(new URL(database.owner).password);
    expect(printed).not.toContain(secretKey);
  });

  test.each([
    ['not into a pipe', {}, '✗ database'],
    ['where FORCE_COLOR says so', { FORCE_COLOR: '1' }, '\u001b[31m✗\u001b[39m database'],
    ['not with FORCE_COLOR=0', { FORCE_COLOR: '0' }, '✗ database'],
  ])('colours its marks: %s', async (_, settings, line) => {
    const { printed } = await doctor([], { DATABASE_URL: 'here', ...settings });
    expect(printed).toContain(`\n${line} `);
  });

  test('ends quietly when its pipe is closed', async () => {
    const env = { PATH: process.env['PATH'], DATABASE_URL: 'here' };
    const child = spawn(process.execPath, [program], { env, cwd: '/' });
    child.stdout.destroy();
    let printed = '';
    child.stderr.on('data', (chunk) => {
      printed += chunk;
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(printed).toBe('');
  });

  test('prints JSON for a machine', async () => {
    const { code, printed } = await doctor(['--json'], good);
    expect(code).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({
      isRight: true,
      findings: expect.arrayContaining([
        {
          check: 'secret',
          state: 'right',
          says: '40 characters, no white space, no placeholder',
          todo: null,
        },
      ]),
    });
    const bad = await doctor(['--json'], { ...good, PORT: 'abc' });
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.printed)).toMatchObject({ isRight: false });
  });

  test.each([
    [['--loud'], '--loud'],
    [['--app', 'freescout'], '--app must be legacy or platform, but is "freescout"'],
    [['--url', 'here'], '--url must be an http or https URL, but is "here"'],
    [['words'], 'words'],
  ])('explains itself when called with %j', async (words, explanation) => {
    const { code, printed } = await doctor(words, good);
    expect(code).toBe(2);
    expect(printed).toContain(explanation);
    expect(printed).toContain('npm run doctor');
    expect(printed).not.toMatch(/^ +at /m);
  });

  test('prints its usage', async () => {
    const { code, printed } = await doctor(['--help'], {});
    expect(code).toBe(0);
    expect(printed).toContain('The exit status is 0 when nothing is wrong');
  });

  test('examines the demo when nothing is set', async () => {
    const { code, printed } = await doctor([], { PORT: '1' });
    expect(printed).toContain('the demo is checked');
    expect(printed).toMatch(/✓ answer +403 without a signature, 200 with one/);
    expect(printed).toMatch(/– Mailbox API +the demo uses a stand-in/);
    expect(printed).toMatch(/✓ page +403 without a signature, 200 with one/);
    expect(code).toBe(0);
  }, 60_000);
});
