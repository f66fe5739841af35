import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { demoSql } from '../paths.ts';
import type { EmbeddedPostgres, Say } from './embedded-postgres.ts';
import { openPostgres } from './embedded-postgres.ts';

export type DemoDatabase = {
  /** As the demo's read-only role. */
  url: string;
  close: () => Promise<void>;
};

const schema = readFileSync(demoSql('schema.sql'), 'utf8');
const people = readFileSync(demoSql('people.sql'), 'utf8');

/** May read the demo's tables, nothing else. */
const reader = 'sidebar_reader';

/** One at a time may prepare databases on a server. */
const preparingLock = 2;

/** The HR product's database, with everybody's dates as of `now`. A second one shares the first's. */
export async function openDemoDatabase(now: Date, say: Say): Promise<DemoDatabase> {
  const postgres = await openPostgres('demo', say);
  // Another version of the demo has another database, so that neither breaks the other's.
  const version = createHash('sha1').update(schema).update(people).digest('hex').slice(0, 8);
  const database = `demo_${version}`;
  const url = postgres.url(reader, database);
  await fillDemoDatabase(postgres, database, now);
  return { url, close: postgres.close };
}

/** Makes the database where it does not exist, and brings its people's dates up to date. */
export async function fillDemoDatabase(
  { admin, password, url }: EmbeddedPostgres,
  database: string,
  now: Date,
): Promise<void> {
  await admin.query('select pg_advisory_lock($1)', [preparingLock]);
  try {
    const { rows } = await admin.query('select from pg_database where datname = $1', [database]);
    if (rows.length === 0) {
      const draft = `${database}_draft`;
      await admin.query(`drop database if exists ${draft}`);
      await admin.query(`create database ${draft}`);
      await inDatabase(url('postgres', draft), async (client) => {
        await client.query(schema);
        await client.query(readerRole(password));
      });
      await admin.query(`alter database ${draft} rename to ${database}`);
    }
    await inDatabase(url('postgres', database), async (client) => {
      await client.query("select set_config('demo.now', $1, false)", [now.toISOString()]);
      await client.query(`begin; ${people} commit; analyze;`);
    });
  } finally {
    await admin.query('select pg_advisory_unlock($1)', [preparingLock]);
  }
}

const readerRole = (password: string) => `
  do $$ begin
    create role ${reader} login password '${password}';
  exception when duplicate_object then null;
  end $$;
  grant select on all tables in schema public to ${reader};
`;

async function inDatabase(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
