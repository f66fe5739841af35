import type pg from 'pg';
import type { AccountQuery } from '../accounts/contract.ts';
import { createFindAccounts } from '../accounts/find-accounts.ts';
import { createApp } from '../app.ts';
import { command } from '../command.ts';
import type { Config } from '../config.ts';
import { listen } from '../listen.ts';
import type { Log } from '../log.ts';
import type { ToSidebar } from '../sidebar/sidebar.ts';
import type { RenderSidebar } from '../sidebar/views.ts';
import { type Answer, knock, signedFault, unsignedFault } from './door.ts';
import { about, type Finding } from './finding.ts';

const thisMachine = '127.0.0.1';

/** The server as it would start here, asked through a socket. */
export async function checkAnswer(
  pool: pg.Pool,
  query: AccountQuery,
  secretKey: string,
  sidebar: { toSidebar: ToSidebar; render: RenderSidebar },
  nobody: string,
): Promise<Finding> {
  const { right, wrong } = about('answer');
  const entries: LogEntry[] = [];
  const keep = (entry: object) => void entries.push(entry);
  const log: Log = { info: keep, warn: keep, error: keep };
  const findAccounts = createFindAccounts(pool, query, log);
  const app = createApp({
    ...sidebar,
    secretKeys: { secretKey, previous: null },
    findAccounts,
    now: () => new Date(),
    log,
    isDraining: () => false,
    isOverloaded: () => false,
  });
  const { port, close } = await listen(app, 0, thisMachine);
  try {
    const url = new URL(`http://${thisMachine}:${port}/helpscout`);
    const unsigned = await knock(url, null, nobody);
    // The first lookup opens a connection and has the query parsed.
    await knock(url, secretKey, nobody);
    const signed = await knock(url, secretKey, nobody);
    const failed = entries.find(({ event }) => event === 'failed');
    if (failed)
      return wrong(
        `agents would read an apology: ${failed.class}${failed.message ? `, ${failed.message}` : ''}`,
        'mend what stands above, or look that code up in PostgreSQL’s list of errors',
      );
    const fault = unsignedFault(unsigned) ?? signedFault(signed);
    return fault ? wrong(...fault) : right(bothWays(signed));
  } finally {
    await close();
  }
}

type LogEntry = { event?: string; class?: string; message?: string };

const bothWays = ({ ms }: Answer) => `403 without a signature, 200 with one, in ${ms} ms`;

/** The server that runs at HOST and PORT, if one does. */
export async function checkServer(
  { host, port }: Config,
  secretKey: string,
  nobody: string,
): Promise<Finding> {
  const { right, wrong, skipped } = about('server');
  const reachable = host === '0.0.0.0' || host === '::' ? thisMachine : host;
  const url = new URL(`http://${reachable.includes(':') ? `[${reachable}]` : reachable}/helpscout`);
  url.port = String(port);
  try {
    const unsigned = await knock(url, null, nobody);
    const fault = unsignedFault(unsigned) ?? signedFault(await knock(url, secretKey, nobody));
    if (fault) return wrong(`${url}: ${fault[0]}`, fault[1]);
    return right(`${url}: ${bothWays(await knock(url, secretKey, nobody))}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNREFUSED')
      return skipped(`none runs at ${url.host}`, `start it, if it should: ${command('serve')}`);
    return wrong(
      `something listens at ${url.host}, but gives no answer (${code ?? 'none'})`,
      'stop that program, or set PORT to another',
    );
  }
}
