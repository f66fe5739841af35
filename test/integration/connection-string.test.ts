import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectTo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, inject, onTestFinished, test, vi } from 'vitest';
import { whyUnreachable } from '../../src/domain/failures.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { checkTls, encryptionOf } from '../../src/kit/doctor/database.ts';
import { openPlainSession } from '../../src/kit/doctor/plain-session.ts';
import { parseDatabaseUrl } from '../../src/postgres/connection-string.ts';
import { createConnections } from '../../src/postgres/connections.ts';
import { failureClass } from '../../src/postgres/failure-code.ts';
import { memoryLog } from '../examples.ts';
import { certificateFile, openTlsPostgres } from '../tls-postgres.ts';

let postgres: Awaited<ReturnType<typeof openTlsPostgres>>;
beforeAll(async () => {
  postgres = await openTlsPostgres();
  return postgres.close;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await postgres.present('server.crt');
});

const authority = `sslrootcert=${certificateFile('authority.crt')}`;
const withQuery = (query: string, change = {}) => {
  const url = Object.assign(new URL(postgres.url), change);
  return `${url.href}?${query}`;
};

/** How such a connection is encrypted as the doctor and as Postgres sees it, or why there is none. */
async function connect(url: string) {
  try {
    const client = await openPlainSession(url);
    const { rows } = await client.query(
      'select version, client_dn as dn from pg_stat_ssl where pid = pg_backend_pid()',
    );
    const { says } = checkTls({ ...encryptionOf(client), host: 'db.example.com' });
    await client.end();
    return { says, ...rows[0] };
  } catch (error) {
    const { says, todo } = whyUnreachable(failureClass(error));
    return `${says}. ${todo}`;
  }
}

/** The server takes a new certificate a moment after it was told. */
async function presenting(...names: string[]) {
  await postgres.present(...names);
  await wait(300);
}

const verified = {
  says: 'TLSv1.3; the certificate and its host name are verified',
  version: 'TLSv1.3',
};

describe('a server that demands TLS', () => {
  test.each(['prefer', 'require', 'verify-ca', 'verify-full'])(
    'is verified with sslmode=%s, without a warning of pg',
    async (mode) => {
      const warned: unknown[] = [];
      const listener = (warning: unknown) => warned.push(warning);
      process.on('warning', listener);
      expect(await connect(withQuery(`sslmode=${mode}&${authority}`))).toMatchObject(verified);
      await wait(1);
      process.off('warning', listener);
      expect(warned).toEqual([]);
    },
  );

  test.each(['localhost', '127.0.0.1'])('is verified as %s, and at once', async (hostname) => {
    const query = `sslnegotiation=direct&${authority}`;
    expect(await connect(withQuery(query, { hostname }))).toMatchObject(verified);
  });

  test('is encrypted but not verified with no-verify, which the doctor says', async () => {
    expect(await connect(withQuery('sslmode=no-verify'))).toMatchObject({
      says: 'TLSv1.3, but any certificate is accepted for "db.example.com"',
    });
  });

  test('takes PGSSLMODE where the URL says nothing, as on Heroku', async () => {
    await presenting('only-for-tests.crt');
    vi.stubEnv('PGSSLMODE', 'no-verify');
    expect(await connect(postgres.url)).toMatchObject({ version: 'TLSv1.3' });
    vi.stubEnv('PGSSLMODE', 'verify-full');
    expect(await connect(postgres.url)).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT/);
  });

  test.each(['', 'sslmode=disable'])('refuses "%s", with the sslmode to add', async (query) => {
    expect(await connect(withQuery(query))).toBe(
      'Cannot connect to the database: it refuses unencrypted connections (tls_required). ' +
        'Add sslmode=verify-full to DATABASE_URL, or allow this host in pg_hba.conf.',
    );
  });

  test('says which sort of password is missing', async () => {
    expect(await connect(withQuery(authority, { password: '' }))).toMatch(
      /it wants a password \(password_missing\). Write postgres:\/\/user:password@host/,
    );
  });
});

describe('a certificate that is not trusted is named, with the remedy', () => {
  const ofAuthority =
    /unknown certificate authority \((.*)\)\. Add sslrootcert=FILE.*NODE_EXTRA_CA_CERTS/;

  test.each([
    [['server.crt'], 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [['server.crt', 'authority.crt'], 'SELF_SIGNED_CERT_IN_CHAIN'],
    [['only-for-tests.crt'], 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('when its authority is unknown: %j', async (names, code) => {
    await presenting(...names);
    for (const query of ['sslmode=verify-full', 'sslmode=require', 'sslrootcert=system']) {
      const all = `${query}&sslmode=verify-full`;
      expect(ofAuthority.exec(`${await connect(withQuery(all))}`)?.[1]).toBe(code);
    }
  });

  test('when it has expired', async () => {
    await presenting('expired.crt');
    expect(await connect(withQuery(authority))).toMatch(
      /its certificate has expired \(CERT_HAS_EXPIRED\)/,
    );
  });

  test('when it is for another host', async () => {
    await presenting('other-host.crt');
    expect(await connect(withQuery(authority))).toMatch(
      /its certificate is for another host \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    );
  });

  test('and is trusted with NODE_EXTRA_CA_CERTS, with nothing on standard error', async () => {
    const script = `
      const { openPlainSession } = await import('./dist/kit/doctor/plain-session.js');
      const client = await openPlainSession(process.env.DATABASE_URL);
      console.log((await client.query('select 1 as one')).rows[0].one);
      await client.end();`;
    const env = {
      PATH: process.env['PATH'],
      DATABASE_URL: withQuery('sslmode=require&sslrootcert=system'),
      NODE_EXTRA_CA_CERTS: certificateFile('authority.crt'),
    };
    const args = ['--input-type=module', '--eval', script];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
    expect([stdout, stderr]).toEqual(['1\n', '']);
  });
});

describe('the parameters of the URL', () => {
  const shown = ['default_transaction_read_only', 'statement_timeout', 'lock_timeout'];
  const settingsOf = async (query: string) => {
    const pool = createConnections(withQuery(`${authority}&${query}`), memoryLog(), 1);
    try {
      const names = [...shown, 'application_name', 'search_path'];
      const sql = `select ${names.map((name) => `current_setting('${name}') as ${name}`)}, pg_sleep(0.05)`;
      const { rows } = await pool.check((client) => client.query(sql));
      return Object.values(rows[0]).slice(0, names.length);
    } finally {
      await pool.end();
    }
  };
  const ours = ['on', '600ms', '250ms', 'helpscout-sidebar'];

  test('take nothing of ours away', async () => {
    const options = '-c default_transaction_read_only=off -c statement_timeout=0';
    const query =
      `options=${encodeURIComponent(options)}&statement_timeout=30000&lock_timeout=30000` +
      '&application_name=theirs&query_timeout=1';
    expect(await settingsOf(query)).toEqual([...ours, '"$user", public']);
  });

  test('keep their own options beside ours', async () => {
    expect(await settingsOf('options=-c%20search_path%3Dapp')).toEqual([...ours, 'app']);
    const client = await openPlainSession(withQuery(`${authority}&options=-c%20search_path%3Dapp`));
    const { rows } = await client.query('show search_path');
    await client.end();
    expect(rows).toEqual([{ search_path: 'app' }]);
  });
});

describe('a server is reached', () => {
  const reached = async (url: string) => {
    const client = await openPlainSession(url);
    await client.end();
    return [client.host, client.user];
  };

  test('through a socket, with sslmode, which says nothing about sockets', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'socket-'));
    const { port, username, password } = new URL(postgres.url);
    const proxy = createServer((client) => {
      client.pipe(connectTo(Number(port), '127.0.0.1')).pipe(client);
    });
    await once(proxy.listen(join(folder, '.s.PGSQL.5432')), 'listening');
    onTestFinished(async () => {
      proxy.close();
      await rm(folder, { recursive: true });
    });
    const from = `postgres://${username}:${password}@`;
    const database = '/demo_without_tls';
    for (const place of [
      `${database}?host=${folder}&sslmode=require`,
      `${encodeURIComponent(folder)}${database}`,
      `localhost:5432${database}?host=${folder}`,
    ])
      expect(await reached(`${from}${place}`)).toEqual([folder, 'postgres']);
  });

  test('with a password of special characters, encoded', async () => {
    const password = 'p@/?#%:x é';
    await runSql(withQuery(authority), `create role special login password '${password}'`);
    const { port } = new URL(postgres.url);
    const url = `postgres://special:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
    expect(await reached(`${url}?${authority}`)).toEqual(['127.0.0.1', 'special']);
  });
});

test.each(['prefer', 'require', 'verify-full'])(
  'a server without TLS gets no password with sslmode=%s',
  async (mode) => {
    expect(await connect(`${inject('postgresUrl')}?sslmode=${mode}`)).toBe(
      'Cannot connect to the database: it does not support TLS (tls_unsupported). ' +
        'Set ssl = on in Postgres, or write sslmode=disable in a private network.',
    );
  },
);

test('without sslmode nothing is encrypted, which needs no warning on this machine', async () => {
  const change = { pathname: '/demo_without_tls' };
  expect(await connect(withQuery('', change))).toMatchObject({ version: null });
  expect(parseDatabaseUrl(withQuery('', change)).warnings).toEqual([]);
});

test('a server that asks for it accepts a certificate in place of a password', async () => {
  await postgres.acceptCertificates();
  await wait(300);
  const folder = await mkdtemp(join(tmpdir(), 'key-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const key = createPrivateKey(await readFile(certificateFile('only-for-tests.key')));
  const encryption = { cipher: 'aes-256-cbc', passphrase: 'canary' };
  const encrypted = key.export({ type: 'pkcs8', format: 'pem', ...encryption });
  await writeFile(join(folder, 'encrypted.key'), encrypted);
  const client = `${authority}&sslcert=${certificateFile('client.crt')}&sslkey=`;
  const change = { username: 'with_certificate', password: '' };
  for (const keyFile of [
    certificateFile('only-for-tests.key'),
    `${join(folder, 'encrypted.key')}&sslpassword=canary`,
  ])
    expect(await connect(withQuery(client + keyFile, change))).toMatchObject({
      ...verified,
      dn: '/CN=with_certificate',
    });
});
