import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, inject } from 'vitest';
import { createDemoTables, loadDemoPeople, runSql } from '../src/kit/demo/demo-database.ts';
import { createDatabase } from './databases.ts';

const program = fileURLToPath(new URL('../dist/kit/role.js', import.meta.url));

/** What somebody gets who types `npm run --silent role`. */
export async function role(settings: Record<string, string>, words: string[] = []) {
  const env = { PATH: process.env['PATH'], ...settings };
  const done = await promisify(execFile)(process.execPath, [program, ...words], {
    env,
    cwd: '/',
  }).catch((failed) => failed);
  return { code: done.code ?? 0, sql: String(done.stdout), said: String(done.stderr) };
}

export type DatabaseWithRole = {
  /** The role's name, of its own: roles belong to the whole server, where other runs have theirs. */
  name: string;
  /** The superuser's address. */
  owner: string;
  /** The role's address. */
  reader: string;
  /** What `npm run role` printed, with that name. */
  sql: string;
};

/** The demo's database with everybody's dates as of `now`, and the least-privilege role in it. */
export async function createDatabaseWithRole(now: Date): Promise<DatabaseWithRole> {
  const name = `sidebar_${randomBytes(6).toString('hex')}`;
  // The last to be registered is the first to run: a role goes after the database that it is in.
  afterAll(() => runSql(inject('postgresUrl'), `drop role if exists ${name}`));
  const owner = await createDatabase();
  const { password } = new URL(owner);
  await createDemoTables(owner, password);
  await loadDemoPeople(owner, now);
  const sql = (await role({ DATABASE_URL: owner })).sql.replaceAll('helpscout_sidebar', name);
  await runSql(owner, sql);
  await runSql(owner, `alter role ${name} password '${password}'`);
  return { name, owner, reader: Object.assign(new URL(owner), { username: name }).href, sql };
}
