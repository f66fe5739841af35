import type { Column, Table } from './catalogue.ts';

/** A table under the name that it has in the draft. */
export type TableRef = Readonly<{ table: Table; alias: string }>;

/** A column of a table in the draft; both names as they must be written. */
export type ColumnRef = Readonly<{ alias: string; column: string }>;

/** A piece of SQL that still knows which columns it uses. */
export type Sql = readonly (string | ColumnRef)[];

/** sql`lower(${column}) = 'owner'`. A string that is put in is taken as SQL: quote it first. */
export function sql(texts: TemplateStringsArray, ...values: (string | ColumnRef | Sql)[]): Sql {
  return texts.flatMap((text, i) => {
    const value = values[i];
    return value === undefined
      ? [text]
      : [text, ...(Array.isArray(value) ? value : [value as ColumnRef])];
  });
}

export const ref = ({ alias }: { alias: string }, { quoted }: Column): ColumnRef => ({
  alias,
  column: quoted,
});

/** A column inside a subquery, where its table goes by its own name: no join of the draft. */
export const inside = (table: Table, column: Column) => `${table.quoted}.${column.quoted}`;

export const refsIn = (piece: Sql) => piece.filter((part) => typeof part !== 'string');

export const write = (piece: Sql) =>
  piece.map((part) => (typeof part === 'string' ? part : `${part.alias}.${part.column}`)).join('');

/** The pieces that there are, with the separator between them. */
export const concat = (pieces: readonly (Sql | null)[], separator: string): Sql =>
  pieces
    .filter((piece) => piece !== null)
    .flatMap((piece, i) => (i === 0 ? piece : [separator, ...piece]));

export const and = (...conditions: (Sql | null)[]) => concat(conditions, '\n  and ');

export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** As it stands behind `from` or `join`. */
export const declare = ({ table, alias }: TableRef) =>
  table.quoted === alias ? alias : `${table.quoted} as ${alias}`;
