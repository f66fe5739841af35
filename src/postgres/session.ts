import { Socket } from 'node:net';
import pg from 'pg';
import { LookupError } from '../domain/account.ts';
import { parseDatabaseUrl } from './connection-string.ts';
import { failureClass } from './failure-code.ts';

/** In ms, beyond the round trip. The database gives up before the server does, and wastes no work. */
export const limits = { statementMs: 600, lockMs: 250, answerMs: 900 } as const;

type Settings = Readonly<Record<string, string>>;

/** What each lookup is promised, whatever the URL, the role, the database or a pooler say. */
const promises: Settings = {
  default_transaction_read_only: 'on',
  statement_timeout: `${limits.statementMs}ms`,
  lock_timeout: `${limits.lockMs}ms`,
  // pg and our dates read no other.
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
};

/** Postgres plans a query afresh for each array otherwise, since it estimates unknown arrays as longer. */
const planned = { plan_cache_mode: 'force_generic_plan' };

/** The oldest PostgreSQL that upstream supported when this was written. */
const minVersion = 130_000;

/** A connection to the database, with what it promises. */
export type Session = {
  client: pg.Client;
  /**
   * What goes before and after each lookup, in the same round trip. Behind a pooler, which may give each
   * lookup another session, it brings the settings in a transaction of its own; else it is empty.
   */
  around: { before: readonly string[]; after: readonly string[] };
  /** Closes the socket at once, whatever is in flight. */
  destroy: () => void;
};

/** Opens sessions, and remembers whether the other end takes settings with a connection. */
export function createSessionOpener(databaseUrl: string) {
  // Once, since it reads the files of certificates.
  const { config, userOptions, connectTimeoutMs } = parseDatabaseUrl(databaseUrl);
  const settings = { ...settingsIn(userOptions ?? ''), ...promises, ...planned };
  let takesOptions = true;

  async function connect(pipeline: boolean, options: string | undefined): Promise<Session> {
    const socket = new PatientSocket();
    const client = new pg.Client({
      ...config,
      application_name: 'helpscout-sidebar',
      connectionTimeoutMillis: connectTimeoutMs,
      stream: () => socket,
      pipeline,
      ...(options !== undefined && { options }),
    } as pg.ClientConfig);
    // Without a listener, a lost connection ends this process.
    client.on('error', () => {});
    await client.connect();
    return { client, around: nothing, destroy: () => socket.destroy() };
  }

  /** Throws what pg throws, or a `LookupError` for a PostgreSQL that is too old. */
  return async function open(pipeline: boolean): Promise<Session> {
    const options = takesOptions ? startupOptions(userOptions ?? '') : undefined;
    const session = await connect(pipeline, options).catch((error: unknown) => {
      if (options === undefined || !refusesOptions.has(failureClass(error))) throw error;
      takesOptions = false;
      return connect(pipeline, undefined);
    });
    try {
      if (!(await keepsPromises(session.client, settings))) session.around = transaction(settings);
      return session;
    } catch (error) {
      session.destroy();
      throw error;
    }
  };
}

/** Where a name has several addresses, Node gives each but the last 250 ms by itself. */
class PatientSocket extends Socket {
  override connect(...args: unknown[]): this {
    const [port, host] = args;
    if (typeof host !== 'string') return Reflect.apply(super.connect, this, args);
    return super.connect({ port: Number(port), host, autoSelectFamilyAttemptTimeout: 1_000 });
  }
}

/** PgBouncer and Neon's pooler; RDS Proxy; PostgreSQL before 12, which has no plan_cache_mode. */
const refusesOptions = new Set(['settings_refused', '0A000', '42704']);

/** Ours come last, so that they win over the user's own, such as a search_path. */
function startupOptions(userOptions: string): string {
  const escaped = (value: string) => value.replace(/[\\ ]/g, '\\$&');
  const settings = Object.entries({ ...promises, ...planned });
  return [userOptions, ...settings.map(([name, value]) => `-c ${name}=${escaped(value)}`)]
    .join(' ')
    .trim();
}

/** Whether the database session is this client's own and has the promised settings, after one retry at most. */
async function keepsPromises(client: pg.Client, settings: Settings): Promise<boolean> {
  const names = Object.keys(promises);
  const look = async () => {
    const { rows } = await client.query({
      text: `select pg_backend_pid() as pid, current_setting('server_version_num')::int as version,
               array(
                 select current_setting(name)
                 from unnest($1::text[]) with ordinality as promised (name, i) order by i
               ) as values`,
      values: [names],
    });
    const { pid, version, values } = rows[0];
    if (version < minVersion)
      throw new LookupError('misconfigured', 'version_too_old', {
        cause: new Error(`PostgreSQL ${Math.floor(version / 10_000)} is older than 13`),
      });
    // A pooler makes up the process id that it tells us.
    const { processID } = client as pg.Client & { processID?: number };
    return {
      isOwn: pid === processID,
      isKept: names.every((name, i) => values[i] === promises[name]),
    };
  };
  const first = await look();
  if (!first.isOwn || first.isKept) return first.isOwn;
  await client.query(`select ${setConfigs(false, settings)}`);
  return (await look()).isKept;
}

const setConfigs = (isLocal: boolean, settings: Settings) =>
  Object.entries(settings)
    .map(([name, value]) => `set_config(${literal(name)}, ${literal(value)}, ${isLocal})`)
    .join(', ');

const literal = (text: string) => pg.escapeLiteral(text);

const nothing: Session['around'] = { before: [], after: [] };

const transaction = (settings: Settings): Session['around'] => ({
  before: [
    'begin read only',
    // Where the pooler discards nothing, another client's would lead to another one's tables.
    ...('search_path' in settings ? [] : ['set local search_path to default']),
    `select ${setConfigs(true, settings)}`,
  ],
  after: ['commit'],
});

/** Of `-c name=value` and `--name=value`, in which a backslash keeps a blank or another backslash. */
function settingsIn(options: string): Settings {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of options.matchAll(
    /(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\\\s])*)/g,
  ))
    found[name.replaceAll('-', '_')] = value.replace(/\\(.)/g, '$1');
  return found;
}
