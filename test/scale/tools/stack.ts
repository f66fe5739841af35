import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createDemoTables, loadDemoPeople, runSql } from '../../../src/kit/demo/demo-database.ts';
import { freePort } from '../../../src/kit/demo/embedded-postgres.ts';
import { startPgbouncer } from '../../faults/tools/pgbouncer.ts';
import { type RunningSidebar, startSidebar } from '../../faults/tools/sidebar.ts';
import { role } from '../../roles.ts';
import { startHaproxy } from './haproxy.ts';
import { type Pair, startPair } from './pair.ts';
import type { Postgres } from './postgres.ts';
import { findPrograms } from './programs.ts';

const inProject = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const database = 'app';
const reader = 'helpscout_sidebar';

/** What docs/scaling.md draws: HAProxy, two sidebars, PgBouncer, HAProxy, a replica and a primary. */
export type Stack = Awaited<ReturnType<typeof startStack>>;
export type Which = 0 | 1;

export const nameOf = (which: Which) => (['sidebar_1', 'sidebar_2'] as const)[which];

export async function startStack() {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    return await startAll(stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(stops: (() => Promise<unknown>)[], stop: () => Promise<void>) {
  const programs = findPrograms();
  const ports = [await freePort(), await freePort()] as const;
  const bouncerPort = String(await freePort());

  const pair = await startPair(programs.postgres);
  stops.push(pair.close);
  await prepare(pair);
  const haproxy = await startHaproxy(programs.haproxy, {
    sidebar_1: ports[0],
    sidebar_2: ports[1],
    replica: pair.replica.port,
    primary: pair.primary.port,
  });
  stops.push(haproxy.stop);
  await haproxy.until('replica', true);

  const ini = await readFile(inProject('deploy/pgbouncer/pgbouncer.ini'), 'utf8');
  const openBouncer = () =>
    startPgbouncer(
      programs.pgbouncer,
      `postgres://${reader}:${pair.password}@127.0.0.1:${haproxy.databasePort}/${database}`,
      { listen_port: bouncerPort },
      ini,
      { pgbouncer: pair.password },
    );
  let bouncer = await openBouncer();
  const bouncerUrl = bouncer.url;
  stops.push(() => bouncer.stop());

  const openSidebar = (which: Which) =>
    startSidebar(bouncerUrl, {
      ACCOUNT_QUERY_FILE: inProject('sql/through-function.sql'),
      // Longer than HAProxy takes to ask /readyz twice.
      SHUTDOWN_DELAY_SECONDS: '3',
      PORT: String(ports[which]),
    });
  const sidebars: [RunningSidebar, RunningSidebar] = [await openSidebar(0), await openSidebar(1)];
  stops.push(async () => {
    for (const sidebar of sidebars) await sidebar.stop();
  });
  for (const which of [0, 1] as const) await haproxy.until(nameOf(which), true);

  return {
    pair,
    haproxy,
    sidebars,
    bouncerUrl,
    /** In place of one that is gone, at the same port; HAProxy sends requests there by then. */
    replaceSidebar: async (which: Which) => {
      sidebars[which] = await openSidebar(which);
      await haproxy.until(nameOf(which), true);
    },
    killBouncer: () => bouncer.stop(),
    replaceBouncer: async () => {
      bouncer = await openBouncer();
    },
    /** PgBouncer opens its connections anew, each when nobody uses it: back to the replica at once. */
    reconnect: () => {
      const admin = { username: 'pgbouncer', pathname: '/pgbouncer' };
      return runSql(Object.assign(new URL(bouncerUrl), admin).href, 'reconnect');
    },
    /** Which Postgres a lookup ends at. */
    answering: async (): Promise<Postgres> => {
      const { rows } = await ask(bouncerUrl, 'select inet_server_port() as port');
      return rows[0].port === pair.replica.port ? pair.replica : pair.primary;
    },
    /** Changes a customer's name there. */
    rename: (where: Postgres, email: string, name: string) =>
      runSql(
        where.url(database),
        `update users set full_name = '${name}' where lower(email) = '${email}'`,
      ),
    stop,
  };
}

/** The demo's tables, and the role that `npm run role` makes. */
async function prepare({ primary, password }: Pair): Promise<void> {
  await runSql(primary.url('postgres'), `create database ${database}`);
  const owner = primary.url(database);
  await createDemoTables(owner, password);
  await loadDemoPeople(owner, new Date());
  const { sql, said } = await role({ DATABASE_URL: owner });
  if (sql === '') throw new Error(`npm run role: ${said}`);
  await runSql(owner, sql);
  await runSql(owner, `alter role ${reader} password '${password}'`);
}

/** On a connection of its own. */
async function ask(url: string, sql: string): Promise<pg.QueryResult> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
