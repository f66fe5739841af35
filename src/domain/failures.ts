import type { LookupError } from './account.ts';

export type Failure = {
  /** The class in the log and in metrics; `42xxx` stands for all other SQLSTATEs of a class. */
  code: string;
  reason: LookupError['reason'];
  /** Postgres refuses the text of the account query, so Postgres's message names the mistake. */
  isAboutQuery: boolean;
  /** The account query fails for a customer's data, and may succeed for all others. */
  isAboutData: boolean;
  /** Null where a retry does not help, or would burden a slow or full database. */
  retry: (typeof retries)[number][0] | null;
  /** What the operator reads: what happened, and what to do. */
  says: string;
  todo: string;
};

/** Where a retry helps, and what is renewed before it. */
const retries = [
  [
    'connection',
    'ECONNRESET EPIPE connection_terminated 08006 57P01 pooler_lost_server query_timeout',
  ],
  ['nothing', '40001'],
  ['statement', '26000 42P05 0A000'],
] as const;

const queryMistakes = '22P05 42P01 42703 42883 3F000 42501 0A000 42xxx'.split(' ');

const dataMistakes = ['21xxx', '22xxx', '22021'];

/** What those of a customer's data mean; Postgres's own words may quote the value. */
const meanings = new Map([
  ['21000', 'a subquery returns more than one row'],
  ['22001', 'a text is too long for its type'],
  ['22003', 'a number is out of range'],
  ['22007', 'a text is no date or time'],
  ['22008', 'a date or time is out of range'],
  ['22012', 'division by zero'],
  ['22P02', 'a text is not of the type that it is cast to'],
]);

const unknownAuthority =
  'DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN ' +
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE';

/**
 * Every failure of a lookup that we know: codes, what happened, what to do. docs/operations.md has
 * the same table. Postgres's own messages may quote values, so these stand for them.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const failures: readonly Failure[] = [
  ...group('unreachable', 'Cannot connect to the database: ', {
    ECONNREFUSED:
      'connection refused. Start Postgres, or correct the host and port in DATABASE_URL.',
    'ENOTFOUND EAI_AGAIN': 'unknown host name. Correct the host in DATABASE_URL, or check the DNS.',
    'connect_timeout ETIMEDOUT EHOSTUNREACH ENETUNREACH':
      'timeout, or no route. Check firewalls and routes to the host and port in DATABASE_URL.',
    ENOENT: 'no such socket. Start Postgres, or correct the path in DATABASE_URL.',
    '57P02 57P03':
      'it is starting, stopping or recovering. Wait. If it stays so, read the log of Postgres.',
    '53300':
      'too many connections. Lower DATABASE_CONNECTIONS, or raise the limit of role or server.',
  }),
  ...group('unreachable', 'The account query was cancelled: ', {
    '57014': 'statement timeout. Run the doctor, which shows the plan; look for locks and load.',
    '55P03': 'lock timeout. Let the migration or transaction that locks the tables end, or end it.',
    '40001':
      'conflict with recovery on a replica. If it is not rare, raise max_standby_streaming_delay.',
  }),
  ...group('unreachable', '', {
    'ECONNRESET EPIPE connection_terminated 08006':
      'The connection to the database was lost. Search the logs of Postgres, pooler and firewall.',
    '57P01': 'The database ended the connection: it stops or restarts. Wait, or start Postgres.',
    pooler_lost_server:
      'PgBouncer lost its connection to Postgres. Check whether Postgres restarted or failed over.',
    pooler_without_server:
      'PgBouncer cannot connect to Postgres. Start Postgres, or correct [databases] in PgBouncer.',
    query_timeout:
      'The database did not answer in time. Check the network, its load, and for a failover.',
    connecting:
      'A connection takes longer than a lookup waits. Wait if the database wakes up; check the network.',
    deadline:
      'The lookup took longer than two seconds. Check the load of the database and of this server.',
    other:
      'The account lookup failed. Look the code up for Postgres or Node; read the log of Postgres.',
  }),
  ...group('busy', '', {
    pooler_exhausted:
      'PgBouncer has no connection free. Raise default_pool_size or max_client_conn in PgBouncer.',
    too_many_lookups:
      'Too many lookups at once. Run the doctor to find a slow query, or start more servers.',
    overload: 'The server has too little CPU time. Give it more CPU, or start more servers.',
  }),
  ...group('misconfigured', 'Cannot connect to the database: ', {
    '28P01': 'password authentication failed. Check the user and password in DATABASE_URL.',
    password_missing:
      'it wants a password. Write postgres://user:password@host:5432/database in DATABASE_URL.',
    '28xxx': 'the user is unknown or not allowed. Check the user in DATABASE_URL, and pg_hba.conf.',
    '3D000': 'it does not exist. Correct the name of the database in DATABASE_URL.',
    tls_required:
      'it refuses unencrypted connections. Add sslmode=verify-full to DATABASE_URL, ' +
      'or allow this host in pg_hba.conf.',
    tls_unsupported:
      'it does not support TLS. ' +
      'Set ssl = on in Postgres, or write sslmode=disable in a private network.',
    [unknownAuthority]:
      'unknown certificate authority. Add sslrootcert=FILE, the certificate of the authority, ' +
      'to DATABASE_URL, or set NODE_EXTRA_CA_CERTS=FILE.',
    CERT_HAS_EXPIRED: 'its certificate has expired. Renew the certificate of Postgres.',
    ERR_TLS_CERT_ALTNAME_INVALID:
      'its certificate is for another host. Use the host name of the certificate in DATABASE_URL.',
    tls: 'TLS failed. Check sslmode, sslrootcert and sslcert in DATABASE_URL, and the certificate.',
  }),
  ...group('misconfigured', 'PgBouncer refuses the ', {
    settings_refused:
      'parameters of DATABASE_URL. Remove them, or name them in its ignore_startup_parameters.',
    pooler_refused:
      'login or TLS. Check DATABASE_URL, and its [databases], auth_file and client_tls_sslmode.',
  }),
  ...group('misconfigured', '', {
    '08P01':
      'Postgres reports a protocol violation. Connect without a pooler, or report it as a bug.',
    version_too_old: 'The PostgreSQL is older than 13. Upgrade it: upstream no longer mends it.',
    contract:
      'The account query does not fulfil its contract. Run the doctor, which names the line.',
    '42501':
      'The database denies permission. ' +
      'As the owner, grant the role connect on the database and select on its tables.',
  }),
  ...group('misconfigured', 'The account query fails for ', {
    '21xxx 22xxx':
      'some customers’ data. Select the value without a cast where the column takes it; ' +
      'make divisions and subqueries hold for every row, as in nullif(x, 0) and limit 1.',
  }),
  ...group('misconfigured', 'The account query failed: ', {
    '25006': 'it writes. Remove the insert, update or delete: it may only read.',
    '26000 42P05':
      'a pooler loses prepared statements. Set max_prepared_statements in PgBouncer 1.21 or later.',
    '22P05':
      'the database cannot store one of its characters. ' +
      'Take characters outside ASCII out of the query, comments included.',
    '22021':
      'a stored text is not valid UTF-8. ' +
      'Correct the text, or restore the database with encoding UTF8.',
    '42P01 42703 42883 3F000':
      'no such table, column, function or schema. Correct the name, or write schema.table. ' +
      'A migration may have renamed or removed it.',
    '0A000':
      'a table changed, or Postgres lacks a feature. Let the migration end, or correct the query.',
    '42xxx': 'it is not valid. Correct the query. A parameter may need its type, as in $2::text.',
  }),
];

/** `begins` is what the rows' first sentences share; the others say what to do. */
function group(
  reason: LookupError['reason'],
  begins: string,
  rows: Readonly<Record<string, string>>,
): Failure[] {
  return Object.entries(rows).flatMap(([codes, words]) => {
    const [said, ...todo] = words.split('. ');
    const text = { says: `${begins}${said}`, todo: todo.join('. ') };
    return codes.split(' ').map((code) => {
      const isAboutQuery = queryMistakes.includes(code);
      const [retry] = retries.find(([, codes]) => codes.split(' ').includes(code)) ?? [null];
      const isAboutData = dataMistakes.includes(code);
      return { code, reason, isAboutQuery, isAboutData, retry, ...text };
    });
  });
}

const byCode = new Map(failures.map((failure) => [failure.code, failure]));

/** OpenSSL and Node have many more codes for certificates and TLS. */
const isAboutTls = /CERT|TLS|SSL|UNABLE_TO_VERIFY|EPROTO/;

/** What is known of a failure of that code or class. Its own code is one of a closed set. */
export function failureOf(code: string): Failure {
  const ofItsClass = code.length === 5 ? byCode.get(`${code.slice(0, 2)}xxx`) : undefined;
  const family = isAboutTls.test(code) ? 'tls' : 'other';
  return byCode.get(code) ?? ofItsClass ?? (byCode.get(family) as Failure);
}

/** What an operator reads of a failure, and what to do. */
export function whyUnreachable(code: string): { says: string; todo: string } {
  const { says, todo } = failureOf(code);
  const meaning = meanings.get(code);
  return { says: `${says}${meaning === undefined ? '' : `: ${meaning}`} (${code})`, todo };
}
