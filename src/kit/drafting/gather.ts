import { type Column, isUnique, type Table } from './catalogue.ts';
import type { MissingIndex, Source } from './draft.ts';
import { isAlive, type Place, refTo } from './readings.ts';
import type { Hop } from './relations.ts';
import { join, literal, type Sql, sql } from './sql.ts';

/** Which of several rows is the one, as an `order by`; nothing where it does not matter. */
export type Best = (place: Place) => Sql[];

/** The sources of a draft as they come together, each under a name of its own. */
export type Gathering = ReturnType<typeof gather>;

/** A table this small is read as fast as its index. */
const manyRows = 10_000;

export function gather() {
  const sources: Source[] = [];
  const missingIndexes: MissingIndex[] = [];
  const aliases = new Set(['asked', 'found', 'belonging', 'employed']);

  function placeOf(table: Table): Place {
    const alias = aliases.has(table.alias) ? `other_${aliases.size}` : table.alias;
    aliases.add(alias);
    return { table, alias };
  }

  function needIndex(table: Table, column: Column, why: string, kind?: Column): void {
    const has = table.indexes.some(
      ({ columns: [first, second] }) =>
        first === column.name || (first === kind?.name && second === column.name),
    );
    const isKnown = missingIndexes.some((m) => m.table === table && m.expression === column.quoted);
    const isSmall = table.rows !== null && table.rows < manyRows;
    if (!has && !isKnown && !isSmall && !table.isView)
      missingIndexes.push({ table, expression: column.quoted, why });
  }

  /** Adds the row, or the best of the rows, that a hop leads to. */
  function follow(
    hop: Hop | null,
    from: Place | null,
    why: string,
    best: Best = () => [],
  ): Place | null {
    if (hop === null || from === null) return null;
    const place = placeOf(hop.to);
    const { alias, table } = place;
    const words = hop.kind?.words.map(literal).join(', ') ?? '';
    const conditions = [
      sql`${refTo(alias, hop.own)} = ${refTo(from.alias, hop.outer)}`,
      hop.kind && sql`${refTo(alias, hop.kind.column)} in (${words})`,
      isAlive(place),
    ].filter((condition) => condition !== null);
    const on = join(conditions, '\n  and ');
    if (isUnique(table, hop.own)) sources.push({ how: 'left', alias, table, on, why });
    else sources.push({ how: 'pick', alias, table, on, why, orderBy: join(best(place), ',\n  ') });
    needIndex(table, hop.own, why, hop.kind?.column);
    return place;
  }

  return { sources, missingIndexes, placeOf, needIndex, follow };
}
