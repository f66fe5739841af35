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
import { createToSidebar, type ToSidebar } from '../../sidebar/sidebar.ts';
import type { RenderSidebar } from '../../sidebar/views.ts';
import { readNote } from '../demo/running-demo.ts';
import { checkCallbackUrl, checkPublicPage } from './callback-url.ts';
import * as database from './database.ts';
import { checkConnections, checkLimits, limitsOf } from './limits.ts';
import { checkMailbox, checkWithoutMailbox } from './mailbox.ts';
import { checkNode } from './node.ts';
import { checkQuery } from './query.ts';
import { checkAnswer, checkPage, checkServer, startOwnServer } from './round-trip.ts';
import { checkDatabaseUrl, checkSecret, checkSettings } from './settings.ts';
import { checkViews } from './views.ts';

export type Surroundings = {
  env: Readonly<Record<string, string | undefined>>;
  /** The public address, if it is to be asked. */
  callbackUrl: URL | null;
  /** The kind of app that must work; null examines both, and a legacy app alone is no fault. */
  app: 'legacy' | 'platform' | null;
  /** Brings up the demo's database and its Mailbox API, for when there is no other. */
  openDemo: () => Promise<{ url: string; mailbox: MailboxOptions; close: () => Promise<void> }>;
  /** Asks Help Scout for addresses. */
  createMailbox?: (options: MailboxOptions) => FindAddresses;
  now: () => Date;
};

/**
 * Examines this deployment; each finding comes as soon as there is one. No customer is read: the
 * only address that is ever looked up is one that nobody can have.
 */
export async function* examine(surroundings: Surroundings): AsyncGenerator<Finding> {
  const { env, callbackUrl, app, now, createMailbox = createMailboxApi } = surroundings;
  const isForPlatform = app !== 'legacy';
  const answers = isForPlatform ? ['answer', 'page'] : ['answer'];
  const ofTheLookup = ['query', 'plan', ...answers];
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
  if (!areUsable) yield about('views').skipped('the settings are wrong');

  const wrongUrl = checkDatabaseUrl(problems);
  const mailbox = config.mailbox && createMailbox(config.mailbox);
  if (isForPlatform) yield await examineMailbox();
  if (wrongUrl) yield* without(wrongUrl, ofTheLookup);
  else if (isDemo) yield* examineDemo();
  else yield* examineDatabase(config.databaseUrl, mailbox, false);

  // The running demo made a Secret Key of its own, and left a note of it.
  const secretKey = isSet ? config.secretKeys.secretKey : await readNote(config.port);
  if (secret.state === 'wrong') yield about('server').skipped('the Secret Key is wrong');
  else if (secretKey === null)
    yield about('server').skipped(
      `no demo runs at port ${config.port}: ${command('demo')} would start it`,
    );
  else if (areUsable) yield await checkServer(config, secretKey, nobody);
  else yield about('server').skipped('the settings are wrong');

  if (callbackUrl) {
    const key = secret.state === 'wrong' ? null : secretKey;
    const outcome = yield* checkCallbackUrl(callbackUrl, key, nobody, now());
    if (isForPlatform && outcome === 'answers')
      yield* checkPublicPage(callbackUrl, key, app === 'platform');
    else if (isForPlatform)
      yield* skip(['unsigned page', 'signed page'], 'the address is not right');
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
        'the demo has a stand-in for it',
        'set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET to examine Help Scout’s own',
      );
    if (!areUsable) return about('Mailbox API').skipped('the settings are wrong');
    const findsByNumber = asksForCustomerId(readFileSync(config.accountQueryFile, 'utf8'));
    return checkWithoutMailbox(findsByNumber, app === 'platform');
  }

  async function* examineDemo(): AsyncGenerator<Finding> {
    const { advice, wrong } = about('database');
    yield advice(
      'DATABASE_URL is not set: the server would run its demo, and so the demo is examined',
      'set DATABASE_URL to examine your own',
    );
    const demo = await surroundings.openDemo().catch((error: Error) => error);
    if (demo instanceof Error)
      return yield* without(wrong(`the demo does not start here: ${demo.message}`), ofTheLookup);
    try {
      yield* examineDatabase(demo.url, mailbox ?? createMailbox(demo.mailbox), true);
    } finally {
      await demo.close();
    }
  }

  /** Whatever becomes of the database in between, each check is named. */
  async function* examineDatabase(
    url: string,
    mailbox: FindAddresses | null,
    isDemo: boolean,
  ): AsyncGenerator<Finding> {
    const examined = new Set<string>();
    try {
      for await (const finding of askDatabase(url, mailbox, isDemo)) {
        examined.add(finding.check);
        yield finding;
      }
    } catch (error) {
      if (!isFromTheDatabase(error)) throw error;
      yield* without(database.unreachable(error), ofTheLookup, examined);
    }
  }

  async function* askDatabase(
    url: string,
    mailbox: FindAddresses | null,
    isDemo: boolean,
  ): AsyncGenerator<Finding> {
    const client = await openPlainSession(url);
    // As the server opens it, with all that a pooler might refuse.
    const pool = createPool(url, silent);
    try {
      yield await database.checkReachable(client);
      yield database.checkTls(database.wireOf(client));
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
    if (isDemo)
      return yield* skip(
        ['reach', 'limits', 'connections'],
        `the demo’s role has no limits; ${command('role')} makes one that has`,
      );
    if (rights.isSuperuser)
      return yield* skip(['reach', 'limits', 'connections'], 'another role is needed first');
    yield checkReads(rights);
    const limits = await limitsOf(client);
    yield checkLimits(limits);
    yield checkConnections(limits, config.databaseConnections);
  }

  async function* examineLookup(
    client: pg.Client,
    pool: pg.Pool,
    mailbox: FindAddresses | null,
  ): AsyncGenerator<Finding> {
    const file = config.accountQueryFile;
    const sql = areUsable ? readFileSync(file, 'utf8') : null;
    if (sql === null) return yield* skip(ofTheLookup, 'the settings are wrong');
    const query = { file, sql };
    const contract = await checkQuery(pool, query);
    yield* contract;
    if (contract.some(({ state }) => state === 'wrong'))
      return yield* skip(['plan', ...answers], 'the query is wrong');
    yield* await checkPlan(client, query, nobody);
    if (sidebar === null) return yield* skip(answers, 'the views are wrong');
    if (secret.state === 'wrong') return yield* skip(answers, 'the Secret Key is wrong');
    const { secretKey } = config.secretKeys;
    const server = await startOwnServer(pool, query, secretKey, sidebar, mailbox);
    try {
      yield await checkAnswer(server, secretKey, nobody);
      if (isForPlatform) yield await checkPage(server, secretKey);
    } finally {
      await server.close();
    }
  }
}

/** Where it would be the demo that runs, its database and its Secret Key need not be set. */
const withDemo = (env: Surroundings['env']): Surroundings['env'] => ({
  ...env,
  DATABASE_URL: 'postgres://demo',
  HELPSCOUT_SECRET_KEY: env['HELPSCOUT_SECRET_KEY'] || randomBytes(20).toString('hex'),
});

type Sidebar = { toSidebar: ToSidebar; render: RenderSidebar };

const ofTheDatabase = ['TLS', 'version', 'role', 'reach', 'limits', 'connections'];

/** Everything that needs a database, when there is none. */
function* without(
  missing: Finding,
  ofTheLookup: readonly string[],
  examined: ReadonlySet<string> = new Set(),
): Generator<Finding> {
  yield missing;
  const later = [...ofTheDatabase, ...ofTheLookup].filter((check) => !examined.has(check));
  yield* skip(later, 'the database cannot be asked');
}

const ignore = () => {};
const silent: Log = { info: ignore, warn: ignore, error: ignore };
