/**
 * Why the database cannot be asked, and what to do. Postgres's own messages may quote, so the code
 * that `failureClass` gives stands for them.
 */
export function whyUnreachable(failure: string): { says: string; todo: string } {
  return {
    says: `DATABASE_URL leads to no database that answers (${failure})`,
    todo:
      remedies.find(([code]) => code.test(failure))?.[1] ??
      'compare DATABASE_URL with what psql takes, and look into the log of the database',
  };
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'start the database, or correct the host and the port in DATABASE_URL'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'correct the host in DATABASE_URL: it has no address'],
  [
    /^(connect_timeout|ETIMEDOUT|EHOSTUNREACH|query_timeout)$/,
    'let this machine through to the host and the port in DATABASE_URL: look at firewalls',
  ],
  [/^28/, 'correct the role and the password in DATABASE_URL, and look into pg_hba.conf'],
  [/^3D000$/, 'correct the name of the database in DATABASE_URL'],
  [/^42501$/, 'grant connect on the database to the role of DATABASE_URL, as its owner'],
  [/^53300$/, 'wait, or raise the connection limit of the role or the server'],
  [/^ENOENT$/, 'correct the file that sslrootcert, sslcert or sslkey names in DATABASE_URL'],
  [
    /^08P01$/,
    'let PgBouncer pass over what it does not know: ignore_startup_parameters = statement_timeout,lock_timeout,options',
  ],
  [
    /CERT|TLS|SSL|UNABLE_TO_VERIFY|tls_or_password/,
    'name a password, and the right certificate: sslmode=verify-full&sslrootcert=FILE with the certificate of your host',
  ],
];
