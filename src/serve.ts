import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { LookupError } from './account.ts';
import type { AccountQuery } from './accounts/contract.ts';
import { createIsUp } from './accounts/is-up.ts';
import { asksForCustomerId } from './accounts/parameters.ts';
import { createSteadyLookup, type SteadyLookup } from './accounts/steady-lookup.ts';
import { whyUnreachable } from './accounts/unreachable.ts';
import { createApp, type Dependencies } from './app.ts';
import { command } from './command.ts';
import { type Config, misspeltSettings } from './config.ts';
import { createMailboxApi, type FindAddresses } from './helpscout/mailbox-api.ts';
import type { SecretKeys } from './helpscout/secret-keys.ts';
import { isLoopback, listen } from './listen.ts';
import { type Load, watchLoad } from './load.ts';
import { createLog, type Log, sampled } from './log.ts';
import { nodeRelease, nodeRemedy } from './node-release.ts';
import type { Preview } from './preview/preview.ts';
import { createToSidebar } from './sidebar/sidebar.ts';
import { compileViews } from './sidebar/views.ts';
import { endOnDefects, hardStopMs, onStopSignal } from './stopping.ts';
import { readVersion } from './version.ts';
import { createTally, type Tally } from './watching/tally.ts';

/** What is to be known of one of several workers. */
export type Part = { pid: number; isFirst: boolean };

/**
 * Answers until it is told to stop, and then ends the process. Rejects when it cannot start, with
 * nothing left open. Null is for a process that is alone.
 */
export async function serve(config: Config, part: Part | null): Promise<void> {
  const tally = config.metrics === null ? null : createTally();
  const log = createLog(process.stdout, tally?.onLineDropped, part && { pid: part.pid });
  endOnDefects(log);
  const started = start(config, log, tally, part);
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

/** How to stop what was started, the latest first. */
const stops: (() => Promise<unknown>)[] = [];

let isDraining = false;

async function start(
  config: Config,
  log: Log,
  tally: Tally | null,
  part: Part | null,
): Promise<void> {
  const now = () => new Date();
  const isFirst = part === null || part.isFirst;
  if (isFirst) {
    for (const says of misspeltSettings(process.env)) log.warn({ event: 'unknown_setting', says });
    warnOfEndedKey(config.secretKeys, now(), log);
  }
  const toSidebar = createToSidebar(config);
  const render = compileViews(config.viewsDir, toSidebar);

  const databaseUrl = config.databaseUrl ?? (await openDemo());
  const query = {
    file: config.accountQueryFile,
    sql: readFileSync(config.accountQueryFile, 'utf8'),
  };
  const lookup = createSteadyLookup(
    databaseUrl,
    query,
    tally?.countEvents(log) ?? log,
    config.databaseConnections,
  );
  const { findAccounts, end } = lookup;
  stops.unshift(() => within(1_000, end()));
  // Checks the query, and lets the first agent find the connection open and the query parsed.
  await findAccounts([]).catch((error: unknown) => {
    // A wrong query must not take the place of one that worked. A database that is merely away
    // may come back, and until then our sentences are better than silence.
    const isAway = error instanceof LookupError && error.class !== 'contract';
    if (!isAway || !config.production) throw error;
    log.error({ event: 'database_failed', class: error.class, ...whyUnreachable(error.class) });
  });

  const load = watchLoad();
  stops.unshift(async () => load.stop());
  const dependencies = {
    ...config,
    findAccounts,
    findsByCustomerId: asksForCustomerId(query.sql),
    findAddresses: await mailboxApi(config, databaseUrl, tally),
    toSidebar,
    render,
    now,
    log,
    isDraining: () => isDraining,
    isOverloaded: load.isOverloaded,
    observer: tally?.observer,
  };
  const preview = await openPreview(config, dependencies, databaseUrl);
  const app = preview?.handler ?? createApp(dependencies);
  const warn = sampled(log, now, tally?.observer);
  const onRejected = (failure: string) => warn({ event: 'rejected', class: failure });
  const watching = tally && (await openWatching(config, tally, lookup, load, now, part));
  const { port, keepNone, close } = await listen(app, config.port, config.host, onRejected);
  stops.unshift(close);
  if (preview) stops.unshift(preview.close);
  // A balancer that asks /readyz finds out, and leads nobody here any more.
  stops.unshift(() => wait(config.shutdownDelayMs));
  stops.unshift(async () => keepNone());
  const node = nodeRelease(now());
  log.info({
    event: 'listening',
    host: config.host,
    port,
    node: node.version,
    tz: node.timeZoneData,
  });
  if (!node.isSupported && isFirst)
    log.warn({ event: 'node_end_of_life', until: node.supportedUntil, todo: nodeRemedy });
  if (watching) log.info({ event: 'watching', ...watching });
  const origin = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  if (config.databaseUrl === null)
    return await introduceDemo(config, port, origin, preview !== null);
  if (preview) console.log(`See it at ${origin}/preview`);
  if (isFirst) await warnOfDatabase(databaseUrl, query, log);
}

/** Loaded only here: without METRICS_PORT nothing is counted, and prom-client not even read. */
async function openWatching(
  config: Config,
  tally: Tally,
  { findAccounts, connections }: SteadyLookup,
  { waitedMs }: Load,
  now: () => Date,
  part: Part | null,
): Promise<Config['metrics']> {
  if (config.metrics === null) return null;
  const { createMetrics } = await import('./watching/metrics.ts');
  const { serveWatching } = await import('./watching/serve.ts');
  const version = readVersion();
  const { previous } = config.secretKeys;
  const isDatabaseUp = createIsUp(findAccounts, now, {
    succeeded: () => tally.numbers.lookupsSucceeded,
    onFailed: tally.onCheckFailed,
  });
  const previousKeyEnds = previous?.until ?? null;
  const counted = { tally, connections, waitedMs, isDatabaseUp, previousKeyEnds, version };
  const metrics = createMetrics(counted);
  if (part !== null) {
    const { tellPrimary } = await import('./watching/several.ts');
    tellPrimary(metrics);
    return null;
  }
  const metricsText = () => metrics.metrics();
  const watching = await serveWatching({ ...config.metrics, metricsText, version, now });
  stops.unshift(watching.close);
  return { host: config.metrics.host, port: watching.port };
}

/** Else whoever meant the end of that day learns of it by Help Scout's requests being refused. */
function warnOfEndedKey({ previous }: SecretKeys, now: Date, log: Log): void {
  if (previous !== null && now >= previous.until)
    log.warn({ event: 'previous_secret_ended', until: previous.until.toISOString() });
}

/** Loaded when agents are served already: they need not wait for it. */
async function warnOfDatabase(url: string, query: AccountQuery, log: Log): Promise<void> {
  const doctor = await import('./doctor/at-start.ts');
  await doctor.warnOfDatabase(url, query, log);
}

/** Loaded only here: no production install has it, and none would let it be opened. */
async function openPreview(
  config: Config,
  dependencies: Dependencies,
  databaseUrl: string,
): Promise<Preview | null> {
  if (config.production) return null;
  if (!isLoopback(config.host)) {
    console.log(
      `There is no preview: it opens only where HOST is this machine's own 127.0.0.1, but HOST is "${config.host}".`,
    );
    return null;
  }
  const preview = await import('./preview/preview.ts').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.log('There is no preview: it is not part of the image.');
    return null;
  });
  return preview?.openPreview(config, dependencies, databaseUrl) ?? null;
}

/** Loaded only here: a production install has neither the demo nor its Postgres. */
async function openDemo(): Promise<string> {
  console.log(
    `This is the demo: with DATABASE_URL set, ${command('serve')} reads your own database.`,
  );
  const { openDemoDatabase } = await import('./tools/demo-database.ts');
  const demo = await openDemoDatabase(new Date(), console.log);
  stops.unshift(demo.close);
  return demo.url;
}

/** Help Scout's, with credentials for it; in the demo a stand-in that knows the demo's people. */
async function mailboxApi(
  config: Config,
  databaseUrl: string,
  tally: Tally | null,
): Promise<FindAddresses | null> {
  const counted = tally !== null && { onCall: tally.onMailboxCall };
  if (config.mailbox !== null) return createMailboxApi({ ...config.mailbox, ...counted });
  if (config.databaseUrl !== null) return null;
  const { openDemoMailbox } = await import('./tools/demo-mailbox.ts');
  const demo = await openDemoMailbox(databaseUrl);
  stops.unshift(demo.close);
  return createMailboxApi({ ...demo.options, ...counted });
}

async function introduceDemo(
  config: Config,
  port: number,
  origin: string,
  hasPreview: boolean,
): Promise<void> {
  if (config.hasMadeUpSecretKey) {
    const { leaveNote } = await import('./tools/running-demo.ts');
    stops.unshift(await leaveNote(port, config.secretKeys.secretKey));
  }
  const url = `${origin}/helpscout`;
  const at = url === 'http://127.0.0.1:3000/helpscout' ? '' : ` --url ${url}`;
  const see = hasPreview ? `See it, as an agent would:\n\n  ${origin}/preview\n\n` : '';
  console.log(`
${see}helpscout-sidebar answers Help Scout at ${url}
with the people of a demo company. In another terminal, ask it who somebody is:

  ${command('ask', `fredsmith@mailinator.com${at}`)}
  ${command('ask', `tina.trial@example.com${at}`)}
  ${command('ask', `nobody@example.com${at}`)}
  ${command('ask', `--app platform --customer-id 1${at}`)}

Ctrl-C stops it. README.md says how to connect your own database and Help Scout.
`);
}

/** Stops everything, in order; a part that fails or hangs does not keep the others. */
async function stop(): Promise<void> {
  isDraining = true;
  for (const stopOne of stops.splice(0)) await stopOne().catch(() => {});
}

/** pg's `end` never returns while a query hangs. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const tooLong = new AbortController();
  await Promise.race([work, wait(ms, null, { signal: tooLong.signal }).catch(() => {})]);
  tooLong.abort();
}
