import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { dirname } from 'node:path';
import { LookupError } from '../../domain/account.ts';
import { createApp, type Dependencies } from '../../http/app.ts';
import type { Column } from '../../postgres/columns.ts';
import { type Connections, createConnections } from '../../postgres/connections.ts';
import { checkContract } from '../../postgres/contract.ts';
import { createFindAccounts } from '../../postgres/find-accounts.ts';
import { asksForCustomerId, contextKeysOf } from '../../postgres/sql.ts';
import { compileViews } from '../../sidebar/views.ts';
import { createFailures } from './failures.ts';
import { type Problem, problemsIn } from './problems.ts';
import { watchFolder } from './watch.ts';

export type LiveOptions = { viewsDir: string; accountQueryFile: string; databaseUrl: string };

const retryMs = 2_000;

export type Live = Awaited<ReturnType<typeof openLive>>;

/** The sidebar's app with the last valid versions of the views and the query. */
export async function openLive(options: LiveOptions, served: Dependencies) {
  const { viewsDir, accountQueryFile, databaseUrl } = options;
  const failures = createFailures(served.log);
  const initial = { ...served, log: failures.log };
  let dependencies: Dependencies = initial;
  let app = createApp(initial);
  let columns: readonly Column[] = [];
  let connections: Connections | null = null;
  let viewProblems: readonly Problem[] = [];
  let queryProblems: readonly Problem[] = [];
  let lastSql: string | null = null;
  let retry: NodeJS.Timeout | undefined;
  let onChange = () => {};
  let unwatch: (() => void)[] = [];

  function notify(): void {
    app = createApp(dependencies);
    onChange();
  }

  function reloadViews(): void {
    try {
      dependencies = { ...dependencies, render: compileViews(viewsDir, initial.toSidebar) };
      viewProblems = [];
    } catch (error) {
      viewProblems = problemsIn(error);
    }
    notify();
  }

  /** New connections for each query: they keep its prepared statement. */
  async function reloadQuery(): Promise<void> {
    const sql = readQuery();
    if (sql === lastSql) return;
    lastSql = sql;
    const query = { file: accountQueryFile, sql };
    const next = createConnections(databaseUrl, initial.log);
    try {
      const nextColumns = await next.check((client) => checkContract(client, query));
      // It was saved again meanwhile, and that version is being checked.
      if (sql !== lastSql) return void next.end();
      columns = nextColumns;
      const findAccounts = createFindAccounts(next, query, initial.log);
      const findsByCustomerId = asksForCustomerId(sql);
      const lookup = { findAccounts, findsByCustomerId, contextKeys: contextKeysOf(sql) };
      dependencies = { ...dependencies, ...lookup };
      queryProblems = [];
      void connections?.end();
      connections = next;
    } catch (error) {
      void next.end();
      if (sql !== lastSql) return;
      queryProblems = problemsIn(error);
      if (error instanceof LookupError) {
        retry = setTimeout(() => {
          lastSql = null;
          void reloadQuery();
        }, retryMs);
      }
    }
    notify();
  }

  /** While an editor renames the file, it may be missing: the last version counts. */
  function readQuery(): string {
    try {
      return readFileSync(accountQueryFile, 'utf8');
    } catch {
      return lastSql ?? '';
    }
  }

  await reloadQuery();
  const handler: RequestListener = (req, res) => app(req, res);
  return {
    handler,
    /** What the log says of the failure in an agent's html. */
    failureIn: failures.find,
    dependencies: () => dependencies,
    columns: () => columns,
    /** Why a later version is not valid. */
    problems: () => [...viewProblems, ...queryProblems],
    watch(listener: () => void) {
      onChange = listener;
      unwatch = [
        watchFolder(viewsDir, reloadViews),
        watchFolder(dirname(accountQueryFile), () => void reloadQuery()),
      ];
    },
    close() {
      for (const stop of unwatch) stop();
      clearTimeout(retry);
      void connections?.end();
    },
  };
}
