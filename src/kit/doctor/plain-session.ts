import pg from 'pg';
import { parseDatabaseUrl } from '../../postgres/connection-string.ts';
import { failureClass } from '../../postgres/failure-code.ts';

const queryTimeoutMs = 5_000;

/**
 * A connection that brings no limits and no options of ours: what holds in it holds by itself,
 * whatever a pooler lets through. Throws what pg throws.
 */
export async function openPlainSession(databaseUrl: string): Promise<pg.Client> {
  const { config, userOptions, connectTimeoutMs } = parseDatabaseUrl(databaseUrl);
  const client = new pg.Client({
    ...config,
    ...(userOptions !== null && { options: userOptions }),
    application_name: 'helpscout-sidebar doctor',
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
  });
  // Without a listener, a connection that is lost ends this process.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Whether it was the database or the way to it that failed, and not this program. */
export function isFromTheDatabase(error: unknown): boolean {
  const { name } = error as Error;
  return name === 'Error' || failureClass(error) !== name;
}
