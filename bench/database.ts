import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import {
  type EmbeddedPostgres,
  openPostgres,
  type Say,
} from '../src/kit/demo/embedded-postgres.ts';
import { inProject } from './paths.ts';

export type BenchDatabases = {
  postgres: EmbeddedPostgres;
  /** As a role that may only read. */
  million: string;
  thousand: string;
};

/** May read the tables and nothing else, as in production. */
const reader = 'bench_reader';

const schema = readFileSync(inProject('sql/demo/schema.sql'), 'utf8');
const people = readFileSync(inProject('bench/people.sql'), 'utf8');

/**
 * The demo's tables with a million users, and again with a thousand, in a cluster of the bench's
 * own. They are kept: only the first run, and one after the tables changed, waits for them.
 */
export async function openBenchDatabases(say: Say): Promise<BenchDatabases> {
  const postgres = await openPostgres('bench', say);
  const version = createHash('sha1').update(schema).update(people).digest('hex').slice(0, 8);
  await removeOthers(postgres, version);
  const million = await prepare(postgres, `bench_${version}_million`, 1_000_000, say);
  const thousand = await prepare(postgres, `bench_${version}_thousand`, 1_000, say);
  return { postgres, million, thousand };
}

async function removeOthers({ admin }: EmbeddedPostgres, version: string): Promise<void> {
  const { rows } = await admin.query(
    `select datname from pg_database where datname like 'bench\\_%' and datname not like $1`,
    [`bench\\_${version}\\_%`],
  );
  for (const { datname } of rows) await admin.query(`drop database ${datname} with (force)`);
}

async function prepare(
  { admin, url, password }: EmbeddedPostgres,
  database: string,
  users: number,
  say: Say,
): Promise<string> {
  const { rows } = await admin.query('select from pg_database where datname = $1', [database]);
  if (rows.length === 0) {
    say(`Making a database of ${users.toLocaleString('en')} users, once …`);
    const draft = `${database}_draft`;
    await admin.query(`drop database if exists ${draft} with (force)`);
    await admin.query(`create database ${draft}`);
    const client = new pg.Client(url('postgres', draft));
    await client.connect();
    try {
      await client.query(`${schema}; set bench.users = ${users}; ${people}`);
      await client.query(
        `do $$ begin create role ${reader} login; exception when duplicate_object then null; end $$;
         alter role ${reader} password '${password}';
         grant select on all tables in schema public to ${reader}`,
      );
      await client.query('vacuum analyze');
    } finally {
      await client.end();
    }
    await admin.query(`alter database ${draft} rename to ${database}`);
    await admin.query('checkpoint');
  }
  return url(reader, database);
}
