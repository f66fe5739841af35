import pg from 'pg';
import { about, type Finding } from './finding.ts';
import type { Relation } from './relations.ts';

/** Tables of which rows may be hidden from the lookup, or are on another server. */
export function checkTables(relations: readonly Relation[]): Finding[] {
  const { right } = about('tables');
  const found = relations.flatMap((relation) => [...rowSecurity(relation), ...foreign(relation)]);
  return found.length > 0
    ? found
    : [right('all are in this database, and row-level security hides none of their rows')];
}

function rowSecurity({ name, reader, isRestricted, policies, seesAll }: Relation): Finding[] {
  if (!isRestricted || seesAll) return [];
  const { advice, wrong } = about('tables');
  const to = pg.escapeIdentifier(reader);
  const todo = `create policy helpscout_sidebar on ${name} for select to ${to} using (true);`;
  if (policies.length === 0)
    return [
      wrong(
        `${name} has row-level security, and no policy lets "${reader}" see a row: nobody is found`,
        todo,
      ),
    ];
  const only = `policies let "${reader}" see some rows of ${name} only: ${policies.join(', ')}`;
  return [advice(only, `if all customers are to be found, as its owner: ${todo}`)];
}

function foreign({ name, foreignServer }: Relation): Finding[] {
  if (foreignServer === null) return [];
  return [
    about('tables').advice(
      `${name} is on another server ("${foreignServer}"): each lookup waits for that one, too`,
      'read from a materialized view of it, with an index, that you refresh; or connect to that server',
    ),
  ];
}
