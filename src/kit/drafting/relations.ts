import { rankBy } from './candidates.ts';
import { areComparable, type Catalogue, type Column, keyOf, type Table } from './catalogue.ts';
import {
  anyOwnerReference,
  classOf,
  nonOwnerReference,
  normalize,
  nounOf,
  singular,
  wordsOf,
} from './vocabulary.ts';

/** How rows of one table relate to rows of another: `to.toColumn = from.fromColumn`. */
export type Relation = {
  to: Table;
  toColumn: Column;
  fromColumn: Column;
  /** Whether `from` refers to `to`, its parent, or the children of `from` refer to it. */
  direction: 'parent' | 'child';
  /** The one of the two columns that refers to the other. */
  reference: Column;
  /** Where the reference may be to rows of several tables: the column that says of which. */
  polymorphic: { column: Column; values: string[] } | null;
  /** Whether a foreign key says so; otherwise the names and the types do. */
  isForeignKey: boolean;
};

export type Relations = (from: Table, direction?: Relation['direction']) => readonly Relation[];

export const isNonOwnerReference = ({ reference }: Relation) =>
  nonOwnerReference.test(normalize(reference.name));

/** A foreign key is certain, a type column beside the reference nearly so, a name is a guess. */
export const confidence = ({ isForeignKey, polymorphic }: Relation) =>
  isForeignKey ? 2 : polymorphic ? 1 : 0;

/** The surest of them. */
export const surest = (relations: readonly Relation[]): Relation | null =>
  rankBy(
    relations,
    ({ isForeignKey }) => isForeignKey,
    ({ reference }) => -reference.name.length,
  )[0] ?? null;

/** The relation as seen from the other table. */
export const reverse = (relation: Relation, from: Table): Relation => ({
  ...relation,
  to: from,
  toColumn: relation.fromColumn,
  fromColumn: relation.toColumn,
  direction: relation.direction === 'parent' ? 'child' : 'parent',
});

/**
 * All relations between tables: foreign keys, columns that are named after a table and of its
 * key's type, and polymorphic references, as Rails and Laravel have them.
 */
export function findRelations({ tables, foreignKeys }: Catalogue): Relations {
  const relations = new Map<Table, Relation[]>(tables.map((table) => [table, []]));
  const add = (
    from: Table,
    fromColumn: Column,
    to: Table,
    toColumn: Column,
    isForeignKey: boolean,
  ) => {
    const same = { reference: fromColumn, polymorphic: null, isForeignKey };
    const relation = { to, toColumn, fromColumn, direction: 'parent' as const, ...same };
    relations.get(from)?.push(relation);
    relations.get(to)?.push(reverse(relation, from));
  };

  for (const { from, fromColumn, to, toColumn } of foreignKeys)
    add(from, fromColumn, to, toColumn, true);
  const declared = new Set(foreignKeys.map(({ fromColumn }) => fromColumn));

  const tablesByNoun = groupByNoun(tables);
  /** References that may be to rows of any table whose key they can hold. */
  const toAny: { table: Table; column: Column; typeColumn: Column | null }[] = [];
  for (const table of tables)
    for (const column of table.columns.filter((column) => !declared.has(column))) {
      const stem = /^(.+?)(id|uuid)$/.exec(normalize(column.name))?.[1];
      const typeColumn =
        table.columns.find((c) => normalize(c.name) === `${stem}type` && c.kind === 'text') ?? null;
      if (typeColumn || anyOwnerReference.test(normalize(column.name)))
        toAny.push({ table, column, typeColumn });
      const target = typeColumn ? null : targetOf(table, column, tablesByNoun);
      if (target) add(table, column, target.to, target.key, false);
    }

  const allFrom = (from: Table): readonly Relation[] => {
    const key = keyOf(from);
    const own = relations.get(from) ?? [];
    if (key === null) return own;
    // Tables that share a key, such as users and their profiles, are one: what refers to the one
    // refers to the other.
    const shared = own.flatMap(({ to, toColumn, fromColumn }) =>
      fromColumn === key && toColumn === keyOf(to)
        ? (relations.get(to) ?? [])
            .filter(
              (next) =>
                next.fromColumn === toColumn && next.direction === 'child' && next.to !== from,
            )
            .map((next) => ({ ...next, fromColumn: key }))
        : [],
    );
    const values = [classOf(from), `App\\Models\\${classOf(from)}`];
    const polymorphic = toAny
      .filter(({ table, column }) => table !== from && areComparable(column, key))
      .map(
        ({ table, column, typeColumn }): Relation => ({
          ...{ to: table, toColumn: column, fromColumn: key, reference: column },
          direction: 'child',
          polymorphic: typeColumn && { column: typeColumn, values },
          isForeignKey: false,
        }),
      );
    return [...own, ...shared, ...polymorphic];
  };
  return (from, direction) =>
    allFrom(from).filter((relation) => !direction || relation.direction === direction);
}

/** Tables by what a reference may call them: "auth_user" is an "authuser" and a "user". */
function groupByNoun(tables: readonly Table[]): Map<string, Table[]> {
  const groups = new Map<string, Table[]>();
  for (const table of tables) {
    const last = singular(wordsOf(table.name).at(-1) ?? '');
    for (const noun of new Set([nounOf(table), last]))
      groups.set(noun, [...(groups.get(noun) ?? []), table]);
  }
  return groups;
}

/** The table that a column refers to by its name, and the key that it holds. */
function targetOf(table: Table, column: Column, tablesByNoun: Map<string, Table[]>) {
  const stem = /^(.+?)(id|uuid|guid)$/.exec(normalize(column.name))?.[1];
  if (stem === undefined) return null;
  const last = singular(wordsOf(column.name).at(-2) ?? '');
  const candidates = [singular(stem), last].flatMap((noun) =>
    (tablesByNoun.get(noun) ?? []).map((to) => ({ to, isExact: nounOf(to) === noun })),
  );
  const ranked = rankBy(
    candidates.filter(({ to }) => to !== table),
    ({ to }) => to.schema === table.schema,
    ({ isExact }) => isExact,
    ({ to }) => !to.isView,
  );
  for (const { to } of ranked) {
    const key = keyOf(to) ?? to.columns.find(({ name }) => name === column.name);
    if (key && areComparable(key, column)) return { to, key };
  }
  return null;
}
