import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DatabaseUrlError, parseDatabaseUrl } from '../../src/postgres/connection-string.ts';

const parse = (url: string, env = {}) => parseDatabaseUrl(url, env);
const target = (url: string, env = {}) => {
  const { host, port, user, password, database } = parse(url, env).config;
  return [host, port, user, password, database];
};
const warningsOf = (url: string) => parse(url).warnings.map(({ says, todo }) => `${says}; ${todo}`);

/** What is said of a URL that is refused. */
function problemOf(url: string): string {
  try {
    parse(url);
  } catch (error) {
    if (error instanceof DatabaseUrlError) return error.message;
    throw error;
  }
  return 'nothing';
}

const certificate = (name: string) =>
  fileURLToPath(new URL(`../certificate/${name}`, import.meta.url));
const tls = 'sslmode=verify-full';

describe('leads to', () => {
  test.each([
    ['postgres://u:p@h:6543/d', ['h', 6543, 'u', 'p', 'd']],
    [' postgresql://u:p@h/d\n', ['h', 5432, 'u', 'p', 'd']],
    ['postgres://u:p@h', ['h', 5432, 'u', 'p', 'u']],
    ['postgres://u.ref:p%40%2F%3F%23%25:x@h/d%20e', ['h', 5432, 'u.ref', 'p@/?#%:x', 'd e']],
    ['postgres://u:p@p@h/d', ['h', 5432, 'u', 'p@p', 'd']],
    ['postgres://u:p@[::1]:6543/d', ['::1', 6543, 'u', 'p', 'd']],
    ['postgres://u:p@[fd12::1]/d', ['fd12::1', 5432, 'u', 'p', 'd']],
    ['postgres://u:p@/d?host=/cloudsql/a:b:c', ['/cloudsql/a:b:c', 5432, 'u', 'p', 'd']],
    ['postgres://u:p@%2Fvar%2Frun%2Fpostgresql/d', ['/var/run/postgresql', 5432, 'u', 'p', 'd']],
    [
      'postgres:///d?host=/var/run/postgresql',
      ['/var/run/postgresql', 5432, userInfo().username, '', 'd'],
    ],
    ['postgres://x:y@z:1/a?host=h&port=2&user=u@s&password=p&dbname=d', ['h', 2, 'u@s', 'p', 'd']],
  ])('what %s names', (url, expected) => {
    expect(target(url)).toEqual(expected);
  });

  test('what the variables of libpq name, where the URL is silent', () => {
    const env = { PGHOST: 'h', PGPORT: '6543', PGUSER: 'u', PGDATABASE: 'd' };
    expect(target('postgres://', env)).toEqual(['h', 6543, 'u', '', 'd']);
    expect(parse('postgres://u@h/d', { PGSSLMODE: 'require' }).config.ssl).toEqual({});
    expect(parse('postgres://u@h/d', { PGOPTIONS: '-c a=b' }).userOptions).toBe('-c a=b');
  });
});

test('no parameter is handed to pg, which would let it override ours', () => {
  const names = ['options', 'statement_timeout', 'lock_timeout', 'query_timeout'];
  const query = [...names, 'application_name', 'idle_in_transaction_session_timeout', 'stream'];
  const url = `postgres://u:p@h/d?${tls}&${query.map((name) => `${name}=1`).join('&')}`;
  expect(Object.keys(parse(url).config).sort()).toEqual(
    'database host keepAlive password port ssl sslnegotiation user'.split(' '),
  );
  expect(parse(url).userOptions).toBe('1');
});

test('options that would swallow ours are refused', () => {
  expect(problemOf('postgres://u@h/d?options=-c%20a%3Db%5C')).toContain('end with a backslash');
  expect(parse('postgres://u@h/d?options=-c%20a%3Db%5C%5C').userOptions).toBe('-c a=b\\\\');
});

describe('encryption', () => {
  test.each(['prefer', 'require', 'verify-ca', 'verify-full'])('%s verifies', (mode) => {
    const url = `postgres://u@h/d?sslmode=${mode}`;
    expect(parse(url).config.ssl).toEqual({});
    expect(warningsOf(url)).toEqual([]);
  });

  test.each([
    ['ssl=true', {}],
    ['ssl=1', {}],
    ['ssl=no-verify', { rejectUnauthorized: false }],
    ['ssl=0', false],
    ['ssl=false', false],
    ['sslmode=disable', false],
    ['sslmode=no-verify', { rejectUnauthorized: false }],
    ['sslnegotiation=direct', {}],
    [`${tls}&sslrootcert=system`, {}],
    [`sslrootcert=${certificate('authority.crt')}`, { ca: expect.stringMatching(/^-----BEGIN/) }],
  ])('is with %s as it says', (query, ssl) => {
    expect(parse(`postgres://u@h/d?${query}`).config.ssl).toEqual(ssl);
  });

  test('is missed where the host is not this machine and nothing says so', () => {
    expect(warningsOf('postgres://u:p@db.example.com/d')).toEqual([
      'DATABASE_URL has no sslmode: the connection to "db.example.com" is not encrypted; ' +
        'write ?sslmode=verify-full, or ?sslmode=disable in a private network',
    ]);
    for (const host of ['localhost', '127.0.0.1', '[::1]', '%2Fvar%2Frun', 'h'])
      expect(
        warningsOf(`postgres://u:p@${host}/d${host === 'h' ? '?sslmode=disable' : ''}`),
      ).toEqual([]);
  });

  test('without verification is warned of', () => {
    expect(warningsOf('postgres://u@h/d?sslmode=no-verify')).toEqual([
      expect.stringMatching(
        /^DATABASE_URL has sslmode=no-verify: any .*; write sslmode=verify-full/,
      ),
    ]);
  });

  test('is never asked for through a socket, which Postgres does not encrypt', () => {
    const { config, warnings } = parse(`postgres://u:p@/d?host=/cloudsql/x&sslmode=require`);
    expect([config.ssl, warnings]).toEqual([false, []]);
  });
});

describe('is refused with the cause and what to write', () => {
  test.each([
    ['host=h password=canary', 'is in the key=value form; write postgres://user:password@host'],
    ['mysql://root:canary@h/d', 'begins with "mysql:"; write'],
    ['jdbc:postgresql://h/d?password=canary', 'begins with "jdbc:"; write'],
    ['root:canary@h/d', 'is not a URL; write'],
    ['postgres:canary', 'is not a URL; write'],
    ['canary', 'is not a URL; write'],
    ['', 'is not a URL; write'],
    ["psql 'postgres://u:canary@h/d'", 'has quotes or a command around the URL; write'],
    [
      'postgres://u:1canary#2@h/d',
      'unescaped "#" in the user or password; percent-encode it: write %23',
    ],
    ['postgres://u:12#34canary@h/d', 'unescaped "#"'],
    [
      'postgres://u:12/34canary@h/d',
      'unescaped "/" in the user or password; percent-encode it: write %2F',
    ],
    ['postgres://u:c@n/canary@h/d', 'unescaped "/"'],
    [
      'postgres://u:12?34canary@h/d',
      'unescaped "?" in the user or password; percent-encode it: write %3F',
    ],
    ['postgres://u:12?a=canary@h/d', 'unescaped "?"'],
    [
      'postgres://u:canary%ff@h/d',
      '"%" in the password that begins no percent-encoded UTF-8; write %25',
    ],
    ['postgres://u:canary%@h/d', '"%" in the password'],
    ['postgres://u:canary%zz@h/d', '"%" in the password'],
    ['postgres://u%ff:canary@h/d', '"%" in the user'],
    ['postgres://u:canary@h%ff/d', '"%" in the host'],
    ['postgres://u:canary@h/d%ff', '"%" in the database'],
    ['postgres://u:canary@h1,h2/d', 'several hosts'],
    ['postgres://u:canary@h1:1,h2:2/d', 'several hosts'],
    ['postgres://u:canary@/d?host=h1,h2', 'several hosts'],
    [
      'postgres://u:canary@h/d?target_session_attrs=read-write',
      'several hosts or a target_session',
    ],
    [
      'postgres://u:canary@fd12::1/d',
      'write an IPv6 address in brackets, as in postgres://user:password@[::1]:',
    ],
    ['postgres://u:canary@<host>/d', 'has no valid host name'],
    ['postgres://u:canary@h:port/d', 'has no port from 1 to 65535'],
    ['postgres://u:canary@h:99999/d', 'has no port from 1 to 65535'],
    ['postgres://u:canary', 'has no port from 1 to 65535'],
    ['postgres://u:[YOUR-PASSWORD]@h/d', 'placeholder for a password'],
    ['postgres://h/d?password=canary', 'names no user; write postgres://user:password@host'],
    ['postgres://:canary@h/d', 'names no user'],
    ['postgres://u:canary@h/d?sslmode=allow', 'sslmode=allow, which is encrypted only where'],
    ['postgres://u:canary@h/d?sslmode=verify', 'unknown sslmode; write sslmode=verify-full'],
    ['postgres://u:canary@h/d?ssl=canary', 'unknown sslmode; write sslmode=verify-full'],
    ['postgres://u:canary@h/d?sslnegotiation=fast', 'unknown sslnegotiation'],
    ['postgres://u:canary@h/d?sslnegotiation=direct&sslmode=disable', 'which needs TLS'],
    ['postgres://u:canary@h/d?connect_timeout=soon', 'connect_timeout that is no number'],
    [
      `postgres://u:canary@h/d?${tls}&sslrootcert=/no/such.pem`,
      'sslrootcert=/no/such.pem, which cannot be read (/no/such.pem: ENOENT)',
    ],
    [`postgres://u:canary@h/d?${tls}&sslrootcert=ca.pem`, `(${process.cwd()}/ca.pem: ENOENT)`],
    [
      `postgres://u:canary@h/d?${tls}&sslcert=${certificate('client.crt')}`,
      'only one of sslcert and sslkey',
    ],
    [
      `postgres://u:canary@h/d?${tls}&sslrootcert=${certificate('make.sh')}`,
      'make.sh, which is not PEM; name a file in PEM form',
    ],
    [
      `postgres://u:canary@h/d?sslcert=${certificate('server.crt')}&sslkey=${certificate('client.crt')}`,
      'cannot be used together',
    ],
  ])('%s', (url, problem) => {
    expect(problemOf(url)).toContain(problem);
    expect(problemOf(url)).not.toContain('canary');
  });

  test('and never with a stack, whatever it is', () => {
    const pieces = fc.constantFrom(
      ...'postgres :// u : p @ h / d ? # % %ff [ ] , = & \0 é'.split(' '),
    );
    const text = fc.array(pieces, { maxLength: 12 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text, (rest) => {
        expect(problemOf(`postgres://${rest}`)).toMatch(/^(nothing|DATABASE_URL [^;]+; .+)$/s);
      }),
      { numRuns: 3_000 },
    );
  });
});

test.each([
  ['', 10_000],
  ['?connect_timeout=3', 3_000],
  ['?connect_timeout=15', 10_000],
  ['?connect_timeout=0', 10_000],
])('waits for a connection as long as "%s" says, ten seconds at most', (query, ms) => {
  expect(parse(`postgres://u@localhost/d${query}`).connectTimeoutMs).toBe(ms);
});

describe('parameters of other clients', () => {
  test.each([
    'pgbouncer=true&connection_limit=1&schema=public',
    'application_name=x&keepalives=1&client_encoding=utf8&target_session_attrs=any',
    'channel_binding=prefer',
    'options=endpoint%3Dep-cool-darkness-123456',
  ])('do no harm: %s', (query) => {
    expect(warningsOf(`postgres://u@h/d?${tls}&${query}`)).toEqual([]);
  });

  test.each([
    ['channel_binding=require', 'channel_binding=require, which is ignored; remove it'],
    ['schema=canary', 'a schema, which is Prisma’s and ignored; write options=-c%20search_path%3D'],
    ['statement_timeout=30000', 'statement_timeout, which is ignored: the server sets its own'],
    [
      'sslmod=require',
      'the parameter sslmod that is not known, and ignored; did you mean sslmode?',
    ],
    ['uselibpqcompat=true', 'the parameter uselibpqcompat that is not known, and ignored'],
    ['c$nary=1', 'a parameter that is not known'],
  ])('are named where somebody may rely on them: %s', (query, warning) => {
    expect(warningsOf(`postgres://u@h/d?${tls}&${query}`)).toEqual([
      expect.stringContaining(`DATABASE_URL has ${warning}`),
    ]);
    expect(warningsOf(`postgres://u@h/d?${tls}&${query}`).join()).not.toMatch(/c.nary/);
  });
});
