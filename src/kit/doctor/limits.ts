import pg from 'pg';
import { about, type Finding } from '../../domain/finding.ts';
import { limits } from '../../postgres/pool.ts';

/** What ends a session's work although no client asked for it. Milliseconds, 0 is never. */
export type Limits = {
  role: string;
  statementMs: number;
  lockMs: number;
  /** Of the role; -1 is no limit. */
  connections: number;
};

/** Of a session that asked for none. */
export async function limitsOf(client: pg.Client): Promise<Limits> {
  const { rows } = await client.query(`
    select
      current_user as role,
      (select setting::int from pg_settings where name = 'statement_timeout') as "statementMs",
      (select setting::int from pg_settings where name = 'lock_timeout') as "lockMs",
      rolconnlimit as connections
    from pg_roles where rolname = current_user`);
  return rows[0];
}

export function checkLimits({ role, statementMs, lockMs }: Limits): Finding {
  const { right, wrong } = about('limits');
  const wanted = [
    { name: 'statement_timeout', ms: statementMs, usual: limits.statementMs },
    { name: 'lock_timeout', ms: lockMs, usual: limits.lockMs },
  ];
  const bad = wanted.filter(({ ms }) => ms === 0 || ms >= limits.queryMs);
  if (bad.length === 0)
    return right(wanted.map(({ name, ms }) => `${name} of ${ms} ms`).join(', '));
  const said = bad.map(({ name, ms }) => `${name} ${ms === 0 ? 'is not set' : `is ${ms} ms`}`);
  return wrong(
    `for "${role}" ${said.join(', ')}: the database may go on after ${limits.queryMs} ms, when nobody waits any more`,
    bad
      .map(
        ({ name, usual }) => `alter role ${pg.escapeIdentifier(role)} set ${name} = '${usual}ms';`,
      )
      .join('\n'),
  );
}

/** Room for two servers, twice while one takes over from another, and for a doctor. */
const roomFor = (kept: number) => Math.max(20, 4 * kept + 4);

/** `kept` is what one server keeps at most: `DATABASE_CONNECTIONS`. */
export function checkConnections({ role, connections }: Limits, kept: number): Finding {
  const { right, advice, wrong } = about('connections');
  const todo = `alter role ${pg.escapeIdentifier(role)} connection limit ${roomFor(kept)};`;
  if (connections === -1)
    return advice(
      `"${role}" has no connection limit: a fault may use up all that the database has`,
      todo,
    );
  if (connections < kept)
    return wrong(`"${role}" may have ${connections}, and one server keeps ${kept}`, todo);
  if (connections < 2 * kept)
    return advice(
      `"${role}" may have ${connections}: too few while one server takes over from another`,
      todo,
    );
  return right(`"${role}" may have ${connections}, and a server keeps up to ${kept}`);
}
