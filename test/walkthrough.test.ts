import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSql } from '../src/tools/demo-database.ts';
import { createDatabase } from './databases.ts';
import { secretKey } from './examples.ts';
import { startServer, stopServers } from './server-process.ts';

// README's way from tables that we have never seen to a signed answer, command by command.

const tool = (name: string) => fileURLToPath(new URL(`../dist/tools/${name}.js`, import.meta.url));
const schema = new URL('schemas/pay-gem.sql', import.meta.url);

let owner: string;
let folder: string;

beforeAll(async () => {
  owner = await createDatabase();
  await runSql(owner, await readFile(schema, 'utf8'));
  folder = await mkdtemp(join(tmpdir(), 'walkthrough-'));
});
afterAll(async () => {
  await stopServers();
  await rm(folder, { recursive: true });
});

async function run(name: string, words: string[], settings: Record<string, string>) {
  const env = { PATH: process.env['PATH'], HELPSCOUT_SECRET_KEY: secretKey, ...settings };
  const { stdout } = await promisify(execFile)(process.execPath, [tool(name), ...words], {
    env,
    cwd: folder,
  });
  return stdout;
}

test('from a schema that nobody here wrote to a sidebar, with a role that can do nothing else', async () => {
  const ours = join(folder, 'ours.sql');
  await run('draft-query', ['--out', ours], { DATABASE_URL: owner });

  // The two edits: an alternative put into force, and words for an id.
  const draft = await readFile(ours, 'utf8');
  const edited = draft
    .replace(
      /-- ('https:\/\/admin\.example\.com\/accounts\/' \|\| accounts\.id as admin_url,).*/,
      '$1',
    )
    .replace(
      'pay_subscriptions.processor_plan as plan_name',
      "case pay_subscriptions.processor_plan when 'price_pro' then 'Pro' end as plan_name",
    );
  expect(edited.match(/admin_url,$|then 'Pro'/gm)).toHaveLength(2);
  await writeFile(ours, edited);
  for (const [, index] of draft.matchAll(/^-- +(create index concurrently .*;)$/gm))
    await runSql(owner, index as string);

  const role = await run('role', [], { DATABASE_URL: owner, ACCOUNT_QUERY_FILE: ours });
  await runSql(owner, role);
  const password = new URL(owner).password;
  await runSql(owner, `alter role helpscout_sidebar password '${password}'`);

  const settings = {
    DATABASE_URL: Object.assign(new URL(owner), { username: 'helpscout_sidebar' }).href,
    ACCOUNT_QUERY_FILE: fileURLToPath(new URL('../sql/through-function.sql', import.meta.url)),
  };
  const findings = JSON.parse(await run('doctor', ['--json'], { ...settings, PORT: '1' }));
  const wrong = JSON.stringify(findings).match(/"state":"(wrong|advice)"/g);
  expect(wrong, JSON.stringify(findings)).toBeNull();

  const { port } = await startServer({ ...settings, HELPSCOUT_SECRET_KEY: secretKey });
  const url = `http://127.0.0.1:${port}/helpscout`;
  const sidebar = await run('ask', ['olga@example.com', '--url', url], {});
  expect(sidebar).toContain('Olga’s Works <https://admin.example.com/accounts/1>');
  expect(sidebar).toMatch(/Plan +Pro$/m);
  expect(sidebar).toContain('cus_Olga1');
}, 60_000);
