import { TLSSocket } from 'node:tls';
import type pg from 'pg';
import { whyUnreachable } from '../../domain/failures.ts';
import { about, type Finding } from '../../domain/finding.ts';
import { failureClass } from '../../postgres/failure-code.ts';
import { connectionOf } from '../../postgres/pg-internals.ts';

/** Who and where we are, which nothing but a database can say. */
export async function checkReachable(client: pg.Client): Promise<Finding> {
  const started = performance.now();
  const { rows } = await client.query('select current_user as role, current_database() as name');
  const ms = Math.round((performance.now() - started) * 10) / 10;
  const [{ role, name }] = rows;
  return about('database').right(
    `"${name}" at ${client.host}:${client.port} answers "${role}" in ${ms} ms`,
  );
}

/** Why the database cannot be asked. */
export function unreachable(error: unknown): Finding {
  const { says, todo } = whyUnreachable(failureClass(error));
  return about('database').wrong(says, todo);
}

/** How the bytes travel between us and whom we reached. */
export type Wire = { host: string; tls: { protocol: string; isVerified: boolean } | null };

export function wireOf(client: pg.Client): Wire {
  const { stream } = connectionOf(client);
  return {
    host: client.host,
    tls:
      stream instanceof TLSSocket
        ? { protocol: stream.getProtocol() ?? 'TLS', isVerified: stream.authorized }
        : null,
  };
}

const onThisMachine = /^(localhost|127\.[\d.]+|\[?::1\]?|\/.*)$/;

export function checkTls({ host, tls }: Wire): Finding {
  const { right, wrong } = about('TLS');
  if (tls?.isVerified) return right(`${tls.protocol}, and the certificate was verified`);
  if (onThisMachine.test(host))
    return right(`${tls?.protocol ?? 'none, and none needed'}: "${host}" is this machine`);
  if (tls)
    return wrong(
      `${tls.protocol}, but anybody's certificate is taken for that of "${host}"`,
      'write sslmode=verify-full into DATABASE_URL, with sslrootcert=FILE if your host has its own authority',
    );
  return wrong(
    `none: customers and the password travel readably to "${host}"`,
    'write sslmode=verify-full into DATABASE_URL',
  );
}

const oldest = 13;

/** `version` as in `server_version_num`: 150004 is 15.4. */
export function checkVersion(version: number): Finding {
  const { right, wrong } = about('version');
  const major = Math.floor(version / 10_000);
  if (major >= oldest) return right(`PostgreSQL ${major}.${version % 10_000}`);
  return wrong(`PostgreSQL ${major} is older than ${oldest}`, `upgrade to ${oldest} or later`);
}

export async function versionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query(
    "select current_setting('server_version_num')::int as number",
  );
  return rows[0].number;
}
