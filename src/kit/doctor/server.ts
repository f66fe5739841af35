import type { Log } from '../../domain/log.ts';
import type { FindAddresses } from '../../helpscout/mailbox-api.ts';
import { createApp, type Dependencies } from '../../http/app.ts';
import { listen } from '../../http/listen.ts';
import type { Connections } from '../../postgres/connections.ts';
import type { AccountQuery } from '../../postgres/contract.ts';
import { createFindAccounts } from '../../postgres/find-accounts.ts';
import { asksForCustomerId, contextKeysOf } from '../../postgres/sql.ts';
import type { Config } from '../../server/config.ts';
import { command } from '../command.ts';
import { readNote } from '../demo/running-demo.ts';
import type { HttpResponse } from '../http-client.ts';
import { about, type Finding } from './finding.ts';
import {
  type Fault,
  pageFault,
  probe,
  probePage,
  signedFault,
  unsignedFault,
  unsignedPageFault,
} from './probe.ts';

type TestServer = Awaited<ReturnType<typeof startTestServer>>;

/** The server as it would start here, on a free port. */
export async function startTestServer(
  connections: Connections,
  query: AccountQuery,
  secretKey: string,
  sidebar: Pick<Dependencies, 'toSidebar' | 'render'>,
  findAddresses: FindAddresses | null,
) {
  let last: { event?: string; class?: string; message?: string } = {};
  const keep = (entry: object) => {
    last = entry;
  };
  const log: Log = { info: keep, warn: keep, error: keep };
  const app = createApp({
    ...sidebar,
    secretKeys: { secretKey, previous: null },
    findAccounts: createFindAccounts(connections, query, log),
    findsByCustomerId: asksForCustomerId(query.sql),
    contextKeys: contextKeysOf(query.sql),
    findAddresses,
    now: () => new Date(),
    log,
    isDraining: () => false,
    isOverloaded: () => false,
  });
  const { port, close } = await listen(app, 0, '127.0.0.1');
  return {
    url: new URL(`http://127.0.0.1:${port}/helpscout`),
    /** Why the last lookup failed, from the log; null when it did not. */
    failure: () =>
      last.event === 'failed' ? `${last.class}${last.message ? `, ${last.message}` : ''}` : null,
    close,
  };
}

/** Sends requests as for a legacy app. */
export async function checkAnswer(server: TestServer, secretKey: string, nobody: string) {
  const unsigned = await probe(server.url, null, nobody);
  // The first lookup opens a connection and has the query parsed.
  await probe(server.url, secretKey, nobody);
  const signed = await probe(server.url, secretKey, nobody);
  return outcome('answer', unsignedFault(unsigned) ?? signedFault(signed), signed, server);
}

/** Sends requests as for a platform app. */
export async function checkPage(server: TestServer, secretKey: string) {
  const unsigned = await probePage(server.url, null);
  const signed = await probePage(server.url, secretKey);
  return outcome('page', unsignedPageFault(unsigned) ?? pageFault(signed), signed, server);
}

function outcome(check: string, fault: Fault, signed: HttpResponse, { failure }: TestServer) {
  const { right, wrong } = about(check);
  if (fault === null) return right(bothStatuses(signed));
  const reason = failure();
  if (reason === null) return wrong(...fault);
  return wrong(
    `agents would read an error message: ${reason}`,
    'fix what is reported above, or look the code up in PostgreSQL’s list of error codes',
  );
}

const bothStatuses = ({ ms }: HttpResponse) => `403 without a signature, 200 with one, in ${ms} ms`;

/** The server that runs at HOST and PORT, if there is one. */
export async function checkServer(
  { host, port }: Config,
  secretKey: string,
  nobody: string,
): Promise<Finding> {
  const { right, wrong, skipped } = about('server');
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const authority = `${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
  const url = new URL(`http://${authority}/helpscout`);
  try {
    const fault =
      unsignedFault(await probe(url, null, nobody)) ??
      signedFault(await probe(url, secretKey, nobody)) ??
      unsignedPageFault(await probePage(url, null)) ??
      pageFault(await probePage(url, secretKey));
    const note = fault && (await readNote(port));
    // A note stays behind where a demo was killed, so its key must open this server.
    if (note && signedFault(await probe(url, note, nobody)) === null)
      return skipped(
        `at ${url.host} the demo runs, with a Secret Key of its own`,
        `stop it, and start this server: ${command('serve')}`,
      );
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
