import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { createPool } from '../accounts/database.ts';
import { command } from '../command.ts';
import { checkConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { createToSidebar, type ToSidebar } from '../sidebar/sidebar.ts';
import type { RenderSidebar } from '../sidebar/views.ts';
import { readNote } from '../tools/running-demo.ts';
import { checkCallbackUrl } from './callback-url.ts';
import * as database from './database.ts';
import { about, type Finding, skip } from './finding.ts';
import { checkConnections, checkLimits, limitsOf } from './limits.ts';
import { checkPlan } from './plan.ts';
import { checkQuery } from './query.ts';
import { checkReads, checkWrites, rightsOf } from './role.ts';
import { checkAnswer, checkServer } from './round-trip.ts';
import { checkDatabaseUrl, checkSecret, checkSettings } from './settings.ts';
import { checkViews } from './views.ts';

export type Surroundings = {
  env: Readonly<Record<string, string | undefined>>;
  /** The public address, if it is to be asked. */
  callbackUrl: URL | null;
  /** Brings up the demo's database, for when there is no other. */
  openDemo: () => Promise<{ url: string; close: () => Promise<void> }>;
  now: () => Date;
};

/**
 * Examines this deployment; each finding comes as soon as there is one. No customer is read: the
 * only address that is ever looked up is one that nobody can have.
 */
export async function* examine(surroundings: Surroundings): AsyncGenerator<Finding> {
  const { env, callbackUrl, now } = surroundings;
  const { config, problems } = checkConfig(env);
  // No such domain exists: https://www.rfc-editor.org/rfc/rfc2606#section-2
  const nobody = `doctor-${randomBytes(6).toString('hex')}@helpscout-sidebar.invalid`;

  const settings = checkSettings(config, problems);
  yield* settings;
  const isSet = Boolean(env['HELPSCOUT_SECRET_KEY']);
  const secret = checkSecret(config, problems, isSet);
  yield secret;

  const areUsable = settings.every(({ state }) => state === 'right');
  const sidebar = areUsable ? yield* examineViews() : null;
  if (!areUsable) yield about('views').skipped('the settings are wrong');

  const wrongUrl = checkDatabaseUrl(problems);
  if (wrongUrl) yield* without(wrongUrl);
  else if (config.databaseUrl === null) yield* examineDemo();
  else yield* examineDatabase(config.databaseUrl, false);

  // The running demo made a Secret Key of its own, and left a note of it.
  const secretKey = isSet ? config.secretKeys.secretKey : await readNote(config.port);
  if (secret.state === 'wrong') yield about('server').skipped('the Secret Key is wrong');
  else if (secretKey === null)
    yield about('server').skipped(
      `no demo runs at port ${config.port}: ${command('demo')} would start it`,
    );
  else if (areUsable) yield await checkServer(config, secretKey, nobody);
  else yield about('server').skipped('the settings are wrong');

  if (callbackUrl)
    yield* checkCallbackUrl(
      callbackUrl,
      secret.state === 'wrong' ? null : secretKey,
      nobody,
      now(),
    );

  async function* examineViews(): AsyncGenerator<Finding, Sidebar | null> {
    const toSidebar = createToSidebar(config);
    const { finding, render } = checkViews(config.viewsDir, toSidebar);
    yield finding;
    return render && { toSidebar, render };
  }

  async function* examineDemo(): AsyncGenerator<Finding> {
    const { advice, wrong } = about('database');
    yield advice(
      'DATABASE_URL is not set: the server would run its demo, and so the demo is examined',
      'set DATABASE_URL to examine your own',
    );
    const demo = await surroundings.openDemo().catch((error: Error) => error);
    if (demo instanceof Error)
      return yield* without(wrong(`the demo does not start here: ${demo.message}`));
    try {
      yield* examineDatabase(demo.url, true);
    } finally {
      await demo.close();
    }
  }

  /** Whatever becomes of the database in between, each check is named. */
  async function* examineDatabase(url: string, isDemo: boolean): AsyncGenerator<Finding> {
    const examined = new Set<string>();
    try {
      for await (const finding of askDatabase(url, isDemo)) {
        examined.add(finding.check);
        yield finding;
      }
    } catch (error) {
      if (!database.isFromTheDatabase(error)) throw error;
      yield* without(database.unreachable(error), examined);
    }
  }

  async function* askDatabase(url: string, isDemo: boolean): AsyncGenerator<Finding> {
    const client = await database.openPlainSession(url);
    // As the server opens it, with all that a pooler might refuse.
    const pool = createPool(url, silent);
    try {
      yield await database.checkReachable(client);
      yield database.checkTls(database.wireOf(client));
      yield database.checkVersion(await database.versionOf(client));
      yield* examineRole(client, isDemo);
      yield* examineLookup(client, pool);
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
    yield checkConnections(limits);
  }

  async function* examineLookup(client: pg.Client, pool: pg.Pool): AsyncGenerator<Finding> {
    const file = config.accountQueryFile;
    const sql = areUsable ? readFileSync(file, 'utf8') : null;
    if (sql === null) return yield* skip(ofTheLookup, 'the settings are wrong');
    const query = { file, sql };
    const contract = await checkQuery(pool, query);
    yield* contract;
    if (contract.some(({ state }) => state === 'wrong'))
      return yield* skip(['plan', 'answer'], 'the query is wrong');
    yield* await checkPlan(client, query, nobody);
    const { skipped } = about('answer');
    if (sidebar === null) yield skipped('the views are wrong');
    else if (secret.state === 'wrong') yield skipped('the Secret Key is wrong');
    else yield await checkAnswer(pool, query, config.secretKeys.secretKey, sidebar, nobody);
  }
}

type Sidebar = { toSidebar: ToSidebar; render: RenderSidebar };

const ofTheLookup = ['query', 'plan', 'answer'];
const ofTheDatabase = ['TLS', 'version', 'role', 'reach', 'limits', 'connections'];

/** Everything that needs a database, when there is none. */
function* without(missing: Finding, examined: ReadonlySet<string> = new Set()): Generator<Finding> {
  yield missing;
  const later = [...ofTheDatabase, ...ofTheLookup].filter((check) => !examined.has(check));
  yield* skip(later, 'the database cannot be asked');
}

const ignore = () => {};
const silent: Log = { info: ignore, warn: ignore, error: ignore };
