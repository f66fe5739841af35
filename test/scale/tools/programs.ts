import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pgbouncer } from '../../faults/tools/pgbouncer.ts';
import { pgpool } from './pgpool.ts';

const debian = '/usr/lib/postgresql';

/** The newest of Debian's Postgres. */
const postgres = () =>
  (existsSync(debian) ? readdirSync(debian) : [])
    .sort((one, other) => Number(other) - Number(one))
    .map((version) => join(debian, version, 'bin'));

/** Where the programs are that an operator puts around the sidebars. Not to have them is an error. */
export function findPrograms() {
  return {
    haproxy: found('haproxy', ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy']),
    pgbouncer: found('pgbouncer', pgbouncer),
    pgpool: found('pgpool2', pgpool),
    /** A folder. */
    postgres: found('postgresql', postgres()),
  };
}

function found(name: string, paths: readonly string[]): string {
  const path = paths.find((one) => existsSync(one));
  if (path === undefined)
    throw new Error(
      `${name} is not installed (${paths.join(', ') || debian}): RUNLEVEL=1 apt-get install haproxy pgbouncer pgpool2 postgresql`,
    );
  return path;
}
