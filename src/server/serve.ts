import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { LookupError } from '../domain/account.ts';
import { whyUnreachable } from '../domain/failures.ts';
import { type Log, sampled } from '../domain/log.ts';
import { readVersion } from '../domain/package-files.ts';
import { createMailboxApi, type MailboxOptions } from '../helpscout/mailbox-api.ts';
import type { SecretKeys } from '../helpscout/secret-keys.ts';
import { createApp, type Dependencies } from '../http/app.ts';
import { listen } from '../http/listen.ts';
import { createDatabaseHealth } from '../lookup/database-health.ts';
import type { AccountQuery } from '../postgres/contract.ts';
import { createResilientLookup, type ResilientLookup } from '../postgres/resilient-lookup.ts';
import { asksForCustomerId } from '../postgres/sql.ts';
import { createToSidebar } from '../sidebar/sidebar.ts';
import { compileViews } from '../sidebar/views.ts';
import type { Config } from './config.ts';
import { type Load, monitorEventLoop } from './event-loop.ts';
import { createLog } from './log.ts';
import { type Counters, createCounters } from './metrics/counters.ts';
import { nodeRelease, nodeRemedy } from './node-release.ts';
import { endOnDefects, hardStopMs, onStopSignal } from './shutdown.ts';

/** What whoever starts the server adds to its settings. */
export type ServeOptions = {
  /** Names of settings that look misspelt, in words. */
  warnings?: readonly string[];
  /** Of the Mailbox API; by default the one of the settings, or none. */
  mailbox?: MailboxOptions;
  /** Puts something around the app, such as the preview. */
  wrap?: (dependencies: Dependencies) => Promise<Wrapped>;
  /** Called when agents can be answered. */
  onListening?: (origin: string, port: number) => Promise<void>;
  /** Called last of all, at the stop and when the start fails. */
  onStop?: () => Promise<void>;
};

export type Wrapped = { handler: RequestListener; close: () => Promise<void> };

type Stop = () => Promise<unknown>;

/**
 * Answers until it is told to stop, and then ends the process. Rejects when it cannot start, with
 * nothing left open.
 */
export async function serve(config: Config, options: ServeOptions = {}): Promise<void> {
  const counters = config.metrics === null ? null : createCounters();
  const log = createLog({ level: config.logLevel, onLineDropped: counters?.onLineDropped });
  endOnDefects(log);
  /** The latest first. */
  const stops: Stop[] = options.onStop ? [options.onStop] : [];
  const state = { isDraining: false };
  const stop = async () => {
    state.isDraining = true;
    // A part that fails or hangs does not keep the others.
    for (const stopOne of stops.splice(0)) await stopOne().catch(() => {});
  };
  const started = start(config, options, { log, counters, stops, state });
  onStopSignal(async () => {
    setTimeout(() => process.exit(1), config.shutdownDelayMs + hardStopMs).unref();
    log.info({ event: 'stopping' });
    await started.catch(() => {});
    await stop();
    process.exit(0);
  });
  try {
    await started;
  } catch (error) {
    await stop();
    throw error;
  }
}

type Running = {
  log: Log;
  counters: Counters | null;
  stops: Stop[];
  state: { isDraining: boolean };
};

async function start(config: Config, options: ServeOptions, running: Running): Promise<void> {
  const { log, counters, stops, state } = running;
  const now = () => new Date();
  for (const says of options.warnings ?? []) log.warn({ event: 'unknown_setting', says });
  warnOfEndedKey(config.secretKeys, now(), log);
  const toSidebar = createToSidebar(config);
  const render = compileViews(config.viewsDir, toSidebar);

  const query = {
    file: config.accountQueryFile,
    sql: readFileSync(config.accountQueryFile, 'utf8'),
  };
  const lookup = createResilientLookup(
    config.databaseUrl,
    query,
    counters?.countEvents(log) ?? log,
    config.databaseConnections,
  );
  stops.unshift(() => within(1_000, lookup.end()));
  // Checks the query, and lets the first agent find the connection open and the query parsed.
  await lookup.findAccounts([]).catch((error: unknown) => {
    // A wrong query must not take the place of one that worked. A database that is merely away
    // may come back, and until then our sentences are better than silence.
    const isAway = error instanceof LookupError && error.class !== 'contract';
    if (!isAway || !config.production) throw error;
    log.error({ event: 'database_failed', class: error.class, ...whyUnreachable(error.class) });
  });

  const load = monitorEventLoop();
  stops.unshift(async () => load.stop());
  const mailbox = options.mailbox ?? config.mailbox;
  const dependencies: Dependencies = {
    secretKeys: config.secretKeys,
    findAccounts: lookup.findAccounts,
    findsByCustomerId: asksForCustomerId(query.sql),
    findAddresses:
      mailbox &&
      createMailboxApi({ ...mailbox, ...(counters && { onCall: counters.onMailboxCall }) }),
    toSidebar,
    render,
    now,
    log,
    isDraining: () => state.isDraining,
    isOverloaded: load.isOverloaded,
    observer: counters?.observer,
  };
  const wrapped = await options.wrap?.(dependencies);
  const warn = sampled(log, now, counters?.observer);
  const watching = await openWatching(config, running, lookup, load, now);
  const { port, disableKeepAlive, close } = await listen(
    wrapped?.handler ?? createApp(dependencies),
    config.port,
    config.host,
    (failure) => warn({ event: 'rejected', class: failure }),
  );
  stops.unshift(close);
  if (wrapped) stops.unshift(wrapped.close);
  // A balancer that asks /readyz finds out, and leads nobody here any more.
  stops.unshift(() => wait(config.shutdownDelayMs));
  stops.unshift(async () => disableKeepAlive());

  const { version: node, timeZoneData: tz, supportedUntil, isSupported } = nodeRelease(now());
  log.info({ event: 'listening', host: config.host, port, node, tz });
  if (!isSupported)
    log.warn({ event: 'node_end_of_life', until: supportedUntil, todo: nodeRemedy });
  if (watching) log.info({ event: 'watching', ...watching });
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  await options.onListening?.(`http://${host}:${port}`, port);
  await warnOfDatabase(config.databaseUrl, query, log);
}

/** Loaded only here: without METRICS_PORT nothing is counted, and prom-client not even read. */
async function openWatching(
  { metrics: address, secretKeys }: Config,
  { counters, stops }: Running,
  { findAccounts, connections }: ResilientLookup,
  { waitedMs }: Load,
  now: () => Date,
): Promise<Config['metrics']> {
  if (address === null || counters === null) return null;
  const { createMetrics } = await import('./metrics/metrics.ts');
  const { serveMetrics } = await import('./metrics/serve.ts');
  const version = readVersion();
  const isDatabaseUp = createDatabaseHealth(findAccounts, now, {
    succeeded: () => counters.numbers.lookupsSucceeded,
    onFailed: counters.onCheckFailed,
  });
  const previousKeyEnds = secretKeys.previous?.until ?? null;
  const counted = { counters, connections, waitedMs, isDatabaseUp, previousKeyEnds, version };
  const metrics = createMetrics(counted);
  const metricsText = () => metrics.metrics();
  const watching = await serveMetrics({ ...address, metricsText, version, now });
  stops.unshift(watching.close);
  return { host: address.host, port: watching.port };
}

/** Else whoever meant the end of that day learns of it by Help Scout's requests being refused. */
function warnOfEndedKey({ previous }: SecretKeys, now: Date, log: Log): void {
  if (previous !== null && now >= previous.until)
    log.warn({ event: 'previous_secret_ended', until: previous.until.toISOString() });
}

/** Loaded when agents are served already: they need not wait for it. */
async function warnOfDatabase(url: string, query: AccountQuery, log: Log): Promise<void> {
  const review = await import('./database-review.ts');
  await review.warnOfDatabase(url, query, log);
}

/** pg's `end` never returns while a query hangs. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const tooLong = new AbortController();
  await Promise.race([work, wait(ms, null, { signal: tooLong.signal }).catch(() => {})]);
  tooLong.abort();
}
