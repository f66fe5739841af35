import pg from 'pg';
import type { Column, Kind } from './columns.ts';
import { parametersOf } from './sql.ts';

type Field = { name: string; dataTypeID: number };

const textArray = 1009;
const text = 25;

/**
 * The columns that a query would return whose `$1` is `text[]` and whose `$2`, if it has one, is
 * text; null when it returns none, as an `insert` does. Postgres parses and describes it: nothing is run and no row is read.
 * Throws Postgres's error, whose `position` is where in `sql` it stands.
 */
export async function describeQuery(client: pg.ClientBase, sql: string): Promise<Column[] | null> {
  const fields = await describe(client, sql);
  if (fields === null) return null;
  const { rows } = await client.query({
    text: `select type.oid::int, format_type(type.oid, null) as name, type.typcategory as category
           from pg_type as type where type.oid = any($1::oid[])`,
    values: [fields.map(({ dataTypeID }) => dataTypeID)],
  });
  const types = new Map(rows.map((row) => [row.oid, row]));
  return fields.map(({ name, dataTypeID: oid }) => {
    const type = types.get(oid);
    return { name, oid, type: type?.name ?? 'unknown', kind: kindOf(oid, type?.category) };
  });
}

/** pg has no such call of its own, but takes objects that speak the protocol themselves. */
function describe(client: pg.ClientBase, sql: string): Promise<Field[] | null> {
  // Of a wrong one, $3, the contract says more than Postgres, which stumbles over the gap.
  const isAlone = parametersOf(sql).every((parameter) => parameter === '$1');
  const types = isAlone ? [`${textArray}`] : [`${textArray}`, `${text}`];
  return new Promise((resolve, reject) => {
    let fields: Field[] | null = null;
    const description = {
      /** pg puts another in its place, which stops the clock of `query_timeout`. */
      callback() {},
      submit(connection: pg.Connection) {
        connection.parse({ name: '', text: sql, types }, true);
        connection.describe({ type: 'S', name: '' }, true);
        connection.sync();
      },
      handleRowDescription(message: { fields: Field[] }) {
        fields = message.fields;
      },
      handleError(error: Error) {
        description.callback();
        reject(error);
      },
      handleReadyForQuery() {
        description.callback();
        resolve(fields);
      },
    };
    client.query(description as unknown as pg.Submittable);
  });
}

const builtin = pg.types.builtins;

function kindOf(oid: number, category: string | undefined): Kind {
  switch (oid) {
    case builtin.BOOL:
      return 'flag';
    case builtin.DATE:
      return 'day';
    case builtin.TIMESTAMP:
    case builtin.TIMESTAMPTZ:
      return 'instant';
    case builtin.BYTEA:
      return 'binary';
    case builtin.JSON:
    case builtin.JSONB:
      return 'json';
    case builtin.MONEY:
      return 'text';
  }
  // https://www.postgresql.org/docs/current/catalog-pg-type.html#CATALOG-TYPCATEGORY-TABLE
  if (category === 'A') return 'list';
  return category === 'N' ? 'number' : 'text';
}
