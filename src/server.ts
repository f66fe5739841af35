import { readFileSync } from 'node:fs';
import dotenv from 'dotenv';
import { pino } from 'pino';
import type { LookupError } from './account.ts';
import { createPool } from './accounts/database.ts';
import { createFindAccounts } from './accounts/find-accounts.ts';
import { createApp } from './app.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { ListenError, listen } from './listen.ts';
import { accountQueryFile, viewsFolder } from './paths.ts';
import { createToSidebar } from './sidebar/sidebar.ts';
import { compileViews } from './sidebar/views.ts';

/** How to stop what was started, the latest first. */
const stops: (() => Promise<unknown>)[] = [];

async function start(config: Config): Promise<void> {
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const toSidebar = createToSidebar(config);
  const render = compileViews(viewsFolder, toSidebar);

  const pool = createPool(config.databaseUrl ?? (await openDemo()), log);
  stops.unshift(() => within(1_000, pool.end()));
  const findAccounts = createFindAccounts(pool, readFileSync(accountQueryFile, 'utf8'), log);
  // So that the first agent finds the connection open and the query parsed. A database that is
  // away does not stop the start: the sentences that we have without it are better than silence.
  await findAccounts([]).catch((error: LookupError) =>
    log.error({ event: 'database_failed', class: error.class }),
  );

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
  const isExpected = error instanceof ConfigError || error instanceof ListenError;
  console.error(isExpected ? error.message : error);
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
