import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { requestBody } from '../../src/kit/request.ts';
import { createDemoDatabase } from '../databases.ts';
import { headersFor, now, secretKey } from '../examples.ts';

// The image, as far as it can be had with Node alone: its last stage's files, in a folder. The real
// one is built and run by `npm run test:deploy`.

const root = fileURLToPath(new URL('../..', import.meta.url));
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const stages = dockerfile.split(/^FROM /m);

let image: string;
let databaseUrl: string;

beforeAll(async () => {
  databaseUrl = await createDemoDatabase(now);
  image = mkdtempSync(join(tmpdir(), 'image-'));
  const copies = (stages.at(-1) ?? '').match(/^COPY .*$/gm) ?? [];
  for (const copy of copies) {
    const from = /--from=(\w+)/.exec(copy)?.[1];
    const paths = copy.split(' ').filter((word) => word !== 'COPY' && !word.startsWith('--'));
    const target = paths.pop() ?? '';
    for (const source of paths) {
      const place = join(image, target.endsWith('/') ? join(target, basename(source)) : target);
      if (from === 'dependencies') symlinkSync(join(root, 'node_modules'), place);
      else cpSync(join(root, source.replace('/app/', '')), place, { recursive: true });
    }
  }
  // What the build stage takes out again.
  const build = stages.find((stage) => stage.includes('AS build')) ?? '';
  for (const [, gone = ''] of build.matchAll(/rm -r (\S+)/g))
    rmSync(join(image, gone), { recursive: true });
});
afterAll(() => rmSync(image, { recursive: true, force: true }));

test('stands on one version of Node, named to the last digit', () => {
  expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:24\.\d+\.\d+-bookworm-slim$/m);
  expect(dockerfile.match(/^FROM \S+/gm)).toEqual(Array(3).fill('FROM $NODE_IMAGE'));
});

test('says which version of the sidebar it is', () => {
  const { version, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(dockerfile).toContain(`org.opencontainers.image.version="${version}"`);
  expect(dockerfile).toContain(`org.opencontainers.image.description="${description}"`);
});

test('is built from the files that it needs, and is shown no other', () => {
  const [everything, ...shown] = readFileSync(join(root, '.dockerignore'), 'utf8')
    .trim()
    .split('\n');
  expect(everything).toBe('*');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(?:--\S+ )?(.*) \S+$/gm)]
    .flatMap(([, sources = '']) => sources.split(' '))
    .map((source) => (source === 'sql' ? 'sql/*.sql' : source));
  expect(new Set(shown)).toEqual(new Set(copied.map((source) => `!${source}`)));
});

test('holds the server and nothing of the preview', () => {
  const files = readdirSync(image, { recursive: true, encoding: 'utf8' });
  expect(files).toContain(join('dist', 'main.js'));
  expect(files).toContain(join('views', 'sidebar.ejs'));
  expect(files.filter((file) => /preview/i.test(file) && !file.startsWith('node_modules'))).toEqual(
    [],
  );
});

test.each(['127.0.0.1', '0.0.0.0'])(
  'starts in production on %s and answers, without a preview and without saying how long it took',
  async (host) => {
    const child = spawn(process.execPath, [join(image, 'dist', 'kit', 'cli.js'), 'serve'], {
      cwd: '/',
      env: {
        NODE_ENV: 'production',
        HOST: host,
        PORT: '0',
        DATABASE_URL: databaseUrl,
        HELPSCOUT_SECRET_KEY: secretKey,
      },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let printed = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      printed += text;
      if (printed.includes('"listening"')) break;
    }
    const origin = `http://127.0.0.1:${/"port":(\d+)/.exec(printed)?.[1]}`;

    for (const path of ['/preview', '/preview/', '/preview/gallery', '/preview/page.js']) {
      const response = await fetch(origin + path);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.text()).toBe('{"error":"not found"}');
    }
    const body = requestBody(['fredsmith@mailinator.com']);
    const response = await fetch(`${origin}/helpscout`, {
      method: 'POST',
      headers: headersFor(body),
      body,
    });
    expect(await response.text()).toContain('Smith &amp; Sons');
    expect(response.headers.has('Server-Timing')).toBe(false);
    expect(printed).not.toMatch(/preview/i);
  },
);
