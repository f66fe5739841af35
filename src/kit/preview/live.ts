import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type pg from 'pg';
import { type FindAccounts, LookupError } from '../../domain/account.ts';
import type { Dependencies } from '../../http/app.ts';
import type { Column } from '../../postgres/columns.ts';
import { checkContract } from '../../postgres/contract.ts';
import { createFindAccounts } from '../../postgres/find-accounts.ts';
import { createPool } from '../../postgres/pool.ts';
import { asksForCustomerId } from '../../postgres/sql.ts';
import { compileViews, type RenderSidebar } from '../../sidebar/views.ts';
import { type Problem, problemsIn } from './problems.ts';
import { watchFolder } from './watch.ts';

export type Files = { viewsDir: string; accountQueryFile: string };

/** The views and the query as they were last saved and found good. */
export type Live = {
  findAccounts: FindAccounts;
  render: RenderSidebar;
  /** The columns of the query that is served. */
  columns: () => readonly Column[];
  /** Whether it looks for `$2`. */
  findsByCustomerId: () => boolean;
  /** What keeps later versions from being served. */
  problems: () => readonly Problem[];
  close: () => void;
};

const retryMs = 2_000;

/** Reads the query, then watches the files and calls `onChange` after each one saved. */
export async function openLive(
  { viewsDir, accountQueryFile }: Files,
  { toSidebar, log, ...served }: Dependencies,
  databaseUrl: string,
  onChange: () => void,
): Promise<Live> {
  let { render, findAccounts } = served;
  let columns: readonly Column[] = [];
  let findsByCustomerId = served.findsByCustomerId ?? false;
  let pool: pg.Pool | null = null;
  let viewProblems: readonly Problem[] = [];
  let queryProblems: readonly Problem[] = [];
  let lastSql: string | null = null;
  let retry: NodeJS.Timeout | undefined;

  function reloadViews(): void {
    try {
      render = compileViews(viewsDir, toSidebar);
      viewProblems = [];
    } catch (error) {
      viewProblems = problemsIn(error);
    }
    onChange();
  }

  /** Each query has a pool of its own: a connection remembers what "account" stands for. */
  async function reloadQuery(): Promise<void> {
    const sql = readQuery();
    if (sql === lastSql) return;
    lastSql = sql;
    const query = { file: accountQueryFile, sql };
    const nextPool = createPool(databaseUrl, log);
    try {
      const nextColumns = await checkContract(nextPool, query);
      // Saved again in the meantime: that one is served.
      if (sql !== lastSql) return void nextPool.end();
      columns = nextColumns;
      findsByCustomerId = asksForCustomerId(sql);
      findAccounts = createFindAccounts(nextPool, query, log);
      queryProblems = [];
      void pool?.end();
      pool = nextPool;
    } catch (error) {
      void nextPool.end();
      if (sql !== lastSql) return;
      queryProblems = problemsIn(error);
      if (error instanceof LookupError) retry = setTimeout(reloadAgain, retryMs);
    }
    onChange();
  }

  function reloadAgain(): void {
    lastSql = null;
    void reloadQuery();
  }

  /** In the middle of a rename there is no file for a moment: then the last one is good. */
  function readQuery(): string {
    try {
      return readFileSync(accountQueryFile, 'utf8');
    } catch {
      return lastSql ?? '';
    }
  }

  await reloadQuery();
  const unwatch = [
    watchFolder(viewsDir, reloadViews),
    watchFolder(dirname(accountQueryFile), () => void reloadQuery()),
  ];

  return {
    findAccounts: (...asked) => findAccounts(...asked),
    render: (sidebar) => render(sidebar),
    columns: () => columns,
    findsByCustomerId: () => findsByCustomerId,
    problems: () => [...viewProblems, ...queryProblems],
    close() {
      for (const stop of unwatch) stop();
      clearTimeout(retry);
      void pool?.end();
    },
  };
}
