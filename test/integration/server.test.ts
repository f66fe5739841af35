import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { sign } from '../../src/helpscout/signature.ts';
import { requestBody } from '../../src/kit/request.ts';
import { createDemoDatabase } from '../databases.ts';
import { addressFor, eventually, now, secretKey } from '../examples.ts';
import { previewIn, runServer, startServer, stopServers } from '../server-process.ts';

// The built program in a process of its own, as an operator runs it.

let databaseUrl: string;

beforeAll(async () => {
  databaseUrl = await createDemoDatabase(now);
});
afterEach(stopServers);

const post = (port: number, body: string) =>
  fetch(`http://127.0.0.1:${port}/helpscout`, {
    method: 'POST',
    headers: { 'X-HelpScout-Signature': sign(secretKey, body) },
    body,
  });

describe('starts not at all', () => {
  test('with bad settings, and names them all without showing a secret', async () => {
    const { child, printed } = runServer({
      HELPSCOUT_SECRET_KEY: 'too-short-canary',
      DATABASE_URL: 'mysql://root:canary@db/app',
      PORT: 'abc',
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    expect(printed.text).toMatch(
      /HELPSCOUT_SECRET_KEY .*\n?.*DATABASE_URL|DATABASE_URL .*\n?.*HELPSCOUT_SECRET_KEY/s,
    );
    expect(printed.text).toContain('PORT must be a whole number from 0 to 65535, but is "abc"');
    expect(printed.text).not.toContain('canary');
    expect(printed.text).not.toMatch(/^ +at /m);
  });

  test('in production without a database or a secret', async () => {
    const { child, printed } = runServer({ NODE_ENV: 'production' });
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    expect(printed.text).toContain('DATABASE_URL is not set');
    expect(printed.text).toContain('HELPSCOUT_SECRET_KEY is not set');
  });

  test('on a port that is taken, which it names', async () => {
    const first = await startServer({ HELPSCOUT_SECRET_KEY: secretKey, DATABASE_URL: databaseUrl });
    const { child, printed } = runServer({
      HELPSCOUT_SECRET_KEY: secretKey,
      DATABASE_URL: databaseUrl,
      PORT: String(first.port),
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    expect(printed.text).toContain(`PORT ${first.port} is taken`);
  });
});

test('warns loudly of a role that could write, and serves', async () => {
  const superuser = Object.assign(new URL(databaseUrl), { username: 'postgres' }).href;
  const { port, printed } = await startServer({
    HELPSCOUT_SECRET_KEY: secretKey,
    DATABASE_URL: superuser,
  });
  expect((await post(port, requestBody(['fredsmith@mailinator.com']))).status).toBe(200);
  await eventually(() => expect(printed.text).toContain('"event":"doctor","class":"role"'));
});

describe('starts not at all', () => {
  test.each([
    [
      'a query that is wrong',
      { ACCOUNT_QUERY_FILE: 'query.sql' },
      'query.sql:2: column "emale" does not exist',
    ],
    ['a view that is wrong', { VIEWS_DIR: 'views' }, 'sidebar.ejs:2'],
  ])('with %s, in production either', async (_, files, explanation) => {
    const folder = await mkdtemp(join(tmpdir(), 'own-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'query.sql'), 'select\n  emale as email from users');
    await mkdir(join(folder, 'views'));
    await writeFile(join(folder, 'views', 'sidebar.ejs'), '<p>\n<%= sidebar.sentense %>');
    const paths = Object.entries(files).map(([name, file]) => [name, join(folder, file)]);
    const { child, printed } = runServer({
      ...Object.fromEntries(paths),
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      HELPSCOUT_SECRET_KEY: secretKey,
    });
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(printed.text).toContain(explanation);
    expect(printed.text).not.toMatch(/^ +at .*\.js/m);
  });

  test('without its database, outside production', async () => {
    const { child, printed } = runServer({
      DATABASE_URL: 'postgres://127.0.0.1:1/none',
      HELPSCOUT_SECRET_KEY: secretKey,
    });
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(printed.text).toBe(
      'Cannot connect to the database: connection refused (ECONNREFUSED). Start Postgres, or correct the host and port in DATABASE_URL.\n',
    );
  });
});

describe('stops', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'on %s, though a client keeps its connection, and another never used its own',
    async (signal) => {
      const settings = { HELPSCOUT_SECRET_KEY: secretKey, DATABASE_URL: databaseUrl };
      const { child, port } = await startServer(settings);
      const body = requestBody(['fredsmith@mailinator.com']);
      expect((await post(port, body)).status).toBe(200);
      const unused = connect(port, '127.0.0.1');
      await once(unused, 'connect');
      child.kill(signal);
      // As npm does, which passes on what the terminal told everybody.
      child.kill(signal);
      expect((await once(child, 'exit'))[0]).toBe(0);
      unused.destroy();
    },
  );

  test('after a while in which it still answers, if it is told to, and says that it stops', async () => {
    const { child, port } = await startServer({
      HELPSCOUT_SECRET_KEY: secretKey,
      DATABASE_URL: databaseUrl,
      SHUTDOWN_DELAY_SECONDS: '1',
    });
    const ready = () => fetch(`http://127.0.0.1:${port}/readyz`);
    expect((await ready()).status).toBe(200);
    child.kill('SIGTERM');
    await eventually(async () => expect((await ready()).status).toBe(503));
    const answer = await post(port, requestBody(['fredsmith@mailinator.com']));
    const page = await fetch(`http://127.0.0.1:${port}/helpscout`);
    for (const { status, headers } of [answer, page]) {
      expect(status).toBe(200);
      expect(headers.get('connection')).toBe('close');
    }
    expect((await once(child, 'exit'))[0]).toBe(0);
  });

  test('at once for whoever asks a second time, and says by its status that it did not finish', async () => {
    const { child, printed } = await startServer({
      HELPSCOUT_SECRET_KEY: secretKey,
      DATABASE_URL: databaseUrl,
      SHUTDOWN_DELAY_SECONDS: '60',
    });
    child.kill('SIGTERM');
    await eventually(() => expect(printed.text).toContain('"stopping"'));
    // Within a second it would be npm, which passes on what the terminal told everybody.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(1);
  });
});

describe('the preview', () => {
  const settings = () => ({ DATABASE_URL: databaseUrl, HELPSCOUT_SECRET_KEY: secretKey });

  test('listens on 127.0.0.1 though HOST is every address, and asks the sidebar there', async () => {
    const { port, printed } = await startServer({ ...settings(), HOST: '0.0.0.0' });
    const url = await previewIn(printed);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/preview$/);
    expect(Number(new URL(url).port)).not.toBe(port);
    expect((await fetch(`http://127.0.0.1:${port}/preview`)).status).toBe(404);
    const response = await fetch(`${url}/lookup`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Origin: new URL(url).origin },
      body: '{"emails":["fredsmith@mailinator.com"]}',
    });
    const { legacy } = (await response.json()) as { legacy: { url: string; html: string } };
    expect(legacy.url).toBe(`http://127.0.0.1:${port}/helpscout`);
    expect(legacy.html).toContain('Smith &amp; Sons');
    // On Linux, a server that listens on every address answers here, too.
    await expect(fetch(url.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow('fetch failed');
  });

  test('names PREVIEW_PORT when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    const { child, printed } = runServer({ ...settings(), PREVIEW_PORT: String(port) });
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(printed.text).toContain(
      `PREVIEW_PORT ${port} is taken by another program: stop that one, or set PREVIEW_PORT to another`,
    );
  });
});

test('answers in production though the database was away when it started', async () => {
  const settings = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    DATABASE_URL: 'postgres://127.0.0.1:1/none',
    HELPSCOUT_SECRET_KEY: secretKey,
  };
  const { port, printed } = await startServer(settings);
  const response = await post(port, requestBody(['fredsmith@mailinator.com']));
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('can’t be reached right now');
  expect(printed.text).toContain('"database_failed","class":"ECONNREFUSED"');
  expect(printed.text).not.toContain('fredsmith');
});

describe('with a DATABASE_URL that Postgres refuses', () => {
  const refused = () => {
    const url = new URL(databaseUrl);
    url.pathname = '/canary_of_a_database';
    return url.href;
  };
  const settings = () => ({ DATABASE_URL: refused(), HELPSCOUT_SECRET_KEY: secretKey });
  const says = 'Cannot connect to the database: it does not exist (3D000)';
  const todo = 'Correct the name of the database in DATABASE_URL.';

  test('logs what to do in production, twice: the start, and what the doctor saw', async () => {
    const { printed } = await startServer({
      ...settings(),
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
    });
    const line = (event: string) =>
      `"event":"${event}","class":"3D000","says":"${says}","todo":"${todo}"`;
    expect(printed.text).toContain(line('database_failed'));
    await eventually(() => expect(printed.text).toContain(line('doctor')));
    expect(printed.text).not.toContain('canary');
  });

  test('ends elsewhere, and says what to do', async () => {
    const { child, printed } = runServer(settings());
    expect((await once(child, 'exit'))[0]).toBe(1);
    expect(printed.text).toContain(`${says}. ${todo}\n`);
    expect(printed.text).not.toContain('canary');
  });
});

test('warns of a setting that is misspelt, without its value', async () => {
  const settings = { DATABASE_URL: databaseUrl, HELPSCOUT_SECRET_KEY: secretKey };
  const { printed } = await startServer({ ...settings, HELPSCOUT_APP_SECRT: 'canary' });
  expect(printed.text).toContain(
    '"unknown_setting","says":"HELPSCOUT_APP_SECRT is no setting: did you mean HELPSCOUT_APP_SECRET?"',
  );
  expect(printed.text).not.toContain('canary');
});

test('warns of a parameter of DATABASE_URL that is ignored, and what to write', async () => {
  const DATABASE_URL = `${databaseUrl}?statement_timeout=30000`;
  const { printed } = await startServer({ DATABASE_URL, HELPSCOUT_SECRET_KEY: secretKey });
  expect(printed.text).toContain(
    '"event":"database_url","says":"DATABASE_URL has statement_timeout, which is ignored',
  );
});

test.each([
  ['that has ended', '2020-01-31', true],
  ['that has not', '2099-01-31', false],
])('warns of a Secret Key before %s', async (_, until, isSaid) => {
  const { printed } = await startServer({
    HELPSCOUT_SECRET_KEY: secretKey,
    HELPSCOUT_SECRET_KEY_PREVIOUS: 'the-key-that-was-before-it',
    HELPSCOUT_SECRET_KEY_PREVIOUS_UNTIL: until,
    DATABASE_URL: databaseUrl,
  });
  const warning = '"event":"previous_secret_ended","until":"2020-01-31T00:00:00.000Z"';
  expect(printed.text.includes(warning)).toBe(isSaid);
  expect(printed.text).not.toContain('the-key-that-was-before-it');
});

test('finds by the customer’s number in Help Scout, where the query asks for it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'own-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'query.sql');
  await writeFile(
    file,
    `select email, full_name as person_name, '70' || id as helpscout_customer_id
     from users where lower(email) = any($1) or '70' || id = $2`,
  );
  const { port } = await startServer({
    HELPSCOUT_SECRET_KEY: secretKey,
    DATABASE_URL: databaseUrl,
    ACCOUNT_QUERY_FILE: file,
  });
  const textFor = async (id: string) =>
    (await fetch(`http://127.0.0.1:${port}${addressFor(id)}`)).text();
  expect(await textFor('701')).toContain('Fred Smith');
  expect(await textFor('702')).toContain('Jane Citizen');
  expect(await textFor('799')).toContain('No account is linked to this customer of Help Scout.');
});

describe('the demo, on a machine that never ran it', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'demo-'));
    await chmod(folder, 0o755);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('serves two at once with Secret Keys of their own, and leaves nothing running', async () => {
    const first = await startServer({ TMPDIR: folder });
    const second = await startServer({ TMPDIR: folder, HELPSCOUT_SECRET_KEY: secretKey });
    expect((await fetch(await previewIn(first.printed))).status).toBe(200);
    expect(first.printed.text).toContain('npm run ask -- fredsmith@mailinator.com');

    const page = await fetch(`http://127.0.0.1:${second.port}${addressFor('1')}`);
    expect(await page.text()).toContain('Smith &amp; Sons');

    const body = requestBody(['fredsmith@mailinator.com']);
    expect((await post(first.port, body)).status).toBe(403);
    expect(await (await post(second.port, body)).text()).toContain('Smith &amp; Sons');

    await end(first.child);
    expect(await (await post(second.port, body)).text()).toContain('Smith &amp; Sons');

    const [user] = await readdir(folder);
    const pidFile = join(folder, user as string, 'demo', 'cluster', 'postmaster.pid');
    expect(existsSync(pidFile)).toBe(true);
    await end(second.child);
    expect(existsSync(pidFile)).toBe(false);
  }, 60_000);

  test('takes over the Postgres that a killed process left behind', async () => {
    const killed = await startServer({ TMPDIR: folder });
    killed.child.kill('SIGKILL');
    await once(killed.child, 'exit');
    const next = await startServer({ TMPDIR: folder, HELPSCOUT_SECRET_KEY: secretKey });
    const answer = await post(next.port, requestBody(['fredsmith@mailinator.com']));
    expect(await answer.text()).toContain('Smith &amp; Sons');
    await end(next.child);
    expect((await readdir(folder)).length).toBe(1);
  }, 60_000);
});

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGINT');
  expect((await once(child, 'exit'))[0]).toBe(0);
}
