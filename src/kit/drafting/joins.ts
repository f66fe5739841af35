import { type Column, isUnique, type Table } from './catalogue.ts';
import type { Relation } from './relations.ts';
import { and, literal, ref, type Sql, sql, type TableRef } from './sql.ts';
import { deletedAt, type Names, normalize } from './vocabulary.ts';

/** What the draft joins; `on` and `body` may use the joins before it. */
export type Join = { alias: string; note: string | null } & (
  | { type: 'left'; table: Table; on: Sql }
  /** One row of several: the first in this order. */
  | { type: 'first'; table: Table; on: Sql; orderBy: Sql }
  | { type: 'lateral'; body: Sql }
);

export type MissingIndex = { table: Table; expression: string; note: string };

/** A table this small is read as fast as its index. */
const minRowsForIndex = 10_000;

/** The joins of a draft, each under an alias of its own, and the indexes that they lack. */
export class Joins {
  readonly list: Join[] = [];
  readonly missingIndexes: MissingIndex[] = [];
  readonly #aliases = new Set(['asked', 'found', 'belonging', 'employed']);

  refer(table: Table): TableRef {
    const alias = this.#aliases.has(table.alias) ? `other_${this.#aliases.size}` : table.alias;
    this.#aliases.add(alias);
    return { table, alias };
  }

  /** Joins the rows of a table that meet the condition. */
  left(to: TableRef, on: Sql, note: string | null = null): void {
    this.list.push({ type: 'left', ...to, on, note });
  }

  /** Joins one row: the first in this order, where `column` may be the same in several. */
  one(to: TableRef, column: Column, on: Sql, note: string | null = null, orderBy: Sql = []): void {
    const which = `${orderBy.length > 0 ? 'first' : 'any'} of all with the same ${column.name}`;
    const noteOnSeveral = note === null ? which : `${note}: ${which}`;
    if (isUnique(to.table, column)) this.left(to, on, note);
    else this.list.push({ type: 'first', ...to, on, orderBy, note: noteOnSeveral });
  }

  lateral(alias: string, body: Sql, note: string): void {
    this.list.push({ type: 'lateral', alias, body, note });
  }

  /** Joins the row, or the first of the rows, that a relation leads to. */
  follow(
    relation: Relation | null | undefined,
    from: TableRef | null,
    note: string,
    orderBy: (to: TableRef) => Sql = () => [],
  ): TableRef | null {
    if (!relation || from === null) return null;
    const { polymorphic, toColumn, fromColumn } = relation;
    const to = this.refer(relation.to);
    const isOfType =
      polymorphic &&
      sql`${ref(to, polymorphic.column)} in (${polymorphic.values.map(literal).join(', ')})`;
    const isIts = sql`${ref(to, toColumn)} = ${ref(from, fromColumn)}`;
    this.one(to, toColumn, and(isIts, isOfType, notDeleted(to)), note, orderBy(to));
    this.needIndex(to.table, toColumn, note, polymorphic?.column);
    return to;
  }

  /** Says which index a lookup by this column needs, where the table is large and has none. */
  needIndex(table: Table, column: Column, note: string, typeColumn?: Column): void {
    const hasIndex = table.indexes.some(
      ({ columns: [first, second] }) =>
        first === column.name || (first === typeColumn?.name && second === column.name),
    );
    const isKnown = this.missingIndexes.some(
      (missing) => missing.table === table && missing.expression === column.quoted,
    );
    const isSmall = table.rows !== null && table.rows < minRowsForIndex;
    if (!hasIndex && !isKnown && !isSmall && !table.isView)
      this.missingIndexes.push({ table, expression: column.quoted, note });
  }
}

/** That a row is not marked as deleted or ended, or null where its table has no such mark. */
export function notDeleted(table: TableRef, ended: Names = []): Sql | null {
  const marks = [...deletedAt, ...ended];
  for (const column of table.table.columns) {
    if (!marks.some((mark) => mark.test(normalize(column.name)))) continue;
    const value = ref(table, column);
    if (column.kind === 'timestamp') return sql`${value} is null`;
    if (column.kind === 'boolean') return sql`${value} is not true`;
    if (column.kind === 'number') return sql`coalesce(${value}, 0) = 0`;
  }
  return null;
}
