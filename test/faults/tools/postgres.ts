import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import pg from 'pg';
import {
  createDemoTables,
  loadDemoPeople,
  reader,
  runSql,
} from '../../../src/kit/demo/demo-database.ts';
import { openPostgres } from '../../../src/kit/demo/embedded-postgres.ts';

import { guard } from './guard.ts';

/** A Postgres of one's own to break, with the demo's people in it. */
export type BreakablePostgres = Awaited<ReturnType<typeof openBreakablePostgres>>;

const database = 'demo';

export async function openBreakablePostgres() {
  const name = `faults-${randomBytes(6).toString('hex')}`;
  const { url, password, home, pgCtl, admin } = await openPostgres(name, () => {});
  const release = guard(
    `pid=$(head -n 1 '${home}/cluster/postmaster.pid'); kill -CONT $pid; kill -QUIT $pid; sleep 6; rm -rf '${home}'`,
  );
  const adminUrl = url('postgres', database);
  /** As the superuser, on a connection of its own: the last one may be broken by now. */
  const sql = (text: string) => runSql(adminUrl, text);

  await runSql(url('postgres', 'postgres'), `create database ${database}`);
  await createDemoTables(adminUrl, password);
  await loadDemoPeople(adminUrl, new Date());

  const backends = async () => {
    const client = new pg.Client(adminUrl);
    client.on('error', () => {});
    await client.connect();
    try {
      const { rows } = await client.query('select pid from pg_stat_activity where usename = $1', [
        reader,
      ]);
      return rows.map(({ pid }) => Number(pid));
    } finally {
      await client.end();
    }
  };
  const postmaster = async () =>
    Number((await readFile(`${home}/cluster/postmaster.pid`, 'utf8')).split('\n')[0]);

  return {
    readerUrl: url(reader, database),
    adminUrl,
    password,
    port: Number(new URL(adminUrl).port),
    sql,
    /** The processes that serve the sidebar's connections. */
    backends,
    postmaster,
    stop: () => pgCtl('stop', '--wait', '--mode', 'immediate'),
    start: () =>
      pgCtl('start', '--wait', '--log', `${home}/log`, '--options', `-p ${new URL(adminUrl).port}`),
    restart: () => pgCtl('restart', '--wait', '--mode', 'fast', '--log', `${home}/log`),
    close: async () => {
      await pgCtl('stop', '--wait', '--mode', 'immediate').catch(() => {});
      await admin.end().catch(() => {});
      await rm(home, { recursive: true, force: true });
      release();
    },
  };
}
