import { describe, expect, test } from 'vitest';
import { LookupError } from '../../src/domain/account.ts';
import { failureClass, toLookupError } from '../../src/postgres/failure-code.ts';

const withCode = (code: string) => Object.assign(new Error('of jane@example.com'), { code });

describe('waiting may help when', () => {
  test.each([
    ['nothing listens', 'ECONNREFUSED'],
    ['the connection is reset', 'ECONNRESET'],
    ['the pipe is broken', 'EPIPE'],
    ['the name is not resolved', 'ENOTFOUND'],
    ['the resolver is away', 'EAI_AGAIN'],
    ['the network swallows packets', 'ETIMEDOUT'],
    ['the database shuts down', '57P01'],
    ['the database crashed', '57P02'],
    ['the database starts up', '57P03'],
    ['the statement took too long', '57014'],
    ['the table is locked', '55P03'],
    ['there are too many connections', '53300'],
    ['a standby cancels the query', '40001'],
    ['the connection fails', '08006'],
  ])('%s (%s)', (_, code) => {
    expect(toLookupError(withCode(code))).toMatchObject({ reason: 'unreachable', class: code });
  });

  test.each([
    ['Connection terminated due to connection timeout', 'connect_timeout'],
    ['Connection terminated unexpectedly', 'connection_terminated'],
    ['Connection terminated', 'connection_terminated'],
    ['Query read timeout', 'query_timeout'],
  ])('pg says "%s"', (message, failure) => {
    expect(toLookupError(new Error(message))).toMatchObject({
      reason: 'unreachable',
      class: failure,
    });
  });
});

describe('an admin is needed when', () => {
  test.each([
    ['a table is gone', '42P01'],
    ['a column is gone', '42703'],
    ['the query has a mistake', '42601'],
    ['the role may not read', '42501'],
    ['the query writes', '25006'],
    ['a subquery gives two rows', '21000'],
    ['a text is no number', '22P02'],
    ['something is divided by zero', '22012'],
    ['the password is wrong', '28P01'],
    ['the role does not exist', '28000'],
    ['the database does not exist', '3D000'],
    ['the schema does not exist', '3F000'],
    ['the certificate is self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['the certificate’s issuer is unknown', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['the certificate has expired', 'CERT_HAS_EXPIRED'],
    ['the certificate is another host’s', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('%s (%s)', (_, code) => {
    expect(toLookupError(withCode(code))).toMatchObject({ reason: 'misconfigured', class: code });
  });

  test.each([
    ['The server does not support SSL connections', 'tls_unsupported'],
    ['There was an error establishing an SSL connection', 'tls'],
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'password_missing'],
  ])('pg says "%s"', (message, failure) => {
    expect(toLookupError(new Error(message))).toMatchObject({
      reason: 'misconfigured',
      class: failure,
    });
  });
});

test.each([
  ['28000', 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption'],
  ['28000', 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", SSL off'],
  ['08P01', 'SSL required'],
])('a server that wants TLS is recognised (%s, "%s")', (code, message) => {
  expect(failureClass(Object.assign(new Error(message), { code }))).toBe('tls_required');
});

test('a value that speaks of encryption is no failure of TLS', () => {
  const error = Object.assign(new Error('invalid: "no encryption"'), { code: '22P02' });
  expect(failureClass(error)).toBe('22P02');
});

describe('what PgBouncer says itself, under one code,', () => {
  const said = (message: string, routine?: string) =>
    toLookupError(Object.assign(new Error(message), { code: '08P01', routine }));

  test.each([
    ['query_wait_timeout', 'busy', 'pooler_exhausted'],
    ['no more connections allowed (max_client_conn)', 'busy', 'pooler_exhausted'],
    ['server conn crashed?', 'unreachable', 'pooler_lost_server'],
    [
      'server login has been failing, try again later (server_login_retry)',
      'unreachable',
      'pooler_without_server',
    ],
    ['client_login_timeout (server down)', 'unreachable', 'pooler_without_server'],
    ['the database system is starting up', 'unreachable', 'pooler_without_server'],
    ['a word of a later version', 'unreachable', 'pooler_without_server'],
    ['unsupported startup parameter: statement_timeout', 'misconfigured', 'settings_refused'],
    ['unsupported startup parameter in options: lock_timeout', 'misconfigured', 'settings_refused'],
    ['no such user: sidebar', 'misconfigured', 'pooler_refused'],
    ['no such database: app', 'misconfigured', 'pooler_refused'],
    ['SASL authentication failed', 'misconfigured', 'pooler_refused'],
    ['password authentication failed', 'misconfigured', 'pooler_refused'],
  ])('"%s" is %s', (message, reason, failure) => {
    expect(said(message)).toMatchObject({ reason, class: failure });
  });

  test('is told from what Postgres says under it', () => {
    expect(said('bind message supplies 0 parameters', 'exec_bind_message')).toMatchObject({
      reason: 'misconfigured',
      class: '08P01',
    });
  });
});

test('takes a code of another length for another code', () => {
  for (const code of ['42', '4200', '420000', 'X42000', '142P01'])
    expect(toLookupError(withCode(code)).reason).toBe('unreachable');
});

test.each([
  ['an error without a code', new RangeError('of jane@example.com'), 'RangeError'],
  ['an error with a number for a code', Object.assign(new Error(), { code: 42 }), 'Error'],
  ['a text', 'of jane@example.com', 'unknown'],
  ['nothing', undefined, 'unknown'],
  ['null', null, 'unknown'],
])('has a class for %s', (_, thrown, failure) => {
  expect(failureClass(thrown)).toBe(failure);
  expect(toLookupError(thrown).reason).toBe('unreachable');
});

test('keeps a failure that has its class already', () => {
  const error = new LookupError('misconfigured', 'version_too_old', {});
  expect(failureClass(error)).toBe('version_too_old');
  expect(toLookupError(error)).toBe(error);
});

test('keeps what was thrown, and repeats nothing of its message', () => {
  const thrown = withCode('22P02');
  const error = toLookupError(thrown);
  expect(error).toBeInstanceOf(LookupError);
  expect(error).toMatchObject({ name: 'LookupError', cause: thrown });
  expect(error.message).toBe('The account lookup failed: 22P02');
  expect(toLookupError(new Error('of jane@example.com')).message).not.toContain('jane');
});
