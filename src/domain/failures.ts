import type { LookupError } from './account.ts';

/** What may be replaced before the one retry that helps. */
export type Retry = 'nothing' | 'pool' | 'settings' | 'statement';

export type Failure = {
  /** The class in the log and in metrics; `42xxx` stands for all other SQLSTATEs of a class. */
  code: string;
  reason: LookupError['reason'];
  /** Postgres refuses the text of the account query, so Postgres's message names the mistake. */
  isAboutQuery: boolean;
  /** Null where a retry does not help, or a slow or full database has enough to do. */
  retry: Retry | null;
  /** What the operator reads: what happened, and what to do. */
  says: string;
  todo: string;
};

type Row = { codes: string; says: string; todo: string; retry?: Retry };

/**
 * Every failure of a lookup that we know. docs/operations.md has the same table. Postgres's own
 * messages may quote values, so these stand for them.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const table: Readonly<Record<LookupError['reason'] | 'query', readonly Row[]>> = {
  unreachable: [
    {
      codes: 'ECONNREFUSED',
      says: 'Cannot connect to the database: connection refused',
      todo: 'Start Postgres, or correct the host and port in DATABASE_URL.',
    },
    {
      codes: 'ENOTFOUND EAI_AGAIN',
      says: 'Cannot connect to the database: unknown host name',
      todo: 'Correct the host in DATABASE_URL, or check the DNS.',
    },
    {
      codes: 'connect_timeout ETIMEDOUT EHOSTUNREACH ENETUNREACH',
      says: 'Cannot connect to the database: timeout, or no route to the host',
      todo: 'Check firewalls and routes to the host and port in DATABASE_URL.',
    },
    {
      codes: 'ENOENT',
      says: 'Cannot connect to the database: no such socket or certificate file',
      todo: 'Start Postgres, or correct the path or sslrootcert=FILE in DATABASE_URL.',
    },
    {
      codes: 'ECONNRESET EPIPE connection_terminated',
      retry: 'nothing',
      says: 'The connection to the database was lost',
      todo: 'Search the logs of Postgres and of a pooler or firewall in between for why.',
    },
    {
      codes: '57P01',
      retry: 'nothing',
      says: 'The database ended the connection: it stops or restarts',
      todo: 'Wait, or start Postgres.',
    },
    {
      codes: '57P02 57P03',
      says: 'Cannot connect to the database: it is starting, stopping or recovering from a crash',
      todo: 'Wait. If it stays so, read the log of Postgres.',
    },
    {
      codes: '53300',
      says: 'Cannot connect to the database: too many connections',
      todo: 'Lower DATABASE_CONNECTIONS, or raise the connection limit of the role or the server.',
    },
    {
      codes: 'pooler_lost_server',
      retry: 'nothing',
      says: 'PgBouncer lost its connection to Postgres',
      todo: 'Check whether Postgres restarted or failed over.',
    },
    {
      codes: 'pooler_without_server',
      says: 'PgBouncer cannot connect to Postgres',
      todo: 'Start Postgres, or correct host, user and password in the [databases] of PgBouncer.',
    },
    {
      codes: 'query_timeout',
      retry: 'pool',
      says: 'The database did not answer within 800 ms',
      todo: 'Check the network, and whether the database failed over, is frozen or overloaded.',
    },
    {
      codes: 'deadline',
      says: 'The lookup took longer than its two seconds',
      todo: 'Check the latency and the load of the database and of this server.',
    },
    {
      codes: '57014',
      says: 'The account query was cancelled: statement timeout',
      todo: 'Run the doctor, which shows the plan; look for locks and load on the database.',
    },
    {
      codes: '55P03',
      says: 'The account query was cancelled: lock timeout',
      todo: 'Let the migration or transaction that locks the tables end, or end it.',
    },
    {
      codes: '40001',
      retry: 'nothing',
      says: 'The account query was cancelled by a conflict with recovery on a replica',
      todo: 'Nothing, if it is rare. Otherwise raise max_standby_streaming_delay on the replica.',
    },
    {
      codes: 'other',
      says: 'The account lookup failed',
      todo: 'Look the code up for Postgres or Node, and read the log of Postgres.',
    },
  ],
  busy: [
    {
      codes: 'pool_exhausted',
      says: 'No database connection became free in time',
      todo: 'Run the doctor to find a slow query, or raise DATABASE_CONNECTIONS.',
    },
    {
      codes: 'pooler_exhausted',
      says: 'PgBouncer has no connection free',
      todo: 'Raise default_pool_size or max_client_conn in PgBouncer.',
    },
    {
      codes: 'too_many_lookups',
      says: 'Too many lookups at once',
      todo: 'Run the doctor to find a slow query, or start more servers.',
    },
    {
      codes: 'overload',
      says: 'The server has too little CPU time',
      todo: 'Give it more CPU, or start more servers.',
    },
  ],
  misconfigured: [
    {
      codes: '28P01 password_missing',
      says: 'Cannot connect to the database: password authentication failed',
      todo: 'Check the user and password in DATABASE_URL.',
    },
    {
      codes: '28xxx',
      says: 'Cannot connect to the database: the user is unknown or not allowed',
      todo: 'Check the user in DATABASE_URL, and pg_hba.conf.',
    },
    {
      codes: '3D000',
      says: 'Cannot connect to the database: it does not exist',
      todo: 'Correct the name of the database in DATABASE_URL.',
    },
    {
      codes: 'tls_unsupported',
      says: 'Cannot connect to the database: it does not support TLS',
      todo: 'Set ssl = on in Postgres, or remove sslmode where the network is private.',
    },
    {
      codes:
        'DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN ' +
        'UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      says: 'Cannot connect to the database: unknown certificate authority',
      todo: 'Add sslmode=verify-full&sslrootcert=FILE with the certificate of your host.',
    },
    {
      codes: 'CERT_HAS_EXPIRED',
      says: 'Cannot connect to the database: its certificate has expired',
      todo: 'Renew the certificate of Postgres.',
    },
    {
      codes: 'ERR_TLS_CERT_ALTNAME_INVALID',
      says: 'Cannot connect to the database: its certificate is for another host name',
      todo: 'Use the host name of the certificate in DATABASE_URL.',
    },
    {
      codes: 'tls',
      says: 'Cannot connect to the database: TLS failed',
      todo: 'Check sslmode and sslrootcert in DATABASE_URL, and the certificate of Postgres.',
    },
    {
      codes: 'settings_refused',
      retry: 'settings',
      says: 'PgBouncer refuses the session settings',
      todo: 'Set ignore_startup_parameters = statement_timeout,lock_timeout,options in PgBouncer.',
    },
    {
      codes: 'pooler_refused',
      says: 'PgBouncer refuses the user, password, database or TLS',
      todo: 'Check DATABASE_URL, and [databases], auth_file and client_tls_sslmode in PgBouncer.',
    },
    {
      codes: '08P01',
      says: 'Postgres reports a protocol violation',
      todo: 'Connect without the proxy or pooler in between; if it stays so, report it as a bug.',
    },
    {
      codes: 'contract',
      says: 'The account query does not fulfil its contract',
      todo: 'Run the doctor, which names the line. A migration may have changed tables.',
    },
    {
      codes: '25006',
      says: 'The account query failed: it writes',
      todo: 'Remove the insert, update or delete: it may only read.',
    },
    {
      codes: '26000 42P05',
      retry: 'statement',
      says: 'The account query failed: a pooler loses prepared statements',
      todo: 'Set max_prepared_statements in PgBouncer 1.21 or later, or use session pooling.',
    },
    {
      codes: '21xxx 22xxx',
      says: 'The account query failed: a value cannot be computed',
      todo: 'Correct casts, divisions and subqueries, so that they hold for every row.',
    },
  ],
  query: [
    {
      codes: '42P01 42703 42883 3F000',
      says: 'The account query failed: no such table, column, function or schema',
      todo: 'Correct the name, or write schema.table. A migration may have renamed or removed it.',
    },
    {
      codes: '42501',
      says: 'The database denies permission',
      todo: 'As the owner, grant the role connect on the database and select on its tables.',
    },
    {
      codes: '0A000',
      retry: 'statement',
      says: 'The account query failed: a table changed, or Postgres lacks a feature',
      todo: 'Let the migration end. If it stays so, correct the query.',
    },
    {
      codes: '42xxx',
      says: 'The account query failed: it is not valid',
      todo: 'Correct the query. A parameter may need its type, as in $2::text.',
    },
  ],
};

export const failures: readonly Failure[] = Object.entries(table).flatMap(([group, rows]) =>
  rows.flatMap(({ codes, retry = null, says, todo }) => {
    const reason = group === 'query' ? 'misconfigured' : (group as LookupError['reason']);
    const isAboutQuery = group === 'query';
    return codes.split(' ').map((code) => ({ code, reason, isAboutQuery, retry, says, todo }));
  }),
);

const byCode = new Map(failures.map((failure) => [failure.code, failure]));

/** OpenSSL and Node have many more codes for certificates and TLS. */
const isAboutTls = /CERT|TLS|SSL|UNABLE_TO_VERIFY/;

/** What is known of a failure of that code or class. Its own code is one of a closed set. */
export function failureOf(code: string): Failure {
  const ofItsClass = code.length === 5 ? byCode.get(`${code.slice(0, 2)}xxx`) : undefined;
  const family = isAboutTls.test(code) ? 'tls' : 'other';
  return byCode.get(code) ?? ofItsClass ?? (byCode.get(family) as Failure);
}

/** What an operator reads of a failure, and what to do. */
export function whyUnreachable(code: string): { says: string; todo: string } {
  const { says, todo } = failureOf(code);
  return { says: `${says} (${code})`, todo };
}
