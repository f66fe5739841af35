import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createDemoTables, runSql } from '../../src/kit/demo/demo-database.ts';
import { createDatabase } from '../databases.ts';
import { secretKey } from '../examples.ts';
import { type Block, blocksIn, type Claim, inProject, isClaimed, loose } from '../pages.ts';
import { freePort, interruptAll, makeClone, openShell, type Shell } from '../shell.ts';

// Every fenced `sh` block of the pages, typed into a shell as somebody would who reads them, with
// what stands for the reader's own put in its place. A new block needs a test below, which takes it
// by `command(page, words)`, words that no other block of its page has; or, where it cannot be run
// here, `<!-- not run: why -->` before it.

// Each starts npm, and some a server: seconds, where others use the machine as well.
vi.setConfig({ testTimeout: 120_000 });

const blocks = blocksIn().filter(({ language }) => language === 'sh');
const claims: Claim[] = [];

/** Gives a block's commands, each of these words replaced: every one of them must be there. */
function command(page: string, has: string): (...replaced: [string, string][]) => string {
  const claim = { page, has };
  claims.push(claim);
  return (...replaced) => {
    const block = blocks.find((one) => isClaimed(one, claim));
    return replaced.reduce(
      (text, [from, to]) => {
        expect(text, `the block of ${page} with ${has}`).toContain(from);
        return text.replaceAll(from, () => to);
      },
      (block as Block).text,
    );
  };
}

/** What CI types for real, since it takes minutes. */
function typedByCi(page: string, has: string, ...inCi: string[]): void {
  claims.push({ page, has });
  test(`${page}: ${has}: CI does it`, async () => {
    const scripts = await Promise.all(
      ['.ci/run', '.ci/smoke'].map((file) => readFile(inProject(file), 'utf8')),
    );
    for (const words of inCi) expect(scripts.join('\n')).toContain(words);
  });
}

/** `npm ci` is what CI does first of all; here it would take the modules away from the others. */
const withoutCi: [string, string] = ['npm ci && ', ''];
const publicUrl = 'https://sidebar.example.com/helpscout';
const you: [string, string] = ['you@example.com', 'olga@example.com'];

let clone: ReturnType<typeof makeClone>;
const closing: (() => unknown)[] = [];

beforeAll(() => {
  clone = makeClone();
});
afterAll(async () => {
  await interruptAll();
  for (const close of closing) close();
  clone.remove();
});

typedByCi('README.md', 'npm ci && npm test', 'npm ci && npm test');
typedByCi('CONTRIBUTING.md', 'npm ci && npm test', 'npm ci && npm test');
// CI runs the parts of the check side by side.
const checks = JSON.parse(readFileSync(inProject('package.json'), 'utf8')).scripts.check.split(
  ' && ',
);
typedByCi('CONTRIBUTING.md', 'npm ci && npm run check', 'npm ci', ...checks);
typedByCi('docs/releasing.md', 'npm ci && npm run check', 'npm ci', ...checks);

describe('the demo', () => {
  let shell: Shell;

  const start = command('README.md', 'npm start');
  test('starts', async () => {
    shell = openShell(clone.folder, { PORT: await freePort(), PREVIEW_PORT: await freePort() });
    const printed = await shell.start(start(withoutCi), /npm run ask[\s\S]*Ctrl-C stops it/);
    expect(printed).toContain(`http://127.0.0.1:${shell.settings['PREVIEW_PORT']}/preview`);
  });

  const ask = command('README.md', 'npm run ask -- fredsmith@mailinator.com');
  test('tells who Fred is', async () => {
    const printed = await shell.run(ask());
    expect(printed).toMatch(/200 OK · .* ms/);
    expect(printed).toContain('Smith & Sons Carpentry');
    expect(printed).toContain('[Owner] [Paid]');
  });

  const askById = command('README.md', '--app platform --customer-id 1');
  test('tells a platform app the same', async () => {
    expect(await shell.run(askById())).toContain('Smith & Sons Carpentry');
  });
});

describe('from a schema of your own to a sidebar in production', () => {
  const page = 'docs/draft.md';
  let owner: string;
  let shell: Shell;

  beforeAll(async () => {
    owner = await createDatabase();
    await runSql(owner, await readFile(new URL('../schemas/pay-gem.sql', import.meta.url), 'utf8'));
    shell = openShell(clone.folder, {
      PORT: await freePort(),
      PSQL_PASSWORD: new URL(owner).password,
    });
  });
  const asRole = () => Object.assign(new URL(owner), { username: 'helpscout_sidebar' }).href;

  const draft = command(page, 'npm run draft-query');
  test('drafts the query, which the operator reads and corrects', async () => {
    await shell.run(draft(['postgres://owner:…@host:5432/app', owner]));
    // Two edits: an alternative put into force, and words for an id.
    const file = join(clone.folder, 'sql/ours.sql');
    const written = await readFile(file, 'utf8');
    const mended = written
      .replace(
        /-- ('https:\/\/admin\.example\.com\/accounts\/' \|\| accounts\.id as admin_url,).*/,
        '$1',
      )
      .replace(
        'pay_subscriptions.processor_plan as plan_name',
        "case pay_subscriptions.processor_plan when 'price_pro' then 'Pro' end as plan_name",
      );
    expect(mended.match(/admin_url,$|then 'Pro'/gm)).toHaveLength(2);
    await writeFile(file, mended);
    for (const [, index] of written.matchAll(/^-- +(create index concurrently .*;)$/gm))
      await runSql(owner, index as string);
  });

  const printRole = command(page, '> role.sql');
  test('examines it, and prints the role', async () => {
    const printed = await shell.run(printRole(['KEY=…', `KEY='${secretKey}'`]));
    expect(printed).toMatch(/✗ role +"postgres" is a superuser/);
    expect(printed.match(/✗/g)).toHaveLength(1);
  });

  const makeRole = command(page, 'psql "$DATABASE_URL" -f role.sql');
  test('makes the role', async () => {
    await shell.run(makeRole());
  });

  const start = command(page, 'npm run doctor && npm start');
  test('starts as that role, when the doctor finds nothing wrong', async () => {
    const script = start(['postgres://helpscout_sidebar:…@host:5432/app', asRole()]);
    await shell.start(script, /"listening"/);
  });

  const ask = command(page, 'npm run ask -- you@example.com\n');
  const askAs = command('docs/query.md', '--role admin');
  test('answers', async () => {
    const printed = await shell.run(ask(you));
    expect(printed).toContain('Olga’s Works <https://admin.example.com/accounts/1>');
    expect(printed).toMatch(/Plan +Pro$/m);
    expect(printed).toContain('cus_Olga1');
    expect(await shell.run(askAs(you))).toContain('cus_Olga1');
  });

  const build = command('README.md', 'npm run build');
  test('is built', async () => {
    await interruptAll();
    await shell.run(`rm -r dist\n${build(withoutCi)}\ntest -f dist/main.js`);
  });

  const serve = command('README.md', 'node dist/main.js');
  test('runs in production', async () => {
    shell.settings = {
      PORT: await freePort(),
      HOST: '127.0.0.1',
      ACCOUNT_QUERY_FILE: 'sql/through-function.sql',
    };
    const script = serve(['KEY=…', `KEY='${secretKey}'`], ['URL=…', `URL='${asRole()}'`]);
    const [exports = '', program = ''] = script.split(/\n(?=node )/);
    await shell.run(exports);
    await shell.start(program, /"listening"/);
  });

  const health = command('docs/operations.md', '/healthz');
  test('answers health checks', async () => {
    const origin = `127.0.0.1:${shell.settings['PORT']}`;
    const printed = await shell.run(health(['127.0.0.1:3000', origin]));
    expect(printed.match(/ok/g)).toHaveLength(2);
  });

  const examine = command('README.md', 'npm run doctor');
  test('is right by its public address, as Help Scout comes', async () => {
    const { url, certificate } = await serveHttps(Number(shell.settings['PORT']));
    shell.settings['NODE_EXTRA_CA_CERTS'] = certificate;
    const printed = await shell.run(examine([publicUrl, url], you));
    expect(printed).not.toContain('✗');
    expect(printed).toMatch(/✓ server/);
    expect(printed).toMatch(/✓ certificate/);
    expect(printed).toMatch(/200 OK[\s\S]*Olga’s Works/);
  });
});

/** What adds TLS in front of the server, at an address that a test can have. */
async function serveHttps(port: number) {
  const read = (file: string) => readFile(new URL(`../certificate/${file}`, import.meta.url));
  const certificate = new URL('../certificate/only-for-tests.crt', import.meta.url);
  const files = { cert: await read('only-for-tests.crt'), key: await read('only-for-tests.key') };
  const proxy = createHttpsServer(files, (req, res) => {
    const { method = 'GET', headers, url } = req;
    const asked = httpRequest({ port, host: '127.0.0.1', method, headers, path: url });
    asked.on('response', (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    req.pipe(asked);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closing.push(
    () => proxy.close(),
    () => proxy.closeAllConnections(),
  );
  const url = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}/helpscout`;
  return { url, certificate: fileURLToPath(certificate) };
}

describe('a platform app', () => {
  const examine = command('docs/platform.md', 'npm run doctor');
  const ask = command('docs/platform.md', '--customer-id');
  test('is answered by a query that knows Help Scout’s numbers', async () => {
    const database = await createDatabase();
    await runSql(
      database,
      `create table users (email text, helpscout_customer_id text, full_name text);
       insert into users values ('robin@example.com', '706401868', 'Robin')`,
    );
    const [query] = blocksIn('docs/platform.md').filter(({ language }) => language === 'sql');
    await writeFile(join(clone.folder, 'sql/by-number.sql'), (query as Block).text);
    const shell = openShell(clone.folder, {
      PORT: await freePort(),
      HELPSCOUT_SECRET_KEY: secretKey,
      DATABASE_URL: database,
      ACCOUNT_QUERY_FILE: 'sql/by-number.sql',
    });
    await shell.start('npm start', /"listening"/);
    // Only the tests' superuser is wrong.
    const examined = await shell.run(`{ ${examine()}\n} || true`);
    expect(examined).toMatch(/✓ query .*uses \$2/);
    expect(examined.match(/✗ \S+/g)).toEqual(['✗ role']);
    const url = `http://127.0.0.1:${shell.settings['PORT']}/helpscout`;
    expect(await shell.run(ask([publicUrl, url]))).toContain('Robin');
  });
});

describe('the role alone', () => {
  const print = command('SECURITY.md', 'npm run --silent role > role.sql');
  test('is printed for a query that is there already', async () => {
    const database = await createDatabase();
    await createDemoTables(database, new URL(database).password);
    const shell = openShell(clone.folder, {});
    await shell.run(print(['URL=…', `URL='${database}'`]));
    const sql = await readFile(join(clone.folder, 'role.sql'), 'utf8');
    expect(sql).toContain('create function helpscout_sidebar.accounts(text[])');
  });
});

describe('who changes or releases it', () => {
  const oneFile = command('CONTRIBUTING.md', 'npx vitest run');
  test('tries one file, and one test', async () => {
    const printed = await openShell(fileURLToPath(inProject('.')), { HOME: clone.folder }).run(
      oneFile(),
    );
    expect(printed).toMatch(/Tests .*\d+ passed/);
  });

  const sbom = command('docs/releasing.md', 'npm run --silent sbom');
  test('lists what a production install has, with hash and licence', async () => {
    const read = async (file: string) =>
      JSON.parse(await readFile(join(clone.folder, file), 'utf8'));
    await openShell(clone.folder).run(sbom());
    const { bomFormat, metadata, components } = await read('sbom.cdx.json');
    const lock = await read('package-lock.json');
    const production = Object.entries<Record<string, string>>(lock.packages)
      .filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
      .map(([path, { version, license, integrity }]) => ({
        name: path.split('node_modules/').pop(),
        version,
        license,
        hash: Buffer.from(integrity?.split('-')[1] ?? '', 'base64').toString('hex'),
      }));
    expect(bomFormat).toBe('CycloneDX');
    expect(metadata.component).toMatchObject({ name: 'helpscout-sidebar', version: lock.version });
    expect(production.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['express', 'pg', 'pg-protocol', 'ejs']),
    );
    type Component = (typeof components)[number];
    const listed = components.map(({ name, version, licenses, hashes }: Component) => ({
      name,
      version,
      license: licenses[0].license.id,
      hash: hashes[0].content,
    }));
    const inOrder = (list: object[]) => list.map((one) => JSON.stringify(one)).sort();
    expect(inOrder(listed)).toEqual(inOrder(production));
  });

  const pack = command('docs/releasing.md', 'npm pack');
  test('packs it', async () => {
    const printed = await openShell(clone.folder).run(pack());
    expect(printed).toContain('package/dist/main.js');
    expect(printed).not.toMatch(/package\/(test|src|\.env)/);
  });
});

test('every command of the pages is run, or says why not', () => {
  expect(blocks.length).toBeGreaterThan(10);
  expect(loose(blocks, claims)).toEqual([]);
});
