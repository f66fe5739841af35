import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The files of an authority's certificate, and of a server's for "localhost" that it signed. */
export async function createCertificates(folder: string) {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  await openssl(
    ...['req', '-x509', ...key, '-days', '2', '-subj', '/CN=Authority of a test'],
    ...['-keyout', 'authority.key', '-out', 'authority.crt'],
  );
  await openssl(
    ...['req', ...key, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr'],
  );
  await writeFile(file('extensions'), 'subjectAltName = DNS:localhost\n');
  await openssl(
    ...['x509', '-req', '-in', 'server.csr', '-days', '2', '-extfile', 'extensions'],
    ...['-CA', 'authority.crt', '-CAkey', 'authority.key', '-CAcreateserial'],
    ...['-out', 'server.crt'],
  );
  // Postgres refuses a key that others may read.
  await chmod(file('server.key'), 0o600);
  return {
    authority: file('authority.crt'),
    certificate: file('server.crt'),
    key: file('server.key'),
  };
}
