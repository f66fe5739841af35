import type pg from 'pg';
import { type Account, type FindAccounts, LookupError } from '../domain/account.ts';
import type { Log } from '../domain/log.ts';
import type { AccountQuery } from './contract.ts';
import { createFindAccounts } from './find-accounts.ts';
import { createPool } from './pool.ts';

/**
 * Lost connections, after which another try finds the database where it was; 40001 is a replica
 * that had to drop our snapshot. After a slow, locked or full database there is no other try:
 * it has enough to do.
 */
const retryableErrors = new Set([
  'ECONNRESET',
  'EPIPE',
  '57P01',
  'connection_terminated',
  'pooler_lost_server',
  'query_timeout',
  '40001',
]);

export type ResilientLookup = {
  findAccounts: FindAccounts;
  connections: () => Connections;
  end: () => Promise<void>;
};

/** Of the pool; "waiting" are lookups that found no connection free. */
export type Connections = { open: number; idle: number; waiting: number };

/**
 * Looks accounts up in a database that may restart, fail over or fall silent: with one more try
 * where a connection was lost, and on new connections where the old ones are dead; never on more
 * connections than these at once, but for the dead ones that the database has not noticed.
 */
export function createResilientLookup(
  databaseUrl: string,
  query: AccountQuery,
  log: Log,
  mostConnections?: number,
): ResilientLookup {
  let takesSettings = true;
  let current = open();

  function open() {
    const pool = createPool(databaseUrl, log, {
      connections: mostConnections,
      withSettings: takesSettings,
    });
    return { pool, findAccounts: createFindAccounts(pool, query, log) };
  }

  /** Several lookups may find the same pool dead; the first replaces it. */
  function replace(dead: pg.Pool, why: string): void {
    if (dead !== current.pool) return;
    log.warn({ event: 'pool_replaced', class: why });
    current = open();
    // Nobody waits for it: a query that hangs keeps it from ending.
    dead.end().catch(() => {});
  }

  /** Whether it waited for connections of a pool that was replaced meanwhile. */
  const wasLeft = (pool: pg.Pool, { class: failure }: LookupError) =>
    pool !== current.pool && (failure === 'pool_exhausted' || failure === 'pool_ended');

  function findAccounts(...asked: Parameters<FindAccounts>): Promise<Account[]> {
    const { pool, findAccounts } = current;
    return findAccounts(...asked).catch((error: unknown) => tryAgain(pool, error, asked));
  }

  function tryAgain(pool: pg.Pool, error: unknown, asked: Parameters<FindAccounts>) {
    if (!(error instanceof LookupError)) throw error;
    if (error.class === '08P01' && takesSettings) {
      // PgBouncer takes no settings with a connection; there they must stand with the role.
      takesSettings = false;
      replace(pool, 'settings_refused');
    } else if (!retryableErrors.has(error.class) && !wasLeft(pool, error)) throw error;
    // The database would have given up first: there is nobody at the other end, and after a
    // failover the same is true of every other connection of this pool.
    if (error.class === 'query_timeout') replace(pool, error.class);
    return current.findAccounts(...asked);
  }

  function connections(): Connections {
    const { totalCount: open, idleCount: idle, waitingCount: waiting } = current.pool;
    return { open, idle, waiting };
  }

  return { findAccounts, connections, end: () => current.pool.end() };
}
