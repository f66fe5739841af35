import pg from 'pg';
import type { Log } from '../domain/log.ts';
import { parseDatabaseUrl } from './connection-string.ts';
import { failureClass } from './failure-code.ts';

/**
 * A lookup takes about a millisecond. These limits, in milliseconds, are for the day when it does
 * not: without all of them pg waits for ever on an exhausted pool, a frozen backend or a network
 * that swallows packets. The database gives up before we do, else it would go on working for an
 * answer that nobody reads. To connect may take three times a query: with TLS it is six round trips.
 */
export const limits = { connectMs: 1_500, queryMs: 800, statementMs: 600, lockMs: 250 } as const;

const ourOptions = '-c default_transaction_read_only=on -c plan_cache_mode=force_generic_plan';

/** How many connections a pool may have, and whether its sessions are told our settings. */
export type PoolOptions = { connections?: number | undefined; withSettings?: boolean };

/**
 * A pool of read-only sessions. It connects when first asked and outlives a restarted database. A
 * lookup that finds no connection free waits `limits.connectMs`. Without settings, for a PgBouncer
 * that refuses them, a session has those of its role.
 */
export function createPool(
  databaseUrl: string,
  log: Log,
  { connections = 4, withSettings = true }: PoolOptions = {},
): pg.Pool {
  const { config, userOptions } = parseDatabaseUrl(databaseUrl);
  const pool = new pg.Pool({
    ...config,
    ...(userOptions !== null && { options: userOptions }),
    application_name: 'helpscout-sidebar',
    max: connections,
    // A lone request after a pause finds a warm connection.
    min: 1,
    connectionTimeoutMillis: limits.connectMs,
    query_timeout: limits.queryMs,
    ...(withSettings && {
      statement_timeout: limits.statementMs,
      lock_timeout: limits.lockMs,
      // By itself Postgres plans a query afresh for each array, since it costs arrays that it does
      // not know as longer ones: 1.2 ms for a lookup of 0.4 ms among a million users.
      options: `${userOptions ?? ''} ${ourOptions}`.trim(),
    }),
  });
  // Without a listener, a database that restarts under an idle connection ends this process.
  pool.on('error', (error) => log.warn({ event: 'pool_error', class: failureClass(error) }));
  return pool;
}
