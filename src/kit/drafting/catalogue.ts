import type pg from 'pg';
import { isSecret, type Names, normalize } from './vocabulary.ts';

/** What a column can be read as. */
export type Kind =
  | 'text'
  | 'number'
  | 'timestamp'
  | 'boolean'
  | 'array'
  | 'jsonb'
  | 'enum'
  | 'other';

const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/^(text|varchar|bpchar|citext|name)$/, 'text'],
  [/^(int2|int4|int8|numeric)$/, 'number'],
  [/^(timestamptz|timestamp|date)$/, 'timestamp'],
  [/^bool$/, 'boolean'],
  [/^_/, 'array'],
  [/^jsonb$/, 'jsonb'],
];

export type Column = {
  name: string;
  /** As it must be written in a query. */
  quoted: string;
  /** Postgres's name of the type below any domain: "int8", "text", "citext", "_text". */
  type: string;
  kind: Kind;
  /** As a cast writes the type: "citext", "extensions.citext". */
  cast: string;
  /** The values that an enum or a check constraint allows; empty where there is neither. */
  allowedValues: string[];
  /** Whether the statistics say that it is null in every row. */
  isEmpty: boolean;
  /** Whether "A" = "a" in it: citext, or a nondeterministic collation. */
  ignoresCase: boolean;
};

export type Index = {
  /** The columns of its key; null where the key is an expression. */
  columns: (string | null)[];
  /** The first part of its key, as Postgres writes it: "lower(email::text)". */
  first: string;
  isUnique: boolean;
  isPrimary: boolean;
  /** The condition of a partial index. */
  predicate: string | null;
};

export type Table = {
  schema: string;
  name: string;
  /** As it must be written in a query: with its schema where the search path does not include it. */
  quoted: string;
  /** Its name without the schema, as it must be written. */
  alias: string;
  isView: boolean;
  isPartitioned: boolean;
  /** An estimate; null before the first analyze. */
  rows: number | null;
  /** Whether row-level security may hide rows from this role. */
  hasRowSecurity: boolean;
  /** Those that this role may read and that cannot be secret: a draft uses no others. */
  columns: Column[];
  /** The names of secret columns: a password says that people sign in. */
  secrets: string[];
  /** The names of columns that this role may not read. */
  unreadable: string[];
  indexes: Index[];
};

export type ForeignKey = { from: Table; fromColumn: Column; to: Table; toColumn: Column };

export type Catalogue = {
  database: string;
  role: string;
  tables: Table[];
  /** Those of a single column. */
  foreignKeys: ForeignKey[];
};

/** Reads the structure of a database from its catalogue; no row of any table. */
export async function readCatalogue(client: pg.ClientBase): Promise<Catalogue> {
  const rowsOf = async (sql: string) => (await client.query(sql)).rows;
  const [session] = await rowsOf('select current_database() as database, current_user as role');
  const tables = new Map<number, Table>();
  for (const { oid, ...table } of await rowsOf(tablesSql))
    tables.set(oid, { ...table, columns: [], secrets: [], unreadable: [], indexes: [] });

  for (const { oid, mayRead, isEnum, enumValues, checks, ...column } of await rowsOf(columnsSql)) {
    const table = tables.get(oid);
    // A check constraint such as `role in ('owner', 'member')` lists values as an enum does.
    const checked = [...(checks ?? '').matchAll(/'(\w+)'/g)].map(([, value]) => value);
    const allowedValues = isEnum ? enumValues : checked;
    const found = kinds.find(([types]) => types.test(column.type))?.[1] ?? 'other';
    const kind = isEnum ? 'enum' : found;
    if (isSecret(column.name)) table?.secrets.push(column.name);
    else if (!mayRead) table?.unreadable.push(column.name);
    else table?.columns.push({ ...column, kind, allowedValues });
  }
  for (const { oid, ...index } of await rowsOf(indexesSql)) tables.get(oid)?.indexes.push(index);

  const foreignKeys = (await rowsOf(foreignKeysSql)).flatMap((row): ForeignKey[] => {
    const [from, to] = [tables.get(row.from), tables.get(row.to)];
    const fromColumn = from?.columns.find(({ name }) => name === row.column);
    const toColumn = to?.columns.find(({ name }) => name === row.key);
    return from && to && fromColumn && toColumn ? [{ from, fromColumn, to, toColumn }] : [];
  });
  return { ...session, tables: [...tables.values()], foreignKeys };
}

export const nameOf = ({ schema, name }: Table) => `${schema}.${name}`;

/** Whether no two rows of the table are equal in these columns. */
export function isUnique(table: Table, ...columns: Column[]): boolean {
  const names = columns.map(({ name }) => name);
  return table.indexes.some(
    (index) =>
      index.isUnique &&
      index.predicate === null &&
      index.columns.every((column) => column !== null && names.includes(column)),
  );
}

/** The column by which other tables refer to this one, or null. */
export function keyOf(table: Table): Column | null {
  const primary = table.indexes.find(({ isPrimary }) => isPrimary)?.columns;
  const name = primary?.length === 1 ? primary[0] : primary ? null : 'id';
  return table.columns.find((column) => column.name === name) ?? null;
}

/** The columns of these names: the most reliable name first, columns without values last. */
export function columnsNamed({ columns }: Table, names: Names, kind?: Kind): Column[] {
  const candidates = columns.filter((column) => !kind || column.kind === kind);
  const found = names.flatMap((name) => candidates.filter((c) => name.test(normalize(c.name))));
  return [...new Set(found)].sort((a, b) => Number(a.isEmpty) - Number(b.isEmpty));
}

/** Whether Postgres compares the two without a cast. */
export const areComparable = (a: Column, b: Column) =>
  a.type === b.type || (a.kind === b.kind && (a.kind === 'text' || a.kind === 'number'));

/**
 * Tables and views of the database's own, not those of Postgres, of extensions or partitions. A
 * name with a line break in it would end the comment that it stands in.
 */
const ownTables = `
  class.relkind in ('r', 'p', 'v', 'm', 'f') and not class.relispartition
  and schema.nspname <> 'information_schema' and schema.nspname not like 'pg\\_%'
  and has_schema_privilege(schema.oid, 'usage')
  and class.relname !~ '[[:cntrl:]]'
  and not exists (
    select from pg_depend
    where classid = 'pg_class'::regclass and objid = class.oid and deptype = 'e'
  )`;

const tablesSql = `
  select
    class.oid, schema.nspname as schema, class.relname as name,
    case when pg_table_is_visible(class.oid) then '' else quote_ident(schema.nspname) || '.' end
      || quote_ident(class.relname) as quoted,
    quote_ident(class.relname) as alias,
    class.relkind in ('v', 'm') as "isView", class.relkind = 'p' as "isPartitioned",
    nullif(class.reltuples, -1) as rows,
    row_security_active(class.oid) as "hasRowSecurity"
  from pg_class as class
  join pg_namespace as schema on schema.oid = class.relnamespace
  where ${ownTables}
  order by schema.nspname, class.relname`;

const columnsSql = `
  with empty as materialized (
    select schemaname, tablename, attname from pg_stats where null_frac = 1
  ),
  checks as materialized (
    select conrelid, conkey[1] as attnum, string_agg(pg_get_constraintdef(oid), ' ') as definition
    from pg_constraint where contype = 'c' and cardinality(conkey) = 1 group by 1, 2
  )
  select
    class.oid, attribute.attname as name, quote_ident(attribute.attname) as quoted,
    coalesce(base.typname, type.typname) as type,
    format_type(coalesce(base.oid, type.oid), null) as cast,
    coalesce(base.typtype, type.typtype) = 'e' as "isEnum",
    array(
      select enumlabel::text from pg_enum where enumtypid = coalesce(base.oid, type.oid)
      order by enumsortorder
    ) as "enumValues",
    checks.definition as checks,
    empty.attname is not null as "isEmpty",
    coalesce(base.typname, type.typname) = 'citext'
      or coalesce(not pg_collation.collisdeterministic, false) as "ignoresCase",
    has_column_privilege(class.oid, attribute.attnum, 'select') as "mayRead"
  from pg_class as class
  join pg_namespace as schema on schema.oid = class.relnamespace
  join pg_attribute as attribute on attribute.attrelid = class.oid
  join pg_type as type on type.oid = attribute.atttypid
  left join pg_type as base on base.oid = type.typbasetype
  left join pg_collation on pg_collation.oid = attribute.attcollation
  left join checks on checks.conrelid = class.oid and checks.attnum = attribute.attnum
  left join empty on empty.schemaname = schema.nspname and empty.tablename = class.relname
    and empty.attname = attribute.attname
  where ${ownTables} and attribute.attnum > 0 and not attribute.attisdropped
    and attribute.attname !~ '[[:cntrl:]]'
  order by class.oid, attribute.attnum`;

const indexesSql = `
  select
    index.indrelid as oid,
    array(
      select attribute.attname::text
      from unnest(index.indkey::int2[]) with ordinality as key (attnum, position)
      left join pg_attribute as attribute
        on attribute.attrelid = index.indrelid and attribute.attnum = key.attnum
      where key.position <= index.indnkeyatts
      order by key.position
    ) as columns,
    pg_get_indexdef(index.indexrelid, 1, true) as first,
    index.indisunique as "isUnique", index.indisprimary as "isPrimary",
    pg_get_expr(index.indpred, index.indrelid, true) as predicate
  from pg_index as index
  join pg_class as class on class.oid = index.indrelid
  join pg_namespace as schema on schema.oid = class.relnamespace
  join pg_class as itself on itself.oid = index.indexrelid
  join pg_am as method on method.oid = itself.relam
  where index.indisvalid and method.amname in ('btree', 'hash') and ${ownTables}`;

const foreignKeysSql = `
  select
    conrelid as from, source.attname as column, confrelid as to, target.attname as key
  from pg_constraint
  join pg_attribute as source on source.attrelid = conrelid and source.attnum = conkey[1]
  join pg_attribute as target on target.attrelid = confrelid and target.attnum = confkey[1]
  where contype = 'f' and cardinality(conkey) = 1`;
