import { TLSSocket } from 'node:tls';
import pg from 'pg';
import { whyUnreachable } from '../../domain/failures.ts';
import { isThisMachine } from '../../postgres/connection-string.ts';
import { failureClass } from '../../postgres/failure-code.ts';
import { connectionOf } from '../../postgres/pg-internals.ts';
import { limits } from '../../postgres/session.ts';
import { about, type Finding } from './finding.ts';

/** What a session that sets nothing itself finds, with the role's own limits. */
export type Facts = {
  role: string;
  database: string;
  /** As in `server_version_num`: 150004 is 15.4. */
  version: number;
  /** Such as UTF8. */
  encoding: string;
  /** 0 is none. */
  statementMs: number;
  lockMs: number;
  /** -1 is no limit. */
  connections: number;
  /** How long the database took to tell. */
  ms: number;
};

export async function factsOf(client: pg.Client): Promise<Facts> {
  const started = performance.now();
  const { rows } = await client.query(`
    select
      current_user as role,
      current_database() as database,
      current_setting('server_version_num')::int as version,
      current_setting('server_encoding') as encoding,
      (select setting::int from pg_settings where name = 'statement_timeout') as "statementMs",
      (select setting::int from pg_settings where name = 'lock_timeout') as "lockMs",
      rolconnlimit as connections
    from pg_roles where rolname = current_user`);
  return { ...rows[0], ms: Math.round((performance.now() - started) * 10) / 10 };
}

export const reachable = ({ host, port }: pg.Client, { role, database, ms }: Facts): Finding =>
  about('database').right(`"${database}" at ${host}:${port} answers "${role}" in ${ms} ms`);

export function unreachable(error: unknown): Finding {
  const { says, todo } = whyUnreachable(failureClass(error));
  return about('database').wrong(says, todo);
}

/** How a connection to the database is encrypted. */
type Encryption = { host: string; tls: { protocol: string; isVerified: boolean } | null };

export function encryptionOf(client: pg.Client): Encryption {
  const { stream } = connectionOf(client);
  if (!(stream instanceof TLSSocket)) return { host: client.host, tls: null };
  const tls = { protocol: stream.getProtocol() ?? 'TLS', isVerified: stream.authorized };
  return { host: client.host, tls };
}

/** `isDisabled`: DATABASE_URL says sslmode=disable. */
export function checkTls({ host, tls }: Encryption, isDisabled = false): Finding {
  const { right, advice, wrong } = about('TLS');
  if (tls?.isVerified)
    return right(`${tls.protocol}; the certificate and its host name are verified`);
  if (isThisMachine(host))
    return right(`${tls?.protocol ?? 'none, and none needed'}: "${host}" is this machine`);
  if (isDisabled)
    return advice(
      `none: sslmode=disable; customers and the password travel unencrypted to "${host}"`,
      'keep it in a private network only; elsewhere write sslmode=verify-full',
    );
  const todo = 'add sslmode=verify-full to DATABASE_URL';
  return tls
    ? wrong(
        `${tls.protocol}, but any certificate is accepted for "${host}"`,
        `${todo}, with sslrootcert=FILE if your host has its own authority`,
      )
    : wrong(`none: customers and the password travel unencrypted to "${host}"`, todo);
}

const minVersion = 13;

export function checkVersion(version: number): Finding {
  const { right, wrong } = about('version');
  const major = Math.floor(version / 10_000);
  return major >= minVersion
    ? right(`PostgreSQL ${major}.${version % 10_000}`)
    : wrong(`PostgreSQL ${major} is older than ${minVersion}`, `upgrade to ${minVersion} or later`);
}

export function checkEncoding(encoding: string): Finding {
  const { right, advice } = about('encoding');
  if (encoding === 'UTF8') return right(encoding);
  if (encoding === 'SQL_ASCII')
    return advice(
      'SQL_ASCII: a stored text that is not UTF-8 cannot be shown (22021)',
      'correct such texts, or restore the database with encoding UTF8',
    );
  return right(`${encoding}: no account is found for an address that it cannot store`);
}

export function checkLimits({ role, statementMs, lockMs }: Facts): Finding {
  const { right, wrong } = about('limits');
  const timeouts = [
    { name: 'statement_timeout', ms: statementMs, recommended: limits.statementMs },
    { name: 'lock_timeout', ms: lockMs, recommended: limits.lockMs },
  ];
  const bad = timeouts.filter(({ ms }) => ms === 0 || ms >= limits.answerMs);
  if (bad.length === 0)
    return right(timeouts.map(({ name, ms }) => `${name} of ${ms} ms`).join(', '));
  const reasons = bad.map(({ name, ms }) => `${name} ${ms === 0 ? 'is not set' : `is ${ms} ms`}`);
  const alter = `alter role ${pg.escapeIdentifier(role)} set`;
  return wrong(
    `for "${role}" ${reasons.join(', ')}: queries may go on after the server gives up, at ${limits.answerMs} ms`,
    bad.map(({ name, recommended }) => `${alter} ${name} = '${recommended}ms';`).join('\n'),
  );
}

/** `perServer` is `DATABASE_CONNECTIONS`. */
export function checkConnections({ role, connections }: Facts, perServer: number): Finding {
  const { right, advice, wrong } = about('connections');
  // Enough for two servers, twice during a rolling restart, and a doctor.
  const recommended = Math.max(20, 4 * perServer + 4);
  const todo = `alter role ${pg.escapeIdentifier(role)} connection limit ${recommended};`;
  const may = `"${role}" may have ${connections}`;
  if (connections === -1)
    return advice(
      `"${role}" has no connection limit: a fault could use up all connections of the database`,
      todo,
    );
  if (connections < perServer) return wrong(`${may}, and one server keeps ${perServer}`, todo);
  if (connections < 2 * perServer)
    return advice(`${may}: too few for two servers during a restart`, todo);
  return right(`${may}, and a server keeps up to ${perServer}`);
}
