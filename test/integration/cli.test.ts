import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import dotenv from 'dotenv';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { checkConfig } from '../../src/server/config.ts';

const root = new URL('../../', import.meta.url);
const program = fileURLToPath(new URL('dist/kit/cli.js', root));
const names = ['demo', 'init', 'draft-query', 'role', 'doctor', 'ask', 'serve'];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

/** What somebody sees who types `helpscout-sidebar` and these words in an empty folder. */
async function cli(words: string[], settings: Record<string, string> = {}, node: string[] = []) {
  const env = { PATH: process.env['PATH'], ...settings };
  const done = await promisify(execFile)(process.execPath, [...node, program, ...words], {
    env,
    cwd: folder,
    timeout: 60_000,
  }).catch((failed) => failed);
  return { code: done.code ?? 0, out: String(done.stdout), said: String(done.stderr) };
}

describe('helps', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('with %j', async (words) => {
    const { code, out } = await cli(words);
    expect(code).toBe(0);
    for (const name of names) expect(out).toMatch(new RegExp(`cli\\.js ${name} {3}`));
  });

  test('with its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
    expect((await cli(['--version'])).out).toBe(`${version}\n`);
  });

  test.each(['srve', '__proto__', '--loud', ''])('when told "%s"', async (word) => {
    const { code, out, said } = await cli([word]);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(said).toContain(`Unknown command "${word}".`);
    expect(said).toContain('cli.js serve');
  });
});

/** Loaded before the program: tells which options it takes, whoever reads them. */
const spy = `data:text/javascript,${encodeURIComponent(`
  import util from 'node:util';
  import { syncBuiltinESMExports } from 'node:module';
  const { parseArgs } = util;
  util.parseArgs = (config) => {
    console.error(JSON.stringify(config.options));
    return parseArgs(config);
  };
  syncBuiltinESMExports();
`)}`;

describe.each(names)('%s', (name) => {
  test('lists every option in its help, and no other', async () => {
    const { code, out, said } = await cli([name, '--help'], {}, ['--import', spy]);
    expect(code).toBe(0);
    const taken = Object.keys(JSON.parse(said)).map((option) => `--${option}`);
    expect(taken).toContain('--help');
    const explained = [...out.matchAll(/^ {2}(--[a-z-]+) {2,}\S/gm)].map(([, option]) => option);
    expect(explained.toSorted()).toEqual(taken.toSorted());
    const named = out.match(/(?<![\w-])--[a-z-]+/g) ?? [];
    expect(named.filter((option) => !taken.includes(option))).toEqual([]);
    expect(out).toContain(`cli.js ${name}`);
  });

  test('rejects an unknown option, and names --help', async () => {
    const { code, said } = await cli([name, '--loud']);
    expect(code).toBe(2);
    expect(said).toMatch(
      new RegExp(`^Unknown option --loud\\.\\nSee .*cli\\.js ${name} --help\\n$`),
    );
  });
});

test.each([
  [['role', 'x'], 'Unexpected argument "x".'],
  [['role', '--help=yes'], '--help takes no value.'],
  [['doctor', '--url'], '--url needs a value. Write --url=VALUE if the value begins with "-".'],
  [['ask', 'a@example.com', '--app', '--html'], '--app needs a value. Write'],
  [['ask', 'nobody'], '"nobody" is not an e-mail address.\n'],
])('explains the mistake in %j in a sentence', async (words, sentence) => {
  const { code, said } = await cli(words);
  expect(code).toBe(2);
  expect(said).toContain(sentence);
  expect(said.trimEnd().split('\n')).toHaveLength(2);
});

describe('serve', () => {
  test.each(['', 'development', 'production'])(
    'never becomes the demo, with NODE_ENV "%s"',
    async (mode) => {
      const { code, out, said } = await cli(['serve'], { NODE_ENV: mode, PORT: 'abc' });
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(said).toContain('DATABASE_URL is not set');
      expect(said).toContain('HELPSCOUT_SECRET_KEY is not set');
      expect(said).toContain('PORT must be a whole number from 0 to 65535, but is "abc"');
      expect(said).toMatch(/no file \.env in this folder: \S+ \S+cli\.js init writes one/);
      expect(said).toContain('cli.js demo needs no settings');
    },
  );

  test('has no preview in production', async () => {
    const { code, said } = await cli(['serve', '--preview'], { NODE_ENV: 'production' });
    expect(code).toBe(2);
    expect(said).toContain('no preview with NODE_ENV=production');
  });
});

test.each([
  ['the environment', { NODE_ENV: 'production' }, ''],
  ['.env', {}, 'NODE_ENV=production\n'],
])('there is no demo in production, as %s says', async (_, settings, env) => {
  await writeFile(join(folder, '.env'), env);
  const { code, out, said } = await cli(['demo'], settings as Record<string, string>);
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(said).toMatch(/no demo with NODE_ENV=production: .*cli\.js serve/);
});

test.each(['init', 'draft-query', 'role', 'doctor', 'ask'])(
  '%s ends quietly when its pipe is closed',
  async (name) => {
    const env = { PATH: process.env['PATH'] };
    const child = spawn(process.execPath, [program, name, '--help'], { env, cwd: folder });
    child.stdout.destroy();
    let printed = '';
    child.stderr.on('data', (chunk) => {
      printed += chunk;
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(printed).toBe('');
  },
);

test('doctor examines what serve would do, not the demo', async () => {
  const { code, out } = await cli(['doctor'], { PORT: '1' });
  expect(code).toBe(1);
  expect(out).toMatch(/^✓ settings +production, 0\.0\.0\.0:1/m);
  expect(out).toContain('✗ database      DATABASE_URL is not set');
});

describe('init', () => {
  const read = (path: string) => readFile(join(folder, path), 'utf8');

  test('writes the query, the views and the settings, which are good but for the database', async () => {
    const { code, out, said } = await cli(['init']);
    expect([code, said]).toEqual([0, '']);
    expect(await read('sql/account.sql')).toBe(
      await readFile(new URL('sql/account.sql', root), 'utf8'),
    );
    const example = await readFile(new URL('.env.example', root), 'utf8');
    const named = new Set(example.match(/sql\/[\w-]+\.sql/g));
    expect(named.size).toBe(3);
    for (const file of named)
      expect(await read(file)).toBe(await readFile(new URL(file, root), 'utf8'));
    const views = await readdir(new URL('views', root));
    expect((await readdir(join(folder, 'views'))).toSorted()).toEqual(views.toSorted());
    expect(await read('.gitignore')).toBe('.env\n');

    const settings = dotenv.parse(await read('.env'));
    const secretKey = settings['HELPSCOUT_SECRET_KEY'] ?? '';
    expect(settings).toMatchObject({ ACCOUNT_QUERY_FILE: 'sql/account.sql', VIEWS_DIR: 'views' });
    expect(secretKey).toMatch(/^[0-9a-f]{40}$/);
    expect(out).not.toContain(secretKey);
    expect(checkConfig({ ...settings, NODE_ENV: 'production' }).problems).toEqual([
      expect.stringContaining('DATABASE_URL is not set'),
    ]);
    if (process.platform !== 'win32')
      expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600);
    expect(out.match(/^\d\. /gm)).toEqual(['1. ', '2. ', '3. ']);
  });

  test('makes another Secret Key each time', async () => {
    await cli(['init']);
    const first = await read('.env');
    await rm(join(folder, '.env'));
    await cli(['init']);
    expect(await read('.env')).not.toBe(first);
  });

  test('leaves what is there as it is, says so, and says what it lacks', async () => {
    await mkdir(join(folder, 'sql'));
    const own = { 'sql/account.sql': 'select 1', '.env': 'PORT=4000\n', '.gitignore': 'dist\n' };
    for (const [path, text] of Object.entries(own)) await writeFile(join(folder, path), text);
    const { code, out } = await cli(['init']);
    expect(code).toBe(0);
    for (const [path, text] of Object.entries(own)) expect(await read(path)).toBe(text);
    expect(out).toContain('Kept unchanged: sql/account.sql, .env, .gitignore.');
    expect(out).toMatch(
      /^Written: sql\/through-function\.sql, (?:sql\/through-function-[a-z-]+\.sql, ){3}views\/.*\.ejs\.$/m,
    );
    for (const lack of ['ACCOUNT_QUERY_FILE=sql/account.sql', 'VIEWS_DIR=views'])
      expect(out).toContain(`Add to .env: ${lack}\n`);
    expect(out).toContain('Add to .env: HELPSCOUT_SECRET_KEY=…');
    expect(out).toContain('Add to .gitignore: .env');
  });

  test('asks for nothing when all is there', async () => {
    await cli(['init']);
    const { out } = await cli(['init']);
    expect(out).not.toMatch(/^(Written|Add)/m);
    expect(out).toContain('.env');
  });

  test.each([
    ['a file where a folder must be', () => writeFile(join(folder, 'views'), ''), 'views/'],
    ['a link that leads nowhere', () => symlink('/nowhere/x', join(folder, '.env')), '.env'],
  ])('stops at %s, and names it', async (_, prepare, path) => {
    await prepare();
    const { code, said } = await cli(['init']);
    expect(code).toBe(2);
    expect(said).toContain(`"${path}`);
    expect(said).toContain('cannot be written in');
    expect(said).not.toMatch(/^ +at /m);
  });
});
