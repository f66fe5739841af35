import { setTimeout as wait } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { createConnections } from '../src/postgres/connections.ts';
import { createFindAccounts } from '../src/postgres/find-accounts.ts';
import { memoryLog } from './examples.ts';

/** Lookups by a query, and what they log; the connections are closed when the test ends. */
export function lookups(databaseUrl: string, sql: string, maxConnections?: number) {
  const log = memoryLog();
  const connections = createConnections(databaseUrl, log, maxConnections);
  const findAccounts = createFindAccounts(connections, { file: 'account.sql', sql }, log);
  let ended: Promise<void> | null = null;
  const end = () => {
    ended ??= Promise.race([connections.end(), wait(1_000)]);
    return ended;
  };
  onTestFinished(end);
  return { connections, findAccounts, end, log };
}
