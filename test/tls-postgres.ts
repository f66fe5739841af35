import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPostgres } from '../src/kit/demo/embedded-postgres.ts';

/** A file of test/certificate, which make.sh there makes. */
export const certificateFile = (name: string) =>
  fileURLToPath(new URL(`certificate/${name}`, import.meta.url));

/** A connection that is not encrypted finds no line but the last. */
const hba = `
hostssl all all 127.0.0.1/32 scram-sha-256
host demo_without_tls all 127.0.0.1/32 scram-sha-256
`;

/** A server of this test file's own that demands TLS but for the database "demo_without_tls". */
export async function openTlsPostgres() {
  const postgres = await openPostgres(`tls-${process.pid}`, () => {});
  const cluster = join(postgres.home, 'cluster');
  const { uid, gid } = await fs.stat(cluster);
  const write = async (name: string, text: string) => {
    const path = join(cluster, name);
    await fs.writeFile(path, text, { mode: 0o600 });
    await fs.chown(path, uid, gid);
  };
  const read = (name: string) => fs.readFile(certificateFile(name), 'utf8');

  /** What new connections are shown: the server's certificate, then those of its authorities. */
  const present = async (...names: string[]) => {
    const chain = await Promise.all(names.map(read));
    await write('server.crt', chain.join(''));
    await postgres.admin.query('select pg_reload_conf()');
  };
  /** Lets "with_certificate" in by a certificate. Postgres then shows their authority, too. */
  const acceptCertificates = async () => {
    await write('root.crt', await read('authority.crt'));
    await postgres.admin.query("alter system set ssl_ca_file = 'root.crt'");
    await write('pg_hba.conf', `hostssl all with_certificate 127.0.0.1/32 cert\n${hba}`);
    await postgres.admin.query('select pg_reload_conf()');
  };
  await write('server.key', await read('only-for-tests.key'));
  await write('server.crt', await read('server.crt'));
  await postgres.admin.query('create database demo_without_tls');
  await postgres.admin.query('create role with_certificate login');
  await write('pg_hba.conf', hba);
  await postgres.admin.query('alter system set ssl = on');
  await postgres.admin.query('select pg_reload_conf()');
  const close = async () => {
    await postgres.close();
    await fs.rm(postgres.home, { recursive: true });
  };
  return { close, present, acceptCertificates, url: postgres.url('postgres', 'postgres') };
}
