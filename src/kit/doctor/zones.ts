import type pg from 'pg';
import { zoneColumns } from '../../domain/observer.ts';
import type { AccountQuery } from '../../postgres/contract.ts';
import { asSent, valuesFor, withoutSemicolons } from '../../postgres/sql.ts';
import { isUnknownZone } from '../../sidebar/zones.ts';
import { about, type Finding } from './finding.ts';

/**
 * How many of a column's commonest values are no time zone that is known. They are in Postgres's
 * statistics: no row is read, and none of them is named.
 */
export async function checkZones(client: pg.Client, { sql }: AccountQuery): Promise<Finding[]> {
  const { fields } = await client.query(
    `select * from (${asSent(withoutSemicolons(sql))}\n) as account limit 0`,
    valuesFor(sql)('{}', null, {}),
  );
  const findings: Finding[] = [];
  for (const column of zoneColumns) {
    const field = fields.find(({ name }) => name === column);
    // Zero where the column is not one of a table's, as behind a function.
    if (field === undefined || field.tableID === 0) continue;
    const { rows } = await client.query(
      `select format('%I.%I', relname, attname) as name, most_common_vals::text::text[] as values
       from pg_attribute
       join pg_class on pg_class.oid = attrelid
       join pg_namespace on pg_namespace.oid = relnamespace
       join pg_stats using (attname)
       where attrelid = $1 and attnum = $2 and schemaname = nspname and tablename = relname`,
      [field.tableID, field.columnID],
    );
    const [{ name, values = null } = {}] = rows;
    const unknown = ((values ?? []) as string[]).filter(isUnknownZone).length;
    if (unknown > 0)
      findings.push(
        about('time zones').advice(
          `${unknown} of the ${values.length} commonest values of ${name} (${column}) are no time zone that is known: the sidebar says so, and shows dates in UTC`,
          `return names such as Australia/Sydney in ${column}; docs/values.md has all that is known`,
        ),
      );
  }
  return findings;
}
