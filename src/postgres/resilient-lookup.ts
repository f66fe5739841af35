import type pg from 'pg';
import { type Account, type FindAccounts, LookupError } from '../domain/account.ts';
import { failureOf } from '../domain/failures.ts';
import type { Log } from '../domain/log.ts';
import type { AccountQuery } from './contract.ts';
import { createFindAccounts } from './find-accounts.ts';
import { createPool } from './pool.ts';

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

  /** Failures of a pool that another lookup may have replaced meanwhile. */
  const ofItsPool = ['pool_exhausted', 'pool_ended', 'settings_refused'];

  function findAccounts(...asked: Parameters<FindAccounts>): Promise<Account[]> {
    const { pool, findAccounts } = current;
    return findAccounts(...asked).catch((error: unknown) => tryAgain(pool, error, asked));
  }

  function tryAgain(pool: pg.Pool, error: unknown, asked: Parameters<FindAccounts>) {
    if (!(error instanceof LookupError)) throw error;
    const { retry } = failureOf(error.class);
    const isOfReplacedPool = pool !== current.pool && ofItsPool.includes(error.class);
    // The role must bring the settings instead.
    const goesWithoutSettings = retry === 'settings' && takesSettings;
    if (goesWithoutSettings) takesSettings = false;
    // After a failover, the other connections of this pool are dead as well.
    if (goesWithoutSettings || retry === 'pool') replace(pool, error.class);
    else if (retry !== 'nothing' && !isOfReplacedPool) throw error;
    return current.findAccounts(...asked);
  }

  function connections(): Connections {
    const { totalCount: open, idleCount: idle, waitingCount: waiting } = current.pool;
    return { open, idle, waiting };
  }

  return { findAccounts, connections, end: () => current.pool.end() };
}
