import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../../src/kit/demo/embedded-postgres.ts';
import { type Bouncer, untilItAnswers } from '../../faults/tools/pgbouncer.ts';
import { startProgram } from '../../faults/tools/program.ts';

/** Where Debian puts it. */
export const pgpool = ['/usr/sbin/pgpool', '/usr/local/sbin/pgpool'];

/** A pgpool-II before these Postgres, the primary first; the address is the primary's. */
export async function startPgpool(
  program: string,
  databaseUrl: string,
  ports: readonly number[],
): Promise<Bouncer> {
  const { username, password, pathname } = new URL(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'pgpool-'));
  await chmod(folder, 0o777);
  const [port, pcpPort] = [await freePort(), await freePort()];
  const settings = {
    backend_clustering_mode: 'streaming_replication',
    listen_addresses: '127.0.0.1',
    port,
    pcp_listen_addresses: '',
    pcp_port: pcpPort,
    socket_dir: folder,
    pcp_socket_dir: folder,
    wd_ipc_socket_dir: folder,
    pid_file_name: join(folder, 'pid'),
    logdir: folder,
    work_dir: folder,
    num_init_children: 12,
    enable_pool_hba: 'on',
    pool_passwd: 'pool_passwd',
    // Whoever asks decides when to give up: a backend that restarts stays one of them.
    failover_on_backend_error: 'off',
    failover_on_backend_shutdown: 'off',
    sr_check_period: 0,
    ...Object.assign(
      {},
      ...ports.map((backend, i) => ({
        [`backend_hostname${i}`]: '127.0.0.1',
        [`backend_port${i}`]: backend,
        [`backend_weight${i}`]: 1,
        [`backend_flag${i}`]: i === 0 ? 'ALWAYS_PRIMARY' : 'DISALLOW_TO_FAILOVER',
      })),
    ),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = '${value}'\n`);
  await writeFile(join(folder, 'pgpool.conf'), lines.join(''));
  await writeFile(join(folder, 'pool_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
  await writeFile(join(folder, 'pool_passwd'), `${username}:TEXT${password}\n`);
  await writeFile(join(folder, 'pcp.conf'), '');
  const file = (name: string) => join(folder, name);
  const running = await startProgram(
    [
      program,
      ...['-n', '-D', '-f', file('pgpool.conf'), '-a', file('pool_hba.conf')],
      ...['-F', file('pcp.conf')],
    ],
    `rm -rf '${folder}'`,
  );
  const stop = async () => {
    // Killed, it would leave its children.
    if (running.isAlive()) process.kill(running.pid, 'SIGINT');
    await Promise.race([running.exited, wait(5_000)]);
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const url = `postgres://${username}:${password}@127.0.0.1:${port}${pathname}`;
  try {
    await untilItAnswers(url);
  } catch (error) {
    await stop();
    throw new Error(`pgpool-II does not answer: ${running.printed.text.slice(-4_000)}`, {
      cause: error,
    });
  }
  return { url, stop };
}
