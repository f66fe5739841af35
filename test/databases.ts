import { randomBytes } from 'node:crypto';
import { afterAll, inject } from 'vitest';
import { createDemoTables, loadDemoPeople, reader, runSql } from '../src/kit/demo/demo-database.ts';

/**
 * An empty database, gone when the test file ends; gives the superuser's address of it. `options`
 * are those of `create database`, such as an encoding.
 */
export async function createDatabase(options = ''): Promise<string> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runSql(server, `create database ${name} ${options}`);
  afterAll(() => runSql(server, `drop database ${name} with (force)`));
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}

/** The demo's database with everybody's dates as of `now`; gives the address of its reader. */
export async function createDemoDatabase(now: Date): Promise<string> {
  const url = await createDatabase();
  await createDemoTables(url, new URL(url).password);
  await loadDemoPeople(url, now);
  return Object.assign(new URL(url), { username: reader }).href;
}
