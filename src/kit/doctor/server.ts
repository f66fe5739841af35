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
  pageFault,
  probe,
  probePage,
  signedFault,
  unsignedFault,
  unsignedPageFault,
} from './probe.ts';

const thisMachine = '127.0.0.1';

export type Sidebar = { toSidebar: ToSidebar; render: RenderSidebar };

/** The server as it would start here, on a free port. */
export type TestServer = {
  url: URL;
  /** Why the last lookup failed, from the log; null when it did not. */
  failure: () => string | null;
  close: () => Promise<void>;
};

export async function startTestServer(
  pool: pg.Pool,
  query: AccountQuery,
  secretKey: string,
  sidebar: Sidebar,
  findAddresses: FindAddresses | null,
): Promise<TestServer> {
  let last: { event?: string; class?: string; message?: string } = {};
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

/** Sends requests as for a legacy app. */
export async function checkAnswer(
  { url, failure }: TestServer,
  secretKey: string,
  nobody: string,
): Promise<Finding> {
  const { right, wrong } = about('answer');
  const unsigned = await probe(url, null, nobody);
  // The first lookup opens a connection and has the query parsed.
  await probe(url, secretKey, nobody);
  const signed = await probe(url, secretKey, nobody);
  const reason = failure();
  if (reason !== null) return wrong(...lookupFault(reason));
  const fault = unsignedFault(unsigned) ?? signedFault(signed);
  return fault ? wrong(...fault) : right(bothStatuses(signed));
}

/** Sends requests as for a platform app. */
export async function checkPage({ url, failure }: TestServer, secretKey: string): Promise<Finding> {
  const { right, wrong } = about('page');
  const unsigned = await probePage(url, null);
  const signed = await probePage(url, secretKey);
  const fault = unsignedPageFault(unsigned) ?? pageFault(signed);
  if (fault === null) return right(bothStatuses(signed));
  const reason = signed.status === 200 ? failure() : null;
  return wrong(...(reason === null ? fault : lookupFault(reason)));
}

const lookupFault = (reason: string) =>
  [
    `agents would read an error message: ${reason}`,
    'fix what is reported above, or look the code up in PostgreSQL’s list of error codes',
  ] as const;

const bothStatuses = ({ ms }: { ms: number }) =>
  `403 without a signature, 200 with one, in ${ms} ms`;

/** The server that runs at HOST and PORT, if there is one. */
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
    const fault =
      unsignedFault(await probe(url, null, nobody)) ??
      signedFault(await probe(url, secretKey, nobody)) ??
      unsignedPageFault(await probePage(url, null)) ??
      pageFault(await probePage(url, secretKey));
    if (fault) return wrong(`${url}: ${fault[0]}`, fault[1]);
    return right(`${url}: ${bothStatuses(await probe(url, secretKey, nobody))}`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNREFUSED')
      return skipped(`none runs at ${url.host}`, `start it, if it should: ${command('serve')}`);
    return wrong(
      `another program listens at ${url.host}: it gives no HTTP response (${code ?? 'none'})`,
      'stop that program, or set PORT to another port',
    );
  }
}
