import type pg from 'pg';
import { command } from '../../domain/command.ts';
import { about, type Finding } from '../../domain/finding.ts';
import type { Log } from '../../domain/log.ts';
import type { FindAddresses } from '../../helpscout/mailbox-api.ts';
import { createApp } from '../../http/app.ts';
import { listen } from '../../http/listen.ts';
import type { AccountQuery } from '../../postgres/contract.ts';
import { createFindAccounts } from '../../postgres/find-accounts.ts';
import { asksForCustomerId } from '../../postgres/sql.ts';
import type { Config } from '../../server/config.ts';
import type { ToSidebar } from '../../sidebar/sidebar.ts';
import type { RenderSidebar } from '../../sidebar/views.ts';
import {
  type Answer,
  load,
  pageFault,
  sendProbe,
  signedFault,
  unsignedFault,
  unsignedPageFault,
} from './probe.ts';

const thisMachine = '127.0.0.1';

/** The server as it would start here, on a port of its own. */
export type OwnServer = {
  url: URL;
  /** What its last answer failed of, as its log has it; null when it did not. */
  failure: () => string | null;
  close: () => Promise<void>;
};

export async function startOwnServer(
  pool: pg.Pool,
  query: AccountQuery,
  secretKey: string,
  sidebar: { toSidebar: ToSidebar; render: RenderSidebar },
  findAddresses: FindAddresses | null,
): Promise<OwnServer> {
  let last: LogEntry = {};
  const keep = (entry: object) => {
    last = entry;
  };
  const log: Log = { info: keep, warn: keep, error: keep };
  const app = createApp({
    ...sidebar,
    secretKeys: { secretKey, previous: null },
    findAccounts: createFindAccounts(pool, query, log),
    findsByCustomerId: asksForCustomerId(query.sql),
    findAddresses,
    now: () => new Date(),
    log,
    isDraining: () => false,
    isOverloaded: () => false,
  });
  const { port, close } = await listen(app, 0, thisMachine);
  return {
    url: new URL(`http://${thisMachine}:${port}/helpscout`),
    failure: () =>
      last.event === 'failed' ? `${last.class}${last.message ? `, ${last.message}` : ''}` : null,
    close,
  };
}

/** Asked as by a legacy app, through a socket. */
export async function checkAnswer(
  { url, failure }: OwnServer,
  secretKey: string,
  nobody: string,
): Promise<Finding> {
  const { right, wrong } = about('answer');
  const unsigned = await sendProbe(url, null, nobody);
  // The first lookup opens a connection and has the query parsed.
  await sendProbe(url, secretKey, nobody);
  const signed = await sendProbe(url, secretKey, nobody);
  const failed = failure();
  if (failed !== null) return wrong(...apology(failed));
  const fault = unsignedFault(unsigned) ?? signedFault(signed);
  return fault ? wrong(...fault) : right(bothWays(signed));
}

/** Asked as by a platform app. */
export async function checkPage({ url, failure }: OwnServer, secretKey: string): Promise<Finding> {
  const { right, wrong } = about('page');
  const unsigned = await load(url, null);
  const signed = await load(url, secretKey);
  const fault = unsignedPageFault(unsigned) ?? pageFault(signed);
  if (fault === null) return right(bothWays(signed));
  return wrong(...(signed.status === 200 && failure() ? apology(failure() ?? '') : fault));
}

const apology = (failure: string) =>
  [
    `agents would read an apology: ${failure}`,
    'mend what stands above, or look that code up in PostgreSQL’s list of errors',
  ] as const;

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
    const unsigned = await sendProbe(url, null, nobody);
    const fault =
      unsignedFault(unsigned) ??
      signedFault(await sendProbe(url, secretKey, nobody)) ??
      unsignedPageFault(await load(url, null)) ??
      pageFault(await load(url, secretKey));
    if (fault) return wrong(`${url}: ${fault[0]}`, fault[1]);
    return right(`${url}: ${bothWays(await sendProbe(url, secretKey, nobody))}`);
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
