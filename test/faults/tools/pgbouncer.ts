import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from '../../../src/kit/demo/embedded-postgres.ts';
import { startProgram } from './program.ts';

export type Bouncer = { url: string; stop: () => Promise<void> };

/** Where Debian puts it is not on everybody's PATH. */
export const pgbouncer = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'];

/** Of what it printed. */
const mostShown = 2_000;

const plain = '[databases]\n* =\n[pgbouncer]\nunix_socket_dir =\nauth_type = scram-sha-256\n';

/**
 * A PgBouncer before that database, as Debian configures it or as `ini` says, but for `settings` and
 * where it lies. `users` are more than the one of the database's address, with their passwords.
 */
export async function startPgbouncer(
  program: string,
  databaseUrl: string,
  settings: Record<string, string>,
  ini = plain,
  users: Record<string, string> = {},
): Promise<Bouncer & { printed: { text: string } }> {
  const { hostname, port: postgresPort, username, password, pathname } = new URL(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  await chmod(folder, 0o755);
  const port = settings['listen_port'] ?? String(await freePort());
  const all = {
    '*': `host=${hostname} port=${postgresPort}`,
    listen_addr: '127.0.0.1',
    listen_port: port,
    auth_file: join(folder, 'users'),
    ...settings,
  };
  const passwords = Object.entries({ ...users, [username]: password });
  const lines = passwords.map(([name, secret]) => `"${name}" "${secret}"\n`);
  await writeFile(join(folder, 'users'), lines.join(''));
  await writeFile(join(folder, 'ini'), withSettings(ini, all));

  const removal = `rm -rf '${folder}'`;
  const running = await startProgram([program, join(folder, 'ini')], removal);
  const stop = async () => {
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const url = `postgres://${username}:${password}@127.0.0.1:${port}${pathname}`;
  try {
    await untilItAnswers(url);
  } catch (error) {
    await stop();
    const said = running.printed.text.slice(-mostShown);
    throw new Error(`PgBouncer does not answer: ${said}`, { cause: error });
  }
  return { url, printed: running.printed, stop };
}

/** Each in place of the line that sets the same, or at the end. */
function withSettings(ini: string, settings: Record<string, string>): string {
  return Object.entries(settings).reduce((text, [key, value]) => {
    const line = `${key} = ${value}`;
    const lines = text.split('\n');
    const at = lines.findIndex((one) => one.startsWith(`${key} =`));
    return at === -1 ? `${text}${line}\n` : lines.with(at, line).join('\n');
  }, ini);
}

/** Waits until a connection there succeeds. */
export async function untilItAnswers(url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const client = new pg.Client(url);
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (attempt === 50) throw error;
      await wait(100);
    }
  }
}
