import pg from 'pg';
import { serialize } from 'pg-protocol';
import type { Column, Kind } from './columns.ts';
import {
  type Connection,
  type Field,
  ProtocolQuery,
  type Queryable,
  runQuery,
} from './pg-internals.ts';
import { parametersOf } from './sql.ts';

const textArray = 1009;

/**
 * The columns that a query would return whose `$1` is `text[]` and whose `$2` and `$3`, if it has
 * them, are text and jsonb; null when it returns none, as an `insert` does. No row is read.
 * Throws Postgres's error, whose `position` is where in `sql` it stands.
 */
export async function describeQuery(connections: Queryable, sql: string): Promise<Column[] | null> {
  const description = new Description(sql);
  await runQuery(connections, description);
  const { fields } = description;
  if (fields === null) return null;
  const { rows } = await connections.query({
    text: `select type.oid::int, format_type(type.oid, null) as name, type.typcategory as category,
                  type.typelem::int as element
           from pg_type as type where type.oid = any($1::oid[])`,
    values: [fields.map(({ dataTypeID }) => dataTypeID)],
  });
  const types = new Map(rows.map((row) => [row.oid, row]));
  return fields.map(({ name, dataTypeID: oid }) => {
    const type = types.get(oid);
    return { name, oid, type: type?.name ?? 'unknown', kind: kindOf(oid, type) };
  });
}

class Description extends ProtocolQuery {
  readonly #sql: string;
  fields: Field[] | null = null;

  constructor(sql: string) {
    super();
    this.#sql = sql;
  }

  submit({ stream }: Connection): void {
    // Of a wrong one, $4, the contract says more than Postgres, which stumbles over the gap.
    const isAlone = parametersOf(this.#sql).every((parameter) => parameter === '$1');
    const types = isAlone ? [textArray] : [textArray, builtin.TEXT, builtin.JSONB];
    const parse = serialize.parse({ text: this.#sql, types });
    stream.write(Buffer.concat([parse, serialize.describe({ type: 'S' }), serialize.sync()]));
  }

  override handleRowDescription({ fields }: { fields: Field[] }): void {
    this.fields = fields;
  }
}

const builtin = pg.types.builtins;

type Type = {
  name: string;
  category: string;
  /** Of an array. */
  element: number;
};

function kindOf(oid: number, type?: Type): Kind {
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
      return 'other';
  }
  if (type === undefined) return 'text';
  const { name, category, element } = type;
  // https://www.postgresql.org/docs/current/catalog-pg-type.html#CATALOG-TYPCATEGORY-TABLE
  if (category === 'A') return element === builtin.BYTEA ? 'binary' : 'list';
  if (category === 'C' || /^(?:.+\.)?hstore$/.test(name)) return 'record';
  if (category === 'N') return 'number';
  return category === 'S' || category === 'E' || category === 'X' ? 'text' : 'other';
}
