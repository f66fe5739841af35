import { execFile } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { requestBody } from '../../src/kit/request.ts';
import { createDemoDatabase } from '../databases.ts';
import { headersFor, secretKey } from '../examples.ts';
import { serverContainer, toBytes } from '../manifests.ts';
import { buildImage, type Image, npmrcCanary, printed, secretCanary } from './podman.ts';

// The image that the Dockerfile makes, built and run, as locked in as a container can be.

const root = fileURLToPath(new URL('../../', import.meta.url));
const megabyte = 1e6;

let image: Image;
let databaseUrl: string;

beforeAll(async () => {
  databaseUrl = await createDemoDatabase(new Date());
  image = await buildImage();
  const ours = (image.size - image.baseSize) / megabyte;
  console.log(
    `image: ${ours.toFixed(1)} MB above Node's ${(image.baseSize / megabyte).toFixed(0)}`,
  );
});
afterAll(() => image?.close());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A server in a container; it is killed when the test ends. */
async function serve(settings: Record<string, string> = {}, options: string[] = []) {
  const port = await freePort();
  const usual = { HELPSCOUT_SECRET_KEY: secretKey, DATABASE_URL: databaseUrl, PORT: `${port}` };
  const id = await image.start({ ...usual, ...settings }, options);
  onTestFinished(() => image.podman('rm', '--force', '--time=0', id).then(() => {}));
  await printed(image, id, '"listening"');
  return { id, origin: `http://127.0.0.1:${port}` };
}

async function ask(origin: string, email = 'fredsmith@mailinator.com') {
  const body = requestBody([email]);
  return fetch(`${origin}/helpscout`, { method: 'POST', headers: headersFor(body), body });
}

const inspect = async (id: string, format: string) =>
  (await image.podman('inspect', '--format', format, id)).stdout.trim();

const paths = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' });

test('holds the server, what it needs, and nothing else', () => {
  const app = join(image.folder, 'app');
  const files = paths(app);
  expect(readdirSync(app).sort()).toEqual([
    '.env.example',
    'LICENSE',
    'dist',
    'node_modules',
    'package.json',
    'page',
    'sql',
    'views',
  ]);
  const ours = files.filter((file) => !file.startsWith('node_modules'));
  expect(
    ours.filter((file) =>
      /preview|sql\/demo|\.env(?!\.example$)|\.d\.ts$|\.ts$|\.map$|\.csv/.test(file),
    ),
  ).toEqual([]);
  expect(ours).toContain('dist/kit/doctor.js');
});

test('holds the packages that run, and none that only build, test or demonstrate', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const locked = Object.entries<{ dev?: true; optional?: true }>(lock.packages);
  for (const [path, { dev, optional }] of locked.filter(([path]) => path !== ''))
    expect([path, existsSync(join(image.folder, 'app', path))]).toEqual([path, !dev && !optional]);
});

test('holds no package manager, and nothing of where npm asked', async () => {
  for (const program of ['npm', 'npx', 'yarn', 'corepack'])
    expect(existsSync(join(image.folder, 'usr/local/bin', program)), program).toBe(false);
  const traces = paths(image.folder).filter((path) =>
    /(^|\/)(\.npmrc|npmrc|\.npm|_cacache|\.package-lock\.json|npm)$/.test(path),
  );
  expect(traces).toEqual([]);
});

test('holds no secret in any layer, nor what lay beside the sources', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const archive = join(folder, 'image.tar');
  expect((await image.podman('save', '--output', archive, image.name)).code).toBe(0);
  const count = async (text: string) => {
    const grep = promisify(execFile)('grep', ['--count', '--text', text, archive]);
    return Number((await grep.catch((failed) => failed)).stdout);
  };
  // What is there is found, or this would prove nothing.
  expect(await count('HELPSCOUT_SECRET_KEY')).toBeGreaterThan(0);
  expect(await count(npmrcCanary)).toBe(0);
  expect(await count(secretCanary)).toBe(0);
});

test('says what it is, and runs as nobody in particular', async () => {
  const [{ Config }] = JSON.parse((await image.podman('image', 'inspect', image.name)).stdout);
  expect(Config.User).toBe('1000:1000');
  expect(Config.Labels).toMatchObject({
    'org.opencontainers.image.title': 'helpscout-sidebar',
    'org.opencontainers.image.licenses': 'MIT',
  });
  expect(Config.Env.filter((one: string) => /SECRET|PASSWORD|URL|TOKEN/i.test(one))).toEqual([]);
  // Nothing of its own can be written by the user that it runs as.
  const writable = paths(join(image.folder, 'app'))
    .map((path) => join(image.folder, 'app', path))
    .filter((path) => {
      const { uid, mode } = lstatSync(path);
      return uid !== 0 || ((mode & 0o022) !== 0 && !lstatSync(path).isSymbolicLink());
    });
  expect(writable).toEqual([]);
});

test('answers a signed request from Postgres, locked in as far as it goes', async () => {
  const { id, origin } = await serve();
  expect(await (await ask(origin)).text()).toContain('Smith &amp; Sons');
  expect((await fetch(`${origin}/helpscout`, { method: 'POST', body: '{}' })).status).toBe(403);
  expect((await fetch(`${origin}/preview`)).status).toBe(404);

  const status = readFileSync(`/proc/${await inspect(id, '{{.State.Pid}}')}/status`, 'utf8');
  expect(status).toMatch(/^Name:\s+node$|^Name:\s+MainThread$/m);
  expect(status).toMatch(/^NSpid:.*\t1$/m);
  expect(status).toMatch(/^Uid:(\t1000){4}$/m);
  expect(status).toMatch(/^Gid:(\t1000){4}$/m);
  for (const kind of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    expect(status).toMatch(new RegExp(`^${kind}:\t0+$`, 'm'));
  expect(status).toMatch(/^NoNewPrivs:\t1$/m);
  expect(status).toMatch(/^Seccomp:\t2$/m);

  for (const place of ['/app/dist/x', '/tmp/x', '/home/node/x']) {
    const write = `require('fs').writeFileSync('${place}', '')`;
    expect((await image.podman('exec', id, 'node', '-e', write)).stderr).toContain('EROFS');
  }
});

test('brings its tools', async () => {
  const { id, origin } = await serve();
  const asked = await image.podman(
    ...['exec', id, 'node', 'dist/kit/cli.js', 'ask', 'fredsmith@mailinator.com'],
  );
  expect(asked.stdout).toContain('[Owner] [Paid]');

  const doctor = [
    'exec',
    id,
    ...['node', 'dist/kit/cli.js', 'doctor'],
    '--json',
    '--url',
    `${origin}/helpscout`,
  ];
  const { findings } = JSON.parse((await image.podman(...doctor)).stdout);
  const states = Object.fromEntries(
    findings.map(({ check, state }: { check: string; state: string }) => [check, state]),
  );
  expect(states).toMatchObject({
    settings: 'right',
    views: 'right',
    query: 'right',
    server: 'right',
  });
});

test('knows whether it is well: not when it is about to stop, but when the database is away', async () => {
  const check = async (id: string) => (await image.podman('healthcheck', 'run', id)).code;
  const away = await serve({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
  expect(await (await ask(away.origin)).text()).toContain('can’t be reached');
  expect(await check(away.id)).toBe(0);

  const { id, origin } = await serve({ SHUTDOWN_DELAY_SECONDS: '10' });
  expect(await check(id)).toBe(0);
  await image.podman('kill', '--signal=TERM', id);
  await printed(image, id, '"stopping"');
  expect((await fetch(`${origin}/readyz`)).status).toBe(503);
  expect(await check(id)).toBe(1);

  const busy = ['-e', 'setInterval(() => {}, 1000)'];
  const deaf = await image.start({ PORT: '1' }, ['--entrypoint=node'], busy);
  onTestFinished(() => image.podman('rm', '--force', '--time=0', deaf).then(() => {}));
  expect(await check(deaf)).toBe(1);
});

test('ends well and soon when it is told to, as the first process and with a client that holds on', async () => {
  const { id, origin } = await serve();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  await new Promise<void>((resolve, reject) => {
    const { port, hostname } = new URL(origin);
    request({ port, hostname, path: '/healthz', agent }, (res) => res.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
  const toldAt = performance.now();
  await image.podman('kill', '--signal=TERM', id);
  expect((await image.podman('wait', id)).stdout.trim()).toBe('0');
  expect(performance.now() - toldAt).toBeLessThan(5_000);
});

test('does not start without a Secret Key, and says so', async () => {
  const id = await image.start({ DATABASE_URL: databaseUrl });
  onTestFinished(() => image.podman('rm', '--force', '--time=0', id).then(() => {}));
  expect((await image.podman('wait', id)).stdout.trim()).toBe('2');
  expect(await printed(image, id, 'HELPSCOUT_SECRET_KEY is not set')).not.toContain('listening');
});

test('takes a query and views of one’s own, mounted as Kubernetes mounts a ConfigMap', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'own-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // ConfigMap files are links to a folder that changes its name.
  await mkdir(join(folder, '..first'));
  await symlink('..first', join(folder, '..data'));
  const query = readFileSync(join(root, 'sql/account.sql'), 'utf8');
  const own = query.replace('users.email,', `users.email, 'Up on the roof' as "Head office",`);
  await writeFile(join(folder, '..first/account.sql'), own);
  const views = join(folder, '..first');
  await cp(join(root, 'views'), views, { recursive: true });
  const account = readFileSync(join(views, 'account.ejs'), 'utf8');
  await writeFile(join(views, 'account.ejs'), `<p>Our own layout</p>\n${account}`);
  for (const file of readdirSync(views)) await symlink(`..data/${file}`, join(folder, file));
  await chmod(folder, 0o755);

  const { origin } = await serve(
    { ACCOUNT_QUERY_FILE: '/etc/sidebar/account.sql', VIEWS_DIR: '/etc/sidebar' },
    [`--volume=${folder}:/etc/sidebar:ro`],
  );
  const answer = await (await ask(origin)).text();
  expect(answer).toContain('Up on the roof');
  expect(answer).toContain('Our own layout');
});

test('keeps within the memory that Kubernetes is told to give it', async () => {
  const { container, setting } = serverContainer();
  const limit = toBytes(container.resources?.limits?.['memory']);
  const usual = toBytes(container.resources?.requests?.['memory']);
  const settings = { NODE_OPTIONS: setting('NODE_OPTIONS') ?? '' };
  const { id, origin } = await serve(settings, [`--memory=${limit}`]);
  const rss = async () => {
    const status = readFileSync(`/proc/${await inspect(id, '{{.State.Pid}}')}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  };
  const idle = await rss();
  const until = performance.now() + 10_000;
  let answers = 0;
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      while (performance.now() < until) {
        expect((await ask(origin)).status).toBe(200);
        answers++;
      }
    }),
  );
  const loaded = await rss();
  const shown = [idle, loaded].map((size) => `${(size / megabyte).toFixed(0)} MB`);
  console.log(`memory: ${shown[0]} idle, ${shown[1]} after ${answers} answers in 10 s`);
  expect(idle).toBeLessThan(usual);
  expect(loaded).toBeLessThan(0.75 * limit);
});
