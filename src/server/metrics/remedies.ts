import type { lookupFailures } from './classes.ts';

const noWay =
  'there is no way to it: see to the network, its firewall and the host in DATABASE_URL.';
const noName = 'its name is not known: correct the host in DATABASE_URL, or see to the DNS.';
const stopping = 'it is being stopped or restarted: wait, or start it.';
const slow = 'it takes connections, but does not answer in time: see what it does, and its locks.';
const cut = 'something ends the connections: Postgres itself, or a pooler or firewall on the way.';
const credentials = 'it refuses the role or the password: correct them in DATABASE_URL.';
const changed = 'tables, columns or privileges differ from the account query: did a migration run?';

/** What a class of failed lookups says of the database, and what to do. */
export const remedies: Readonly<Partial<Record<(typeof lookupFailures)[number], string>>> = {
  ECONNREFUSED: 'nothing listens there: start Postgres, or correct host and port in DATABASE_URL.',
  ECONNRESET: cut,
  EPIPE: cut,
  connection_terminated: cut,
  EHOSTUNREACH: noWay,
  ENETUNREACH: noWay,
  ETIMEDOUT: noWay,
  connect_timeout: noWay,
  ENOTFOUND: noName,
  EAI_AGAIN: noName,
  query_timeout: slow,
  '57014': slow,
  '55P03': 'somebody holds a lock on the tables, mostly a migration: let it end, or end it.',
  tls_or_password:
    'its TLS or password does not fit: look at sslmode and the password in DATABASE_URL.',
  '28000': credentials,
  '28P01': credentials,
  '3D000': 'there is no such database: correct its name in DATABASE_URL.',
  '25006': 'the account query writes, and may only read.',
  '42501': changed,
  '42703': changed,
  '42883': changed,
  '42P01': changed,
  contract: changed,
  '53300': 'it has no connection free: lower DATABASE_CONNECTIONS, or raise max_connections.',
  '57P01': stopping,
  '57P02': stopping,
  '57P03': 'it is starting or stopping: wait; if it stays so, read its own log.',
};
