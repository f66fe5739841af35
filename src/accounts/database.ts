import pg from 'pg';
import type { Log } from '../log.ts';
import { failureClass } from './failures.ts';

/**
 * A lookup takes about a millisecond. These limits, in milliseconds, are for the day when it does
 * not: without all of them pg waits for ever on an exhausted pool, a frozen backend or a network
 * that swallows packets. The database gives up before we do, else it would go on working for an
 * answer that nobody reads.
 */
const connectMs = 500;
const queryMs = 800;
const statementMs = 600;
const lockMs = 250;

/** Enough for two cores. A lookup that finds none of them free waits `connectMs`. */
const mostConnections = 4;

/**
 * A pool of read-only sessions. It connects when first asked and outlives a restarted database.
 * Without settings, for a PgBouncer that refuses them, a session has those of its role.
 */
export function createPool(databaseUrl: string, log: Log, withSettings = true): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'helpscout-sidebar',
    max: mostConnections,
    // A lone request after a pause finds a warm connection.
    min: 1,
    connectionTimeoutMillis: connectMs,
    query_timeout: queryMs,
    keepAlive: true,
    ...(withSettings && {
      statement_timeout: statementMs,
      lock_timeout: lockMs,
      options: '-c default_transaction_read_only=on',
    }),
  });
  // Without a listener, a database that restarts under an idle connection ends this process.
  pool.on('error', (error) => log.warn({ event: 'pool_error', class: failureClass(error) }));
  return pool;
}
