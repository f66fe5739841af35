import { TLSSocket } from 'node:tls';
import pg from 'pg';
import { whyUnreachable } from '../../domain/failures.ts';
import { about, type Finding } from '../../domain/finding.ts';
import { failureClass } from '../../postgres/failure-code.ts';
import { connectionOf } from '../../postgres/pg-internals.ts';
import { limits } from '../../postgres/pool.ts';

export async function checkReachable(client: pg.Client): Promise<Finding> {
  const started = performance.now();
  const { rows } = await client.query('select current_user as role, current_database() as name');
  const ms = Math.round((performance.now() - started) * 10) / 10;
  const [{ role, name }] = rows;
  return about('database').right(
    `"${name}" at ${client.host}:${client.port} answers "${role}" in ${ms} ms`,
  );
}

export function unreachable(error: unknown): Finding {
  const { says, todo } = whyUnreachable(failureClass(error));
  return about('database').wrong(says, todo);
}

/** How a connection to the database is encrypted. */
export type Encryption = { host: string; tls: { protocol: string; isVerified: boolean } | null };

export function encryptionOf(client: pg.Client): Encryption {
  const { stream } = connectionOf(client);
  return {
    host: client.host,
    tls:
      stream instanceof TLSSocket
        ? { protocol: stream.getProtocol() ?? 'TLS', isVerified: stream.authorized }
        : null,
  };
}

const thisMachine = /^(localhost|127\.[\d.]+|\[?::1\]?|\/.*)$/;

export function checkTls({ host, tls }: Encryption): Finding {
  const { right, wrong } = about('TLS');
  if (tls?.isVerified) return right(`${tls.protocol}, and the certificate was verified`);
  if (thisMachine.test(host))
    return right(`${tls?.protocol ?? 'none, and none needed'}: "${host}" is this machine`);
  if (tls)
    return wrong(
      `${tls.protocol}, but any certificate is accepted for "${host}"`,
      'add sslmode=verify-full to DATABASE_URL, with sslrootcert=FILE if your host has its own authority',
    );
  return wrong(
    `none: customers and the password travel unencrypted to "${host}"`,
    'add sslmode=verify-full to DATABASE_URL',
  );
}

const minVersion = 13;

/** `version` as in `server_version_num`: 150004 is 15.4. */
export function checkVersion(version: number): Finding {
  const { right, wrong } = about('version');
  const major = Math.floor(version / 10_000);
  if (major >= minVersion) return right(`PostgreSQL ${major}.${version % 10_000}`);
  return wrong(
    `PostgreSQL ${major} is older than ${minVersion}`,
    `upgrade to ${minVersion} or later`,
  );
}

export async function versionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    "select current_setting('server_version_num')::int as number",
  );
  return rows[0].number;
}

/** The role's own limits. Milliseconds; 0 is none. */
export type RoleLimits = {
  role: string;
  statementMs: number;
  lockMs: number;
  /** -1 is no limit. */
  connections: number;
};

/** For a session that sets none itself. */
export async function limitsOf(client: pg.Client): Promise<RoleLimits> {
  const { rows } = await client.query(`
    select
      current_user as role,
      (select setting::int from pg_settings where name = 'statement_timeout') as "statementMs",
      (select setting::int from pg_settings where name = 'lock_timeout') as "lockMs",
      rolconnlimit as connections
    from pg_roles where rolname = current_user`);
  return rows[0];
}

export function checkLimits({ role, statementMs, lockMs }: RoleLimits): Finding {
  const { right, wrong } = about('limits');
  const timeouts = [
    { name: 'statement_timeout', ms: statementMs, recommended: limits.statementMs },
    { name: 'lock_timeout', ms: lockMs, recommended: limits.lockMs },
  ];
  const bad = timeouts.filter(({ ms }) => ms === 0 || ms >= limits.queryMs);
  if (bad.length === 0)
    return right(timeouts.map(({ name, ms }) => `${name} of ${ms} ms`).join(', '));
  const reasons = bad.map(({ name, ms }) => `${name} ${ms === 0 ? 'is not set' : `is ${ms} ms`}`);
  const statements = bad.map(
    ({ name, recommended }) =>
      `alter role ${pg.escapeIdentifier(role)} set ${name} = '${recommended}ms';`,
  );
  return wrong(
    `for "${role}" ${reasons.join(', ')}: queries may go on after the server gives up, at ${limits.queryMs} ms`,
    statements.join('\n'),
  );
}

/** Enough for two servers, twice during a rolling restart, and a doctor. */
const recommendedConnections = (perServer: number) => Math.max(20, 4 * perServer + 4);

/** `perServer` is `DATABASE_CONNECTIONS`. */
export function checkConnections({ role, connections }: RoleLimits, perServer: number): Finding {
  const { right, advice, wrong } = about('connections');
  const todo = `alter role ${pg.escapeIdentifier(role)} connection limit ${recommendedConnections(perServer)};`;
  if (connections === -1)
    return advice(
      `"${role}" has no connection limit: a fault could use up all connections of the database`,
      todo,
    );
  if (connections < perServer)
    return wrong(`"${role}" may have ${connections}, and one server keeps ${perServer}`, todo);
  if (connections < 2 * perServer)
    return advice(
      `"${role}" may have ${connections}: too few for two servers during a restart`,
      todo,
    );
  return right(`"${role}" may have ${connections}, and a server keeps up to ${perServer}`);
}
