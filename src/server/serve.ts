import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { LookupError } from '../domain/account.ts';
import { Deadline } from '../domain/deadline.ts';
import { whyUnreachable } from '../domain/failures.ts';
import { type Log, sampled } from '../domain/log.ts';
import { readVersion } from '../domain/package-files.ts';
import { createMailboxApi, type MailboxOptions } from '../helpscout/mailbox-api.ts';
import { createApp, type Dependencies } from '../http/app.ts';
import { listen } from '../http/listen.ts';
import { parseDatabaseUrl } from '../postgres/connection-string.ts';
import { createConnections } from '../postgres/connections.ts';
import type { AccountQuery } from '../postgres/contract.ts';
import { createFindAccounts } from '../postgres/find-accounts.ts';
import { asksForCustomerId, contextKeysOf } from '../postgres/sql.ts';
import { createToSidebar } from '../sidebar/sidebar.ts';
import { compileViews } from '../sidebar/views.ts';
import type { Config } from './config.ts';
import { monitorEventLoop } from './event-loop.ts';
import { createLog } from './log.ts';
import { type Counters, createCounters } from './metrics/counters.ts';
import { nodeRelease, nodeRemedy } from './node-release.ts';
import { exitOnCrash, hardStopMs, onStopSignal } from './shutdown.ts';

export type ServeOptions = {
  /** Names of settings that look misspelt, in words. */
  warnings?: readonly string[];
  /** Replaces the Mailbox API of the settings. */
  mailbox?: MailboxOptions;
  /** Makes the app that answers at PORT, in place of http/app.ts. */
  createApp?: ((dependencies: Dependencies) => Promise<RequestListener>) | undefined;
  onListening?: (origin: string, port: number) => Promise<void>;
  review?: Review;
  /** Called last, after a stop or a failed start. */
  onStop?: () => Promise<void>;
};

/** Examines the database for the log, while agents are served already. */
export type Review = (query: AccountQuery, log: Log) => Promise<void>;

type Running = {
  log: Log;
  counters: Counters | null;
  /** The latest first. */
  shutdownHooks: (() => Promise<unknown>)[];
};

/** Runs until a stop signal, then exits. Rejects when it cannot start, with nothing left open. */
export async function serve(config: Config, options: ServeOptions = {}): Promise<void> {
  const counters = config.metrics && createCounters();
  const lines = createLog({ level: config.logLevel, onLineDropped: counters?.onLineDropped });
  const log = counters?.countEvents(lines) ?? lines;
  exitOnCrash(log);
  const shutdownHooks: Running['shutdownHooks'] = options.onStop ? [options.onStop] : [];
  const shutDown = async () => {
    // A hook that fails does not keep the others from running.
    for (const hook of shutdownHooks.splice(0)) await hook().catch(() => {});
  };
  const started = start(config, options, { log, counters, shutdownHooks });
  onStopSignal(async () => {
    setTimeout(() => process.exit(1), config.shutdownDelayMs + hardStopMs).unref();
    log.info({ event: 'stopping' });
    await started.catch(() => {});
    await shutDown();
    process.exit(0);
  });
  try {
    await started;
  } catch (error) {
    await shutDown();
    throw error;
  }
}

/** How long a developer waits for a database that wakes up. */
const startMs = 10_000;

async function start(config: Config, options: ServeOptions, running: Running): Promise<void> {
  const { databaseUrl, secretKeys, host, locale, stripeDashboardUrl } = config;
  const { log, counters, shutdownHooks } = running;
  const now = () => new Date();
  const previousKeyEnds = secretKeys.previous?.until ?? null;
  for (const says of options.warnings ?? []) log.warn({ event: 'unknown_setting', says });
  for (const { says, todo } of parseDatabaseUrl(databaseUrl).warnings)
    log.warn({ event: 'database_url', says, todo });
  if (previousKeyEnds !== null && now() >= previousKeyEnds)
    log.warn({ event: 'previous_secret_ended', until: previousKeyEnds.toISOString() });
  const toSidebar = createToSidebar({ locale, stripeDashboardUrl });
  const render = compileViews(config.viewsDir, toSidebar);

  const file = config.accountQueryFile;
  const query = { file, sql: readFileSync(file, 'utf8') };
  const connections = createConnections(databaseUrl, log, config.databaseConnections);
  const findAccounts = createFindAccounts(connections, query, log);
  // pg's `end` never resolves while a query hangs.
  shutdownHooks.unshift(() => Promise.race([connections.end(), wait(1_000)]));
  // Checks the query, and has a connection open and the query prepared for the first agent.
  const patience = config.production ? new Deadline() : new Deadline(startMs);
  await findAccounts([], undefined, patience).catch((error: unknown) => {
    // In production agents read meanwhile that the database is away, or wakes up.
    const isAway = error instanceof LookupError && error.class !== 'contract';
    if (!isAway || !config.production) throw error;
    counters?.countFailure(error.class);
    const level = error.class === 'connecting' ? 'warn' : 'error';
    log[level]({ event: 'database_failed', class: error.class, ...whyUnreachable(error.class) });
  });

  const load = monitorEventLoop();
  let isDraining = false;
  const mailbox = options.mailbox ?? config.mailbox;
  const onCall = counters?.onMailboxCall;
  const dependencies: Dependencies = {
    secretKeys,
    findAccounts,
    findsByCustomerId: asksForCustomerId(query.sql),
    contextKeys: contextKeysOf(query.sql),
    findAddresses: mailbox && createMailboxApi({ ...mailbox, ...(onCall && { onCall }) }),
    toSidebar,
    render,
    now,
    log,
    isDraining: () => isDraining,
    isOverloaded: load.isOverloaded,
    observer: counters?.observer,
  };
  const app = await (options.createApp ?? createApp)(dependencies);
  if (config.metrics && counters) {
    // Loads prom-client only where metrics are wanted.
    const { serveMetrics } = await import('./metrics/serve.ts');
    const sources = { counters, connections, waitedMs: load.waitedMs, previousKeyEnds };
    const version = readVersion();
    const metrics = await serveMetrics({ ...config.metrics, ...sources, version, now });
    shutdownHooks.unshift(metrics.close);
    log.info({ event: 'metrics_listening', host: config.metrics.host, port: metrics.port });
  }
  const warn = sampled(log, now, counters?.observer);
  const { port, disableKeepAlive, close } = await listen(app, config.port, host, {
    onRejected: (failure) => warn({ event: 'rejected', class: failure }),
    keepAliveMs: config.keepAliveMs,
  });
  shutdownHooks.unshift(close);
  shutdownHooks.unshift(() => {
    isDraining = true;
    disableKeepAlive();
    // A load balancer sees /readyz at 503 meanwhile, and sends no more requests.
    return wait(config.shutdownDelayMs);
  });

  const { version: node, timeZoneData: tz, supportedUntil, isSupported } = nodeRelease(now());
  log.info({ event: 'listening', host, port, node, tz });
  if (!isSupported)
    log.warn({ event: 'node_end_of_life', until: supportedUntil, todo: nodeRemedy });
  await options.onListening?.(`http://${host.includes(':') ? `[${host}]` : host}:${port}`, port);
  await options.review?.(query, log);
}
