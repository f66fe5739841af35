import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import type pg from 'pg';
import { didYouMean } from '../domain/did-you-mean.ts';
import { StartError } from '../domain/start-error.ts';

/** What is wrong with DATABASE_URL, and what to write. Neither shows the password. */
export class DatabaseUrlError extends StartError {
  readonly problem: string;

  constructor(says: string, todo: string) {
    const problem = `${says}; ${todo}`;
    super(`DATABASE_URL ${problem}`);
    this.problem = problem;
  }
}

type Warning = { about: 'TLS' | 'parameters'; says: string; todo: string };

export type DatabaseUrl = {
  /**
   * Where and as whom to connect, without a connection string: pg lets the parameters of one
   * override every other field, such as our timeouts and the read-only mode.
   */
  config: pg.ClientConfig & { host: string; user: string };
  /** The user's own `options`, to be put before ours: of two settings, Postgres takes the last. */
  userOptions: string | null;
  connectTimeoutMs: number;
  warnings: Warning[];
};

type Env = Readonly<Record<string, string | undefined>>;

export const databaseUrlForm = 'postgres://user:password@host:5432/database';
const writeForm = `write ${databaseUrlForm}`;
const maxConnectTimeoutMs = 10_000;

/** Throws a DatabaseUrlError. Where the URL is silent, PGHOST, PGSSLMODE and others hold. */
export function parseDatabaseUrl(url: string, env: Env = process.env): DatabaseUrl {
  const { userinfo, hostAndPort, path, query } = split(url.trim());
  const params = new URLSearchParams(query);
  const param = (name: string, variable?: string) =>
    params.get(name) || (variable && env[variable]) || undefined;

  const [urlUser, urlPassword] = userinfo;
  const [urlHost, urlPort] = splitHost(hostAndPort);
  const host = params.get('host') || decode(urlHost, 'host') || env['PGHOST'] || 'localhost';
  const port = params.get('port') || urlPort || env['PGPORT'] || '5432';
  checkHost(host, port, param('target_session_attrs', 'PGTARGETSESSIONATTRS'));

  const user =
    param('user') || decode(urlUser, 'user') || env['PGUSER'] || systemUser(isThisMachine(host));
  if (!user) throw new DatabaseUrlError('names no user', writeForm);
  const password = param('password') || decode(urlPassword, 'password');
  if (password === '[YOUR-PASSWORD]')
    throw new DatabaseUrlError('has a placeholder for a password', 'put the password in its place');
  const options = param('options', 'PGOPTIONS') ?? null;
  if (options !== null && /(^|[^\\])(\\\\)*\\$/.test(options))
    throw new DatabaseUrlError('has options that end with a backslash', 'remove the backslash');

  const { ssl, sslnegotiation, warnings } = readTls(host, param);
  return {
    config: {
      host,
      port: Number(port),
      user,
      password,
      database: param('dbname') || decode(path, 'database') || env['PGDATABASE'] || user,
      ssl,
      sslnegotiation,
      keepAlive: true,
    },
    userOptions: options,
    connectTimeoutMs: connectTimeout(param('connect_timeout', 'PGCONNECT_TIMEOUT')),
    warnings: [...warnings, ...warnOfParameters(params)],
  };
}

/** Whether a connection to that host stays on this machine. */
export const isThisMachine = (host: string): boolean =>
  /^(localhost|127\.[\d.]+|\[?::1\]?|\/.*)$/i.test(host);

const urlParts = /^\w+:\/\/(?<authority>[^/?#]*)(?<path>[^?#]*)(?<query>[^#]*)(?<fragment>.*)$/s;

/** The parts, still encoded. `new URL` accepts no empty host, and hides what it repairs. */
function split(url: string) {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0].toLowerCase() ?? '';
  if (scheme !== 'postgres:' && scheme !== 'postgresql:') throw notPostgres(url, scheme);
  const parts = urlParts.exec(url)?.groups;
  if (parts === undefined) throw new DatabaseUrlError('is not a URL', writeForm);
  const { authority = '', path = '', query = '', fragment = '' } = parts;
  const at = authority.lastIndexOf('@');
  // An @ so late means that a character of the password has ended the host too early.
  const late = query.split(/[?&]/).find((pair) => pair.includes('@')) ?? '';
  const [name = ''] = late.split('=');
  const isInPassword = name.includes('@') || (at === -1 && !['user', 'password'].includes(name));
  if (fragment !== '') throw unescaped('#', '%23');
  if (path.includes('@')) throw unescaped('/', '%2F');
  if (late !== '' && isInPassword) throw unescaped('?', '%3F');

  const [user = '', ...password] = authority.slice(0, Math.max(at, 0)).split(':');
  return {
    userinfo: [user, password.join(':')] as const,
    hostAndPort: authority.slice(at + 1),
    path: path.slice(1),
    query,
  };
}

function notPostgres(url: string, scheme: string): DatabaseUrlError {
  if (/^(psql\s|["'])/.test(url))
    return new DatabaseUrlError('has quotes or a command around the URL', writeForm);
  if (/^\w+\s*=/.test(url)) return new DatabaseUrlError('is in the key=value form', writeForm);
  const isUrl = scheme === 'jdbc:' || url.slice(scheme.length).startsWith('//');
  const is = scheme && isUrl ? `begins with "${scheme}"` : 'is not a URL';
  return new DatabaseUrlError(is, writeForm);
}

const unescaped = (character: string, code: string) =>
  new DatabaseUrlError(
    `has an unescaped "${character}" in the user or password`,
    `percent-encode it: write ${code} for ${character}`,
  );

function decode(text: string, part: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseUrlError(
      `has a "%" in the ${part} that begins no percent-encoded UTF-8`,
      'write %25 for %',
    );
  }
}

function splitHost(hostAndPort: string): [host: string, port: string] {
  if (hostAndPort.includes(',')) throw severalHosts();
  const [, ipv6, name = '', port = ''] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(hostAndPort) ?? [];
  if (ipv6 === undefined && port.includes(':'))
    throw new DatabaseUrlError(
      'has several ":" after the user and password',
      `write an IPv6 address in brackets, as in ${databaseUrlForm.replace('host', '[::1]')}`,
    );
  return [ipv6 ?? name, port];
}

const severalHosts = () =>
  new DatabaseUrlError(
    'names several hosts or a target_session_attrs, and node-postgres connects to one host only',
    'name one that fails over by itself: HAProxy, PgBouncer or the endpoint of your provider',
  );

function checkHost(host: string, port: string, attributes = 'any'): void {
  if (host.includes(',') || port.includes(',') || attributes !== 'any') throw severalHosts();
  if (/[\s<>"|^{}[\]\\]/.test(host) && !host.startsWith('/'))
    throw new DatabaseUrlError('has no valid host name', writeForm);
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw new DatabaseUrlError('has no port from 1 to 65535 where one belongs', writeForm);
}

/** As psql does, where the host knows the same users. */
function systemUser(isLocal: boolean): string | null {
  try {
    return isLocal ? userInfo().username : null;
  } catch {
    // A container's user may have no name.
    return null;
  }
}

function connectTimeout(seconds = '0'): number {
  if (!/^-?\d+$/.test(seconds))
    throw new DatabaseUrlError('has a connect_timeout that is no number', 'write it in seconds');
  const ms = Number(seconds) * 1_000;
  return ms > 0 ? Math.min(ms, maxConnectTimeoutMs) : maxConnectTimeoutMs;
}

type Param = (name: string, variable?: string) => string | undefined;
type Tls = Pick<pg.ClientConfig, 'ssl' | 'sslnegotiation'> & { warnings: Warning[] };

/** The values of `ssl`, which is node-postgres's own, as `sslmode`. */
const sslModes: Readonly<Record<string, string>> = {
  true: 'verify-full',
  1: 'verify-full',
  false: 'disable',
  0: 'disable',
};

/** Weaker modes verify as verify-full does: as in node-postgres 8, and unlike psql. */
function readTls(host: string, param: Param): Tls {
  // As in libpq, sslmode says nothing about sockets.
  if (host.startsWith('/')) return { ssl: false, sslnegotiation: 'postgres', warnings: [] };
  const sslnegotiation = param('sslnegotiation', 'PGSSLNEGOTIATION') ?? 'postgres';
  if (sslnegotiation !== 'postgres' && sslnegotiation !== 'direct')
    throw new DatabaseUrlError(
      'has an unknown sslnegotiation',
      'write sslnegotiation=direct, or remove it',
    );
  const own = param('ssl');
  const files = readTlsFiles(param);
  const impliesTls = sslnegotiation === 'direct' || Object.keys(files).length > 0;
  const mode =
    param('sslmode', 'PGSSLMODE') ||
    (own && (sslModes[own] ?? own)) ||
    (impliesTls ? 'verify-full' : 'unset');
  switch (mode) {
    case 'prefer':
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return { ssl: files, sslnegotiation, warnings: [] };
    case 'no-verify': {
      const says = `DATABASE_URL has sslmode=no-verify: any certificate is accepted for "${host}"`;
      const ssl = { ...files, rejectUnauthorized: false };
      return { ssl, sslnegotiation, warnings: [{ about: 'TLS', says, todo: verifyTodo }] };
    }
    case 'disable':
    case 'unset': {
      if (sslnegotiation === 'direct')
        throw new DatabaseUrlError(
          'has sslnegotiation=direct, which needs TLS, and sslmode=disable',
          'write sslmode=verify-full&sslnegotiation=direct',
        );
      const says = `DATABASE_URL has no sslmode: the connection to "${host}" is not encrypted`;
      const todo = 'write ?sslmode=verify-full, or ?sslmode=disable in a private network';
      const isMeant = mode === 'disable' || isThisMachine(host);
      const warnings: Warning[] = isMeant ? [] : [{ about: 'TLS', says, todo }];
      return { ssl: false, sslnegotiation, warnings };
    }
    case 'allow':
      throw new DatabaseUrlError(
        'has sslmode=allow, which is encrypted only where the server insists',
        'write sslmode=verify-full, or sslmode=disable in a private network',
      );
    default:
      throw new DatabaseUrlError('has an unknown sslmode', 'write sslmode=verify-full');
  }
}

const verifyTodo =
  'write sslmode=verify-full, with sslrootcert=FILE if your provider has its own authority';

function readTlsFiles(param: Param): ConnectionOptions {
  const authority = param('sslrootcert', 'PGSSLROOTCERT');
  const files = {
    // Without a file, Node verifies with its own authorities.
    ca: authority === 'system' ? undefined : readTlsFile('sslrootcert', authority),
    cert: readTlsFile('sslcert', param('sslcert', 'PGSSLCERT')),
    key: readTlsFile('sslkey', param('sslkey', 'PGSSLKEY')),
    passphrase: param('sslpassword'),
  };
  if ((files.cert === undefined) !== (files.key === undefined))
    throw new DatabaseUrlError(
      'has only one of sslcert and sslkey, a client’s certificate and its key',
      'write both; the certificate of an authority is sslrootcert=FILE',
    );
  const given = Object.fromEntries(Object.entries(files).filter(([, value]) => value));
  try {
    createSecureContext(given);
  } catch {
    throw new DatabaseUrlError(
      'has sslrootcert, sslcert, sslkey or sslpassword that cannot be used together',
      'name the certificate, its own key, and the password of that key if it has one',
    );
  }
  return given;
}

function readTlsFile(name: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const text = readFileSync(file, 'utf8');
    // Node ignores a file of authorities that is not PEM.
    if (text.includes('-----BEGIN ')) return text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DatabaseUrlError(
      `has ${name}=${file}, which cannot be read (${resolve(file)}: ${code})`,
      'name a file that exists and that this user may read',
    );
  }
  throw new DatabaseUrlError(`has ${name}=${file}, which is not PEM`, 'name a file in PEM form');
}

const applied = (
  'host port user password dbname options connect_timeout target_session_attrs ' +
  'ssl sslmode sslnegotiation sslrootcert sslcert sslkey sslpassword'
).split(' ');

/** Changes nothing here: our own value stands, or it advises another client. */
const harmless = (
  'application_name fallback_application_name client_encoding keepalives keepalives_idle ' +
  'keepalives_interval keepalives_count tcp_user_timeout gssencmode load_balance_hosts ' +
  'pgbouncer connection_limit pool_timeout socket_timeout statement_cache_size ' +
  'prepareThreshold supa workaround'
).split(' ');

/** A parameter that is dropped may be one that somebody relies on. */
function* warnOfParameters(params: URLSearchParams): Generator<Warning> {
  const ignored = (says: string, todo: string): Warning => ({
    about: 'parameters',
    says: `DATABASE_URL has ${says}`,
    todo,
  });
  for (const [name, value] of params) {
    if (applied.includes(name) || harmless.includes(name)) continue;
    if (name === 'channel_binding') {
      if (value === 'require')
        yield ignored(
          'channel_binding=require, which is ignored',
          'remove it; sslmode=verify-full proves who the server is',
        );
    } else if (name === 'schema') {
      if (value !== 'public')
        yield ignored(
          'a schema, which is Prisma’s and ignored',
          'write options=-c%20search_path%3DSCHEMA, or SCHEMA.table in the query',
        );
    } else if (/_timeout$/.test(name)) {
      yield ignored(`${name}, which is ignored: the server sets its own`, 'remove it');
    } else {
      const meant = didYouMean(name, applied);
      // What is no word may be a part of an unescaped password.
      const named = /^[a-z_]{2,30}$/i.test(name) ? `the parameter ${name}` : 'a parameter';
      const todo = meant === null ? 'remove it' : `did you mean ${meant}?`;
      yield ignored(`${named} that is not known, and ignored`, todo);
    }
  }
}
