import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { secretKey } from '../examples.ts';
import { type BreakablePostgres, openBreakablePostgres } from './tools/postgres.ts';
import { measured, times } from './tools/scale.ts';
import { launch } from './tools/sidebar.ts';

let postgres: BreakablePostgres;
let folder: string;

beforeAll(async () => {
  postgres = await openBreakablePostgres();
  folder = await mkdtemp(join(tmpdir(), 'faults-'));
});
afterAll(async () => {
  await postgres?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const exitsWithinMs = times(6_000, 2_000);
const half = 'q7Tz0mW4cK9vB2nX5sL8';

/** A setting, its value or the text of its file, and what must be said. */
const wrong: readonly (readonly [string, string | null, string])[] = [
  ['HELPSCOUT_SECRET_KEY', null, 'is not set'],
  ['HELPSCOUT_SECRET_KEY', half.slice(1), 'must have 20 to 40 characters'],
  ['HELPSCOUT_SECRET_KEY', `${half}${half}x`, 'must have 20 to 40 characters'],
  ['HELPSCOUT_SECRET_KEY', ` ${half}`, 'white space'],
  ['HELPSCOUT_SECRET_KEY', `${half}\n`, 'white space'],
  ['HELPSCOUT_SECRET_KEY', `${half} ${half.slice(1)}`, 'white space'],
  ['HELPSCOUT_SECRET_KEY', 'change-me-change-me-change-me', 'placeholder'],
  ['HELPSCOUT_SECRET_KEY', 'xxxxxxxxxxxxxxxxxxxxxxxx', 'placeholder'],
  ['DATABASE_URL', null, 'is not set'],
  ['DATABASE_URL', 'db.example.com/canary', 'is not a URL'],
  ['DATABASE_URL', 'mysql://root:canary@db/app', 'begins with "mysql:"'],
  ['DATABASE_CONNECTIONS', '0', 'must be a whole number from 1 to 100'],
  ['PORT', 'abc', 'must be a whole number'],
  ['PORT', '65536', 'must be a whole number'],
  ['PORT', '-1', 'must be a whole number'],
  ['PORT', '80.5', 'must be a whole number'],
  ['HOST', '192.0.2.1', 'must be an address of this machine'],
  ['PREVIEW_PORT', '65536', 'must be a whole number'],
  ['METRICS_PORT', 'abc', 'must be a whole number'],
  ['METRICS_PORT', '65536', 'must be a whole number'],
  ['METRICS_HOST', '127.0.0.1', 'METRICS_PORT is not set'],
  ['LOG_LEVEL', 'loud', 'must be one of trace, debug'],
  ['LOCALE', 'en_GB', 'must be a language tag'],
  ['LOCALE', 'klingon', 'must be a language tag'],
  ['STRIPE_DASHBOARD_URL', 'javascript:alert(1)', 'must be a web address'],
  ['STRIPE_DASHBOARD_URL', 'dashboard.stripe.com', 'must be a web address'],
  ['ACCOUNT_QUERY_FILE', '/nowhere/account.sql', 'must be a file that exists'],
  ['ACCOUNT_QUERY_FILE', '/', 'must be a file that exists'],
  ['VIEWS_DIR', '/nowhere', 'must be a folder that exists'],
  ['VIEWS_DIR', '/etc/passwd', 'must be a folder that exists'],
];

const wrongQueries: readonly (readonly [string, string])[] = [
  ['', 'must be a select'],
  ['selec email from users', 'syntax error'],
  ['select email from nowhere where email = any($1)', 'does not exist'],
  ['select emale as email from users where $1::text[] is not null', 'does not exist'],
  ['select full_name from users where email = any($1)', 'must return a column "email"'],
  ['select email from users', 'must look for $1'],
  ['select email from users where email = any($1) and email = $2', 'helpscout_customer_id'],
  ['select email from users where email = any($1) and email = $4', 'there is no $4'],
  ['select email, id as is_owner from users where email = any($1)', '"is_owner" must be'],
  ['select email, full_name as password from users where email = any($1)', 'looks like a secret'],
  ['select email, email from users where email = any($1)', 'more than once'],
  ["select email, 'x'::bytea as photo from users where email = any($1)", 'cannot be shown'],
  ['select email from users where email = any($1); select 1', 'one statement'],
  ['delete from users where email = any($1) returning email', 'permission denied'],
];

const wrongViews: readonly (readonly [string, string, string])[] = [
  ['account.ejs', 'Hello', 'There is no sidebar.ejs'],
  ['sidebar.ejs', '<% if (sidebar.sentence) { %>', 'does not compile'],
  ['sidebar.ejs', '<%= sidebar.sentense %>', 'there is no "sentense"'],
  ['sidebar.ejs', '<%- partial.nothing({}) %>', 'nothing.ejs is missing'],
  ['sidebar.ejs', "<%- include('/etc/passwd') %>", 'include() is not available'],
];

test('no bad setting, query or layout ever opens the port', async (context) => {
  const tries: [Record<string, string | null>, string, string][] = wrong.map(
    ([name, value, said]) => [{ [name]: value }, name, said],
  );
  for (const [number, [sql, said]] of wrongQueries.entries()) {
    const file = join(folder, `${number}.sql`);
    await writeFile(file, sql);
    tries.push([{ ACCOUNT_QUERY_FILE: file }, file, said]);
  }
  for (const [number, [name, text, said]] of wrongViews.entries()) {
    const views = join(folder, `views-${number}`);
    await mkdir(views);
    await writeFile(join(views, name), text);
    tries.push([{ VIEWS_DIR: views }, views, said]);
  }

  const faults: string[] = [];
  let slowest = 0;
  for (const [settings, name, said] of tries) {
    const { fault, ms } = await tryToStart(settings, name, said);
    slowest = Math.max(slowest, ms);
    if (fault) faults.push(`${JSON.stringify(settings)}: ${fault}`);
  }
  measured(context, `${tries.length} of them, ${faults.length} faults, slowest exit ${slowest} ms`);
  expect(faults).toEqual([]);
});

async function tryToStart(changes: Record<string, string | null>, name: string, said: string) {
  const port = await freePort();
  const settings: Record<string, string | null> = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    HELPSCOUT_SECRET_KEY: secretKey,
    DATABASE_URL: postgres.readerUrl,
    ...changes,
  };
  const set = Object.entries(settings).filter((one): one is [string, string] => one[1] !== null);
  const started = performance.now();
  const { child, printed, exited } = launch(Object.fromEntries(set));
  let wasOpen = false;
  const givenUp = started + 4 * exitsWithinMs;
  while (child.exitCode === null && performance.now() < givenUp) {
    wasOpen ||= await isOpen(port);
    await wait(5);
  }
  const ms = Math.round(performance.now() - started);
  child.kill('SIGKILL');
  const [code] = await exited;
  const secret = changes['HELPSCOUT_SECRET_KEY'] ?? changes['DATABASE_URL'];
  const fault =
    (wasOpen && 'the port was open') ||
    (code === null && 'never exits') ||
    (code === 0 && 'exits with 0') ||
    (ms > exitsWithinMs && `exits after ${ms} ms`) ||
    (!(printed.text.includes(name) && printed.text.includes(said)) && `says ${printed.text}`) ||
    (secret && printed.text.includes(secret) && 'shows the secret') ||
    (/^ +at /m.test(printed.text) && 'shows a stack') ||
    null;
  return { fault, ms };
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
