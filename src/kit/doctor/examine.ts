import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import type { Log } from '../../domain/log.ts';
import {
  createMailboxApi,
  type FindAddresses,
  type MailboxOptions,
} from '../../helpscout/mailbox-api.ts';
import { parseDatabaseUrl } from '../../postgres/connection-string.ts';
import { type Connections, createConnections } from '../../postgres/connections.ts';
import { asksForCustomerId } from '../../postgres/sql.ts';
import { checkConfig, misspeltSettings } from '../../server/config.ts';
import { nodeRelease } from '../../server/node-release.ts';
import { createToSidebar } from '../../sidebar/sidebar.ts';
import { command } from '../command.ts';
import { readNote } from '../demo/running-demo.ts';
import { checkCallbackUrl } from './callback-url.ts';
import * as database from './database.ts';
import { about, type Finding, skip } from './finding.ts';
import { checkLetterCase } from './letter-case.ts';
import { checkMailbox, checkWithoutMailbox } from './mailbox.ts';
import { isFromTheDatabase, openPlainSession } from './plain-session.ts';
import { checkPlan, planOf } from './plan.ts';
import { checkQuery } from './query.ts';
import { relationsOf } from './relations.ts';
import { checkReads, checkWrites, rightsOf } from './role-rights.ts';
import { checkAnswer, checkPage, checkServer, startTestServer } from './server.ts';
import { checkNode, checkSecret, checkSettings, checkViews, saysAndTodo } from './settings.ts';
import { checkTables } from './tables.ts';
import { checkZones } from './zones.ts';

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
  // A running demo generates its Secret Key, and keeps it in a file.
  const ownKey = isSet ? config.secretKeys.secretKey : await readNote(config.port);
  const secretKey = secret.state === 'wrong' ? null : ownKey;

  const areUsable = settings.every(({ state }) => state === 'right');
  const toSidebar = createToSidebar(config);
  const views = areUsable ? checkViews(config.viewsDir, toSidebar) : null;
  yield views?.finding ?? about('views').skipped(settingsWrong);

  const mailbox = config.mailbox && createMailbox(config.mailbox);
  if (isForPlatform) yield await examineMailbox();
  const databaseChecks = [
    'TLS',
    'version',
    'encoding',
    'role',
    ...roleChecks,
    ...queryChecks,
    ...answers,
  ];
  yield* skippingTheRest(databaseChecks, isDemo ? examineDemo() : examineDatabase());
  yield await examineServer();
  if (callbackUrl) {
    const checks = ['certificate', 'redirect', 'unsigned', 'signed', 'time'];
    const pageChecks = isForPlatform ? ['unsigned page', 'signed page'] : [];
    const found = checkCallbackUrl(callbackUrl, secretKey, app, nobody, now());
    yield* skippingTheRest([...checks, ...pageChecks], found);
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

  async function examineServer(): Promise<Finding> {
    const { skipped } = about('server');
    if (secret.state === 'wrong') return skipped(secretWrong);
    if (secretKey === null)
      return skipped(`no demo runs on port ${config.port}: start it with ${command('demo')}`);
    return areUsable ? checkServer(config, secretKey, nobody) : skipped(settingsWrong);
  }

  async function* examineDemo(): Examination {
    const { advice, wrong } = about('database');
    yield advice(
      'DATABASE_URL is not set: the server would run its demo, so the demo is checked',
      'set DATABASE_URL to check your own database',
    );
    const demo = await options.openDemo().catch((error: Error) => error);
    if (demo instanceof Error) {
      yield wrong(`the demo does not start: ${demo.message}`);
      return noConnection;
    }
    try {
      return yield* examineSession(demo.url, mailbox ?? createMailbox(demo.mailbox));
    } finally {
      await demo.close();
    }
  }

  async function* examineDatabase(): Examination {
    const problem = problems.find((one) => one.startsWith('DATABASE_URL '));
    if (problem === undefined) return yield* examineSession(config.databaseUrl, mailbox);
    yield about('database').wrong(...saysAndTodo(problem));
    return noConnection;
  }

  /** The connection may break halfway. */
  async function* examineSession(url: string, mailbox: FindAddresses | null): Examination {
    const { config: target, warnings } = parseDatabaseUrl(url);
    // The check of TLS looks at the connection itself.
    const ofParameters = warnings.filter((warning) => warning.about === 'parameters');
    for (const { says, todo } of ofParameters) yield about('database').advice(says, todo);
    // With the server's connection options, which a pooler may reject.
    const connections = createConnections(url, silent, 1);
    let client: pg.Client | null = null;
    try {
      client = await openPlainSession(url);
      const facts = await database.factsOf(client);
      yield database.reachable(client, facts);
      const isDisabled =
        target.ssl === false && warnings.every((warning) => warning.about !== 'TLS');
      yield database.checkTls(database.encryptionOf(client), isDisabled);
      yield database.checkVersion(facts.version);
      yield database.checkEncoding(facts.encoding);
      yield* examineRole(client, facts);
      return yield* examineLookup(client, connections, mailbox);
    } catch (error) {
      if (!isFromTheDatabase(error)) throw error;
      yield database.unreachable(error);
      return noConnection;
    } finally {
      await Promise.allSettled([client?.end(), connections.end()]);
    }
  }

  async function* examineRole(client: pg.Client, facts: database.Facts): AsyncGenerator<Finding> {
    const rights = await rightsOf(client);
    yield checkWrites(rights);
    const created = `the demo’s role has no limits; ${command('role')} creates one that has`;
    if (isDemo) return yield* skip(roleChecks, created);
    if (rights.isSuperuser)
      return yield* skip(roleChecks, 'a superuser has no limits: replace it first');
    yield checkReads(rights);
    yield database.checkLimits(facts);
    yield database.checkConnections(facts, config.databaseConnections);
  }

  async function* examineLookup(
    client: pg.Client,
    connections: Connections,
    mailbox: FindAddresses | null,
  ): Examination {
    if (!areUsable) return settingsWrong;
    const file = config.accountQueryFile;
    const query = { file, sql: readFileSync(file, 'utf8') };
    const contract = await checkQuery(connections, query);
    yield* contract;
    if (contract.some(({ state }) => state === 'wrong')) return 'the query is wrong';
    const relations = await relationsOf(client, query.sql);
    yield* checkTables(relations);
    const plan = await planOf(client, query.sql, nobody);
    yield await checkLetterCase(client, query, plan, relations);
    yield* await checkPlan(client, query, plan, nobody);
    yield* await checkZones(client, query);
    if (!views?.render) return 'the views are wrong';
    if (secret.state === 'wrong') return secretWrong;
    const { secretKey } = config.secretKeys;
    const sidebar = { toSidebar, render: views.render };
    const server = await startTestServer(connections, query, secretKey, sidebar, mailbox);
    try {
      yield await checkAnswer(server, secretKey, nobody);
      if (isForPlatform) yield await checkPage(server, secretKey);
    } finally {
      await server.close();
    }
    return undefined;
  }
}

/** Findings, then why the checks that were not reached are skipped. */
type Examination = AsyncGenerator<Finding, string | undefined>;

async function* skippingTheRest(
  checks: readonly string[],
  findings: Examination,
): AsyncGenerator<Finding> {
  const left = new Set(checks);
  let next = await findings.next();
  for (; !next.done; next = await findings.next()) {
    left.delete(next.value.check);
    yield next.value;
  }
  if (next.value !== undefined) yield* skip([...left], next.value);
}

const queryChecks = ['query', 'tables', 'letter case', 'plan'];
const roleChecks = ['reach', 'limits', 'connections'];
const settingsWrong = 'the settings are wrong';
const secretWrong = 'the Secret Key is wrong';
const noConnection = 'there is no connection to the database';

/** The demo needs neither a database nor a Secret Key. */
const withDemo = (env: ExamineOptions['env']): ExamineOptions['env'] => ({
  ...env,
  DATABASE_URL: 'postgres://demo@localhost',
  HELPSCOUT_SECRET_KEY: env['HELPSCOUT_SECRET_KEY'] || randomBytes(20).toString('hex'),
});

const ignore = () => {};
const silent: Log = { info: ignore, warn: ignore, error: ignore };
