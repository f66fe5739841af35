import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { demoSql } from '../../domain/package-files.ts';
import { type EmbeddedPostgres, openPostgres, type Say } from './embedded-postgres.ts';

const schema = readFileSync(demoSql('schema.sql'), 'utf8');
const people = readFileSync(demoSql('people.sql'), 'utf8');

/** May read the demo's tables and nothing else. */
export const reader = 'sidebar_reader';

/** An advisory lock: one process at a time prepares databases. */
const preparingLock = 2;

/** The demo company's database, with dates relative to `now`. Concurrent demos share it. */
export async function openDemoDatabase(now: Date, say: Say) {
  const postgres = await openPostgres('demo', say);
  // Each version of the tables has its own database.
  const version = createHash('sha1').update(schema).update(people).digest('hex').slice(0, 8);
  const database = `demo_${version}`;
  await prepare(postgres, database, now);
  return { url: postgres.url(reader, database), close: postgres.close };
}

async function prepare(postgres: EmbeddedPostgres, database: string, now: Date): Promise<void> {
  const { admin, url } = postgres;
  await admin.query('select pg_advisory_lock($1)', [preparingLock]);
  try {
    const { rows } = await admin.query('select from pg_database where datname = $1', [database]);
    if (rows.length === 0) {
      // Renamed when complete, so that an interrupted start leaves no half of it.
      const draft = `${database}_draft`;
      await admin.query(`drop database if exists ${draft}`);
      await admin.query(`create database ${draft}`);
      await createDemoTables(url('postgres', draft), postgres.password);
      await admin.query(`alter database ${draft} rename to ${database}`);
    }
    await loadDemoPeople(url('postgres', database), now);
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [preparingLock]);
  }
}

/** Creates the demo's tables, and the role that may read them. */
export async function createDemoTables(url: string, readerPassword: string): Promise<void> {
  await runSql(
    url,
    `${schema}
     do $$ begin
       create role ${reader} login password '${readerPassword}';
     exception when duplicate_object or unique_violation then null;
     end $$;
     grant select on all tables in schema public to ${reader};`,
  );
}

/** Replaces the demo's people. */
export async function loadDemoPeople(url: string, now: Date): Promise<void> {
  await runSql(url, `set demo.now = '${now.toISOString()}'; begin; ${people} commit; analyze;`);
}

/** Runs statements without parameters. */
export async function runSql(url: string, sql: string): Promise<void> {
  await rowsOf(url, sql);
}

export async function rowsOf(url: string, sql: string) {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(sql).finally(() => client.end());
  return rows;
}
