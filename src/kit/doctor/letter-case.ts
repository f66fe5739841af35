import type pg from 'pg';
import type { AccountQuery } from '../../postgres/contract.ts';
import { collationOf, escaped } from './collation.ts';
import { about, type Finding } from './finding.ts';
import { conditionsOf, insideFunction, ownFunctions, type Plan } from './plan.ts';
import type { Relation } from './relations.ts';

/** A column whose collation, such as Turkish, turns I into a dotless i; its name is quoted. */
type Column = { table: string; name: string; isCitext: boolean };

/** The server folds I to i in an address, so a collation that does not hides addresses with an I. */
export async function checkLetterCase(
  client: pg.Client,
  { file, sql }: AccountQuery,
  plan: Plan,
  relations: readonly Relation[],
): Promise<Finding> {
  const { right, wrong, skipped } = about('letter case');
  const columns = await dotlessColumns(client, relations);
  if (columns.length === 0) return right('I in lower case is i');
  const [called] = ownFunctions(plan);
  if (called !== undefined) return skipped(...insideFunction(file, called));
  const column = columns.find((one) => isFolded(one, plan) && collationOf(sql, one.name) === null);
  if (column === undefined) return right('addresses are compared by a collation in which I is i');
  const { table, name, isCitext } = column;
  const compared = `lower(${name}${isCitext ? '::text' : ''} collate "C")`;
  return wrong(
    `the collation of ${table} (${name}) turns I into a dotless i: INFO@… is stored, but never found`,
    `compare ${compared} in the query, with an index on that expression`,
  );
}

async function dotlessColumns(
  client: pg.Client,
  relations: readonly Relation[],
): Promise<Column[]> {
  const { rows } = await client.query(
    `select attrelid as oid, quote_ident(attname) as name, typname = 'citext' as "isCitext",
       -- citext compares by the database's collation, whatever the column's is.
       case when collname = 'default' or typname = 'citext' then ''
         else format('collate %I.%I', nspname, collname) end as collation
     from pg_attribute
     join pg_type on pg_type.oid = atttypid
     join pg_collation on pg_collation.oid = attcollation
     join pg_namespace on pg_namespace.oid = collnamespace
     where attrelid = any($1::oid[]) and attnum > 0
     order by attrelid, attnum`,
    [relations.map(({ oid }) => oid)],
  );
  const dotless = new Set<string>();
  for (const collation of new Set<string>(rows.map(({ collation }) => collation))) {
    const { rows } = await client.query(`select lower('I' ${collation}) <> 'i' as "isDotless"`);
    if (rows[0].isDotless) dotless.add(collation);
  }
  return rows
    .filter(({ collation }) => dotless.has(collation))
    .map(({ oid, name, isCitext }) => {
      const table = relations.find((relation) => relation.oid === oid)?.name ?? '';
      return { table, name, isCitext };
    });
}

/** Whether the plan compares the column in lower case, or as citext, which does so by itself. */
function isFolded({ name, isCitext }: Column, plan: Plan): boolean {
  const { conditions, aliases } = conditionsOf(plan);
  const column = `(?:${aliases.map(escaped).join('|')})\\.${escaped(name)}`;
  const folded = [`\\b(?:lower|upper)\\(+${column}(?!\\w)`];
  if (isCitext) folded.push(`\\(${column} = `, ` = ${column}\\)`);
  return conditions.some((condition) => new RegExp(folded.join('|')).test(condition));
}
