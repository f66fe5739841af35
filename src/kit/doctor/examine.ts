import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { command } from '../../domain/command.ts';
import { about, type Finding, skip } from '../../domain/finding.ts';
import type { Log } from '../../domain/log.ts';
import {
  createMailboxApi,
  type FindAddresses,
  type MailboxOptions,
} from '../../helpscout/mailbox-api.ts';
import { isFromTheDatabase, openPlainSession } from '../../postgres/plain-session.ts';
import { checkPlan } from '../../postgres/plan.ts';
import { createPool } from '../../postgres/pool.ts';
import { checkReads, checkWrites, rightsOf } from '../../postgres/role-rights.ts';
import { asksForCustomerId } from '../../postgres/sql.ts';
import { checkConfig, misspeltSettings } from '../../server/config.ts';
import { nodeRelease } from '../../server/node-release.ts';
import { createToSidebar } from '../../sidebar/sidebar.ts';
import { readNote } from '../demo/running-demo.ts';
import { checkCallbackUrl, checkPublicPage } from './callback-url.ts';
import * as database from './database.ts';
import { checkMailbox, checkWithoutMailbox } from './mailbox.ts';
import { checkQuery } from './query.ts';
import { checkAnswer, checkPage, checkServer, type Sidebar, startTestServer } from './server.ts';
import { checkDatabaseUrl, checkNode, checkSecret, checkSettings, checkViews } from './settings.ts';

export type ExamineOptions = {
  env: Readonly<Record<string, string | undefined>>;
  /** The public Callback URL, to be checked too. */
  callbackUrl: URL | null;
  /** The kind of app that must work; null checks both, and accepts a legacy app alone. */
  app: 'legacy' | 'platform' | null;
  /** Starts the demo's database and Mailbox API, used when DATABASE_URL is not set. */
  openDemo: () => Promise<{ url: string; mailbox: MailboxOptions; close: () => Promise<void> }>;
  createMailbox?: (options: MailboxOptions) => FindAddresses;
  now: () => Date;
};

/** Checks this deployment. It reads no customer: the address it looks up cannot exist. */
export async function* examine(options: ExamineOptions): AsyncGenerator<Finding> {
  const { env, callbackUrl, app, now, createMailbox = createMailboxApi } = options;
  const isForPlatform = app !== 'legacy';
  const answers = isForPlatform ? ['answer', 'page'] : ['answer'];
  const lookupChecks = ['query', 'plan', ...answers];
  const isDemo = !env['DATABASE_URL'] && env['NODE_ENV'] !== 'production';
  const { config, problems } = checkConfig(isDemo ? withDemo(env) : env);
  // No such domain exists: https://www.rfc-editor.org/rfc/rfc2606#section-2
  const nobody = `doctor-${randomBytes(6).toString('hex')}@helpscout-sidebar.invalid`;

  yield checkNode(nodeRelease(now()));
  const settings = checkSettings(config, problems);
  yield* settings;
  for (const says of misspeltSettings(env)) yield about('settings').advice(says);
  const isSet = Boolean(env['HELPSCOUT_SECRET_KEY']);
  const secret = checkSecret(config, problems, isSet, now());
  yield secret;

  const areUsable = settings.every(({ state }) => state === 'right');
  const sidebar = areUsable ? yield* examineViews() : null;
  if (!areUsable) yield about('views').skipped(settingsWrong);

  const wrongUrl = checkDatabaseUrl(problems);
  const mailbox = config.mailbox && createMailbox(config.mailbox);
  if (isForPlatform) yield await examineMailbox();
  if (wrongUrl) yield* without(wrongUrl, lookupChecks);
  else if (isDemo) yield* examineDemo();
  else yield* examineDatabase(config.databaseUrl, mailbox, false);

  // A running demo generates its Secret Key, and keeps it in a file.
  const secretKey = isSet ? config.secretKeys.secretKey : await readNote(config.port);
  const server = about('server');
  if (secret.state === 'wrong') yield server.skipped('the Secret Key is wrong');
  else if (secretKey === null)
    yield server.skipped(`no demo runs on port ${config.port}: start it with ${command('demo')}`);
  else if (!areUsable) yield server.skipped(settingsWrong);
  else yield await checkServer(config, secretKey, nobody);

  if (callbackUrl) {
    const key = secret.state === 'wrong' ? null : secretKey;
    const outcome = yield* checkCallbackUrl(callbackUrl, key, nobody, now());
    if (isForPlatform && outcome === 'answers')
      yield* checkPublicPage(callbackUrl, key, app === 'platform');
    else if (isForPlatform)
      yield* skip(['unsigned page', 'signed page'], 'the Callback URL is wrong');
  }

  async function* examineViews(): AsyncGenerator<Finding, Sidebar | null> {
    const toSidebar = createToSidebar(config);
    const { finding, render } = checkViews(config.viewsDir, toSidebar);
    yield finding;
    return render && { toSidebar, render };
  }

  async function examineMailbox(): Promise<Finding> {
    if (mailbox !== null) return checkMailbox(mailbox);
    if (isDemo)
      return about('Mailbox API').skipped(
        'the demo uses a stand-in',
        'set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET to check Help Scout’s own',
      );
    if (!areUsable) return about('Mailbox API').skipped(settingsWrong);
    const findsByCustomerId = asksForCustomerId(readFileSync(config.accountQueryFile, 'utf8'));
    return checkWithoutMailbox(findsByCustomerId, app === 'platform');
  }

  async function* examineDemo(): AsyncGenerator<Finding> {
    const { advice, wrong } = about('database');
    yield advice(
      'DATABASE_URL is not set: the server would run its demo, so the demo is checked',
      'set DATABASE_URL to check your own database',
    );
    const demo = await options.openDemo().catch((error: Error) => error);
    if (demo instanceof Error)
      return yield* without(wrong(`the demo does not start: ${demo.message}`), lookupChecks);
    try {
      yield* examineDatabase(demo.url, mailbox ?? createMailbox(demo.mailbox), true);
    } finally {
      await demo.close();
    }
  }

  /** Reports every check, even if the connection breaks halfway. */
  async function* examineDatabase(
    url: string,
    mailbox: FindAddresses | null,
    isDemo: boolean,
  ): AsyncGenerator<Finding> {
    const examined = new Set<string>();
    try {
      for await (const finding of checkDatabase(url, mailbox, isDemo)) {
        examined.add(finding.check);
        yield finding;
      }
    } catch (error) {
      if (!isFromTheDatabase(error)) throw error;
      yield* without(database.unreachable(error), lookupChecks, examined);
    }
  }

  async function* checkDatabase(
    url: string,
    mailbox: FindAddresses | null,
    isDemo: boolean,
  ): AsyncGenerator<Finding> {
    const client = await openPlainSession(url);
    // With the server's connection options, which a pooler may reject.
    const pool = createPool(url, silent);
    try {
      yield await database.checkReachable(client);
      yield database.checkTls(database.encryptionOf(client));
      yield database.checkVersion(await database.versionOf(client));
      yield* examineRole(client, isDemo);
      yield* examineLookup(client, pool, mailbox);
    } finally {
      await Promise.allSettled([client.end(), pool.end()]);
    }
  }

  async function* examineRole(client: pg.Client, isDemo: boolean): AsyncGenerator<Finding> {
    const rights = await rightsOf(client);
    yield checkWrites(rights);
    const later = ['reach', 'limits', 'connections'];
    if (isDemo)
      return yield* skip(
        later,
        `the demo’s role has no limits; ${command('role')} creates one that has`,
      );
    if (rights.isSuperuser)
      return yield* skip(later, 'a superuser has no limits: replace it first');
    yield checkReads(rights);
    const limits = await database.limitsOf(client);
    yield database.checkLimits(limits);
    yield database.checkConnections(limits, config.databaseConnections);
  }

  async function* examineLookup(
    client: pg.Client,
    pool: pg.Pool,
    mailbox: FindAddresses | null,
  ): AsyncGenerator<Finding> {
    if (!areUsable) return yield* skip(lookupChecks, settingsWrong);
    const file = config.accountQueryFile;
    const query = { file, sql: readFileSync(file, 'utf8') };
    const contract = await checkQuery(pool, query);
    yield* contract;
    if (contract.some(({ state }) => state === 'wrong'))
      return yield* skip(['plan', ...answers], 'the query is wrong');
    yield* await checkPlan(client, query, nobody);
    if (sidebar === null) return yield* skip(answers, 'the views are wrong');
    if (secret.state === 'wrong') return yield* skip(answers, 'the Secret Key is wrong');
    const { secretKey } = config.secretKeys;
    const server = await startTestServer(pool, query, secretKey, sidebar, mailbox);
    try {
      yield await checkAnswer(server, secretKey, nobody);
      if (isForPlatform) yield await checkPage(server, secretKey);
    } finally {
      await server.close();
    }
  }
}

const settingsWrong = 'the settings are wrong';

/** The demo needs neither a database nor a Secret Key. */
const withDemo = (env: ExamineOptions['env']): ExamineOptions['env'] => ({
  ...env,
  DATABASE_URL: 'postgres://demo',
  HELPSCOUT_SECRET_KEY: env['HELPSCOUT_SECRET_KEY'] || randomBytes(20).toString('hex'),
});

const databaseChecks = ['TLS', 'version', 'role', 'reach', 'limits', 'connections'];

/** Skips every check that needs the database. */
function* without(
  missing: Finding,
  lookupChecks: readonly string[],
  examined: ReadonlySet<string> = new Set(),
): Generator<Finding> {
  yield missing;
  const later = [...databaseChecks, ...lookupChecks].filter((check) => !examined.has(check));
  yield* skip(later, 'there is no connection to the database');
}

const ignore = () => {};
const silent: Log = { info: ignore, warn: ignore, error: ignore };
