import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Postgres, postgresIn, prepareCluster } from './postgres.ts';

export type Pair = {
  primary: Postgres;
  replica: Postgres;
  password: string;
  close: () => Promise<void>;
};

/** A primary, and a replica that streams from it, of the Postgres whose programs lie in `bin`. */
export async function startPair(bin: string): Promise<Pair> {
  const folder = await mkdtemp(join(tmpdir(), 'pair-'));
  const password = randomBytes(18).toString('hex');
  const { run, initdb } = await prepareCluster(bin, folder, password);

  const primary = await postgresIn(join(folder, 'primary'), bin, password, `rm -rf '${folder}'`);
  const replica = await postgresIn(join(folder, 'replica'), bin, password, `rm -rf '${folder}'`);
  const close = async () => {
    for (const one of [replica, primary]) await one.kill();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await initdb('primary');
    await primary.start();
    const from = new URL(primary.url('postgres')).href;
    await run(
      'pg_basebackup',
      ...['--pgdata', join(folder, 'replica'), '--dbname', from, '--write-recovery-conf'],
      ...['--checkpoint', 'fast', '--wal-method', 'stream', '--no-sync'],
    );
    await replica.start();
  } catch (error) {
    await close();
    throw error;
  }
  return { primary, replica, password, close };
}
