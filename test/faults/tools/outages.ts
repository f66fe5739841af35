import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { reader } from '../../../src/kit/demo/demo-database.ts';
import type { Shown } from './load.ts';
import type { Network } from './network.ts';
import type { BreakablePostgres } from './postgres.ts';

export type Outage = {
  begin: () => Promise<unknown>;
  lastsMs: number;
  /** The database is back when it resolves. */
  end: () => Promise<unknown>;
  /** What agents may be shown of whom they saw before, and of strangers. */
  shows: { known: Shown[]; strangers: Shown[] };
};

const away: Outage['shows'] = {
  known: ['fresh', 'stale'],
  strangers: ['fresh', 'unreachable', 'busy'],
};
/** What an admin must mend is said to everybody, else nobody would mend it. */
const misconfigured: Outage['shows'] = {
  known: ['fresh', 'misconfigured'],
  strangers: ['fresh', 'misconfigured'],
};
const nothing = async () => {};

/** All of them by name, on this database and the network before it. */
export function createOutages(
  postgres: BreakablePostgres,
  network: Network,
  namesFile: string,
  connectionLimit: number,
): Map<string, Outage> {
  const { sql } = postgres;
  const signal = (pids: readonly number[], name: NodeJS.Signals) => {
    for (const pid of pids) process.kill(pid, name);
  };
  const endSessions = () =>
    sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${reader}'`);
  const outage = (begin: Outage['begin'], lastsMs: number, end: Outage['end'], shows = away) => ({
    ...{ begin, lastsMs, end, shows },
  });

  let frozen: number[] = [];
  const freeze = (pids: number[]) => {
    frozen = pids;
    signal(pids, 'SIGSTOP');
  };
  const thaw = async () => signal(frozen.splice(0), 'SIGCONT');

  let locker: pg.Client | null = null;
  const lock = async () => {
    locker = new pg.Client(postgres.adminUrl);
    await locker.connect();
    await locker.query('begin; lock table users in access exclusive mode');
  };

  const forgetName = (state: string) =>
    outage(
      async () => {
        await writeFile(namesFile, state);
        network.cut();
      },
      1_500,
      () => writeFile(namesFile, 'known'),
    );

  return new Map<string, Outage>([
    ['an immediate stop', outage(postgres.stop, 1_500, postgres.start)],
    ['a fast restart', outage(postgres.restart, 0, nothing)],
    ['terminated backends', outage(endSessions, 0, nothing)],
    ['frozen backends', outage(async () => freeze(await postgres.backends()), 1_500, thaw)],
    [
      'a frozen postmaster',
      outage(
        async () => {
          const pids = await postgres.backends();
          freeze([await postgres.postmaster()]);
          signal(pids, 'SIGTERM');
        },
        1_500,
        thaw,
      ),
    ],
    [
      'a black hole',
      outage(
        async () => network.stall(),
        2_500,
        async () => network.resume(),
      ),
    ],
    ['half-dead sockets', outage(async () => network.halfDie(), 0, nothing)],
    [
      'resets',
      outage(
        async () => {
          for (let time = 0; time < 15; time++) {
            network.reset();
            await wait(100);
          }
        },
        0,
        nothing,
      ),
    ],
    [
      'garbage from the server',
      outage(
        async () => network.garble(true),
        1_500,
        async () => network.garble(false),
      ),
    ],
    ['a name that is unknown', forgetName('unknown')],
    ['a name that is never answered for', forgetName('silent')],
    ['a locked table', outage(lock, 1_500, async () => locker?.end())],
    [
      'a slow query',
      outage(
        () =>
          sql(`begin; alter table users rename to fast_users;
               create view users as select * from fast_users where pg_sleep(5) is not null;
               grant select on users to ${reader}; commit`),
        2_000,
        () => sql('begin; drop view users; alter table fast_users rename to users; commit'),
      ),
    ],
    [
      'a connection limit',
      outage(
        async () => {
          await sql(`alter role ${reader} connection limit 0`);
          await endSessions();
        },
        1_500,
        () => sql(`alter role ${reader} connection limit ${connectionLimit}`),
      ),
    ],
    [
      'a revoked privilege',
      outage(
        () => sql(`revoke select on users from ${reader}`),
        1_000,
        () => sql(`grant select on users to ${reader}`),
        misconfigured,
      ),
    ],
    [
      'a dropped table',
      outage(
        () =>
          sql(`begin; create table saved_users (like users including all);
               insert into saved_users overriding system value select * from users;
               drop table users cascade; commit`),
        1_000,
        // Restored as a backup is: another table of the same name.
        () =>
          sql(`begin; alter table saved_users rename to users;
               grant select on users to ${reader}; commit`),
        misconfigured,
      ),
    ],
  ]);
}
