import { readFileSync } from 'node:fs';
import dotenv from 'dotenv';
import { pino } from 'pino';
import { LookupError } from './account.ts';
import { ContractError } from './accounts/contract.ts';
import { createSteadyLookup } from './accounts/steady-lookup.ts';
import { createApp } from './app.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { ListenError, listen } from './listen.ts';
import { createToSidebar } from './sidebar/sidebar.ts';
import { compileViews, ViewError } from './sidebar/views.ts';

/** How to stop what was started, the latest first. */
const stops: (() => Promise<unknown>)[] = [];

async function start(config: Config): Promise<void> {
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const toSidebar = createToSidebar(config);
  const render = compileViews(config.viewsDir, toSidebar);

  const databaseUrl = config.databaseUrl ?? (await openDemo());
  const query = {
    file: config.accountQueryFile,
    sql: readFileSync(config.accountQueryFile, 'utf8'),
  };
  const { findAccounts, end } = createSteadyLookup(databaseUrl, query, log);
  stops.unshift(() => within(1_000, end()));
  // Checks the query, and lets the first agent find the connection open and the query parsed.
  await findAccounts([]).catch((error: LookupError) => {
    // A wrong query must not take the place of one that worked. A database that is merely away
    // may come back, and until then our sentences are better than silence.
    if (error.class === 'contract' || !config.production) throw error;
    log.error({ event: 'database_failed', class: error.class });
  });

  const app = createApp({ ...config, findAccounts, toSidebar, render, now: () => new Date(), log });
  const { port, close } = await listen(app, config.port, config.host);
  stops.unshift(close);
  log.info({ event: 'listening', host: config.host, port });
  if (config.databaseUrl === null) await introduceDemo(config, port);
}

/** Loaded only here: a production install has neither the demo nor its Postgres. */
async function openDemo(): Promise<string> {
  console.log('DATABASE_URL is not set, so this is the demo.');
  const { openDemoDatabase } = await import('./tools/demo-database.ts');
  const demo = await openDemoDatabase(new Date(), console.log);
  stops.unshift(demo.close);
  return demo.url;
}

async function introduceDemo({ secretKey, host }: Config, port: number): Promise<void> {
  const { leaveNote } = await import('./tools/running-demo.ts');
  stops.unshift(await leaveNote(port, secretKey));
  const at = port === 3000 ? '' : ` --url http://${host}:${port}/helpscout`;
  console.log(`
helpscout-sidebar answers Help Scout at http://${host}:${port}/helpscout
with the people of a demo company. In another terminal, ask it who somebody is:

  npm run ask -- fredsmith@mailinator.com${at}
  npm run ask -- tina.trial@example.com${at}
  npm run ask -- nobody@example.com${at}

Ctrl-C stops it. README.md says how to connect your own database and Help Scout.
`);
}

/** Stops everything, in order; a part that fails or hangs does not keep the others. */
async function stop(): Promise<void> {
  for (const stopOne of stops.splice(0)) await stopOne().catch(() => {});
}

/** pg's `end` never returns while a query hangs. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, tooLong]);
  clearTimeout(timer);
}

/** What a person must mend is said in words; everything else is a defect, and keeps its stack. */
function explain(error: unknown): void {
  const expected = [ConfigError, ContractError, ListenError, ViewError];
  if (error instanceof LookupError && !(error.cause instanceof ContractError))
    console.error(`DATABASE_URL leads to no database that answers (${error.class})`);
  else if (error instanceof LookupError) explain(error.cause);
  else if (expected.some((kind) => error instanceof kind)) console.error((error as Error).message);
  else console.error(error);
}

async function main(): Promise<void> {
  dotenv.config({ quiet: true });
  let isStopping = false;
  const started = Promise.resolve().then(() => start(readConfig(process.env)));
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, async () => {
      // Whoever asks twice does not want to wait.
      if (isStopping) process.exit(1);
      isStopping = true;
      await started.catch(() => {});
      await stop();
      process.exit(0);
    });
  try {
    await started;
  } catch (error) {
    explain(error);
    await stop();
    process.exit(1);
  }
}

await main();
