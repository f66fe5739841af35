import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sign } from '../src/helpscout/signature.ts';
import { requestBody } from '../src/tools/request.ts';
import { addressFor, secretKey } from './examples.ts';

// The package as a team gets it that mounts the sidebar in an Express app of its own: packed,
// installed outside this tree, checked against its types, run.

const root = fileURLToPath(new URL('../', import.meta.url));
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

let folder: string;
let url: string;
let stop = async () => {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mounting-'));
  // npm test has built it.
  const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', pack, { cwd: root });
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({
      type: 'module',
      dependencies: {
        express: dependencies.express,
        'helpscout-sidebar': `file:./${stdout.trim()}`,
        '@types/express': devDependencies['@types/express'],
        '@types/node': devDependencies['@types/node'],
      },
    }),
  );
  await writeFile(join(folder, 'app.ts'), app);
  const install = ['install', '--omit=optional', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', install, { cwd: folder });
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = join(dirname(typescript), 'bin', 'tsc');
  const options = '--target es2023 --module nodenext --strict --types node --skipLibCheck';
  await run(process.execPath, [tsc, ...options.split(' '), 'app.ts'], { cwd: folder });

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
  expect((await fetch(`${url}/internal/helpscout/`)).status).toBe(404);
});

test('brings what it needs, and nothing that is not meant for others', async () => {
  const pack = ['pack', '--silent', '--ignore-scripts', '--dry-run', '--json'];
  const { stdout } = await run('npm', pack, { cwd: root });
  const [{ files }] = JSON.parse(stdout);
  const paths: string[] = files.map(({ path }: { path: string }) => path);
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'views/sidebar.ejs', 'page/page.js'])
    expect(paths).toContain(path);
  expect(
    paths.filter((path) => /^(test|src|\.env|docs|preview|bench|dist\/preview)/.test(path)),
  ).toEqual([]);
});
