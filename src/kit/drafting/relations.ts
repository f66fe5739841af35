import { type Catalogue, type Column, keyOf, type Table } from './catalogue.ts';
import { classOf, nounOf, singular, squash, wordsOf } from './names.ts';

/** A way from a row of one table to rows of another: `to.own = from.outer`. */
export type Hop = {
  to: Table;
  own: Column;
  outer: Column;
  /** The column that refers to the other row. */
  by: Column;
  /** Where the reference may be to rows of several tables: the column that says of which. */
  kind: { column: Column; words: string[] } | null;
  /** Whether a foreign key says so; otherwise the names and the types do. */
  isDeclared: boolean;
};

/** The ways that lead from a table. */
export type Relations = (from: Table) => readonly Hop[];

/** "invited_by_id" and "current_team_id" refer to rows, but do not say whose a row is. */
const aside =
  /by(user)?(id|uuid)?$|invit|creator|sender|approv|author|assign|updat|delet|parent|referr|current|default|last|previous|latest|impersonat|support|manager/;

export const isAside = (hop: Hop) => aside.test(squash(hop.by.name));

/** What bills and memberships call whom they belong to, when it may be one or another table. */
const looseReference =
  /^(owner|reference|subscriber|billable|payer|entity|referencable|subscribable)(user)?(id|uuid)?$/;

/**
 * All ways between tables: foreign keys, columns that are named like a table and of its key's
 * type, and references whose table another column names, as Rails and Laravel have them.
 */
export function relate({ tables, foreignKeys }: Catalogue): Relations {
  const hops = new Map<Table, Hop[]>(tables.map((table) => [table, []]));
  const add = (from: Table, by: Column, to: Table, key: Column, isDeclared: boolean) => {
    hops.get(from)?.push({ to, own: key, outer: by, by, kind: null, isDeclared });
    hops.get(to)?.push({ to: from, own: by, outer: key, by, kind: null, isDeclared });
  };

  const declared = new Set<Column>();
  for (const { from, column, to, key } of foreignKeys) {
    const by = from.columns.find(({ name }) => name === column);
    const target = to.columns.find(({ name }) => name === key);
    if (!by || !target) continue;
    declared.add(by);
    add(from, by, to, target, true);
  }

  const named = byNoun(tables);
  const loose: { table: Table; column: Column; kind: Column | null }[] = [];
  for (const table of tables)
    for (const column of table.columns) {
      if (declared.has(column)) continue;
      const stem = /^(.+?)(id|uuid)$/.exec(squash(column.name))?.[1];
      const kind = table.columns.find(
        ({ name, type }) => squash(name) === `${stem}type` && isTextual(type),
      );
      if (kind || looseReference.test(squash(column.name)))
        loose.push({ table, column, kind: kind ?? null });
      if (kind) continue;
      const target = targetOf(table, column, named);
      if (target) add(table, column, target.to, target.key, false);
    }

  return (from) => {
    const outer = keyOf(from);
    const own = hops.get(from) ?? [];
    if (outer === null) return own;
    // Tables that share a key, as users and their profiles may, are one: who refers to the one
    // refers to the other.
    const shared = own.flatMap((hop) =>
      hop.outer === outer && hop.own === keyOf(hop.to)
        ? (hops.get(hop.to) ?? [])
            .filter((next) => next.outer === hop.own && next.by === next.own && next.to !== from)
            .map((next) => ({ ...next, outer }))
        : [],
    );
    const looseHops = loose
      .filter(({ table, column }) => table !== from && agree(column, outer))
      .map(({ table, column, kind }): Hop => {
        const words = [classOf(from.name), `App\\Models\\${classOf(from.name)}`];
        return {
          ...{ to: table, own: column, outer, by: column, isDeclared: false },
          kind: kind && { column: kind, words },
        };
      });
    return [...own, ...shared, ...looseHops];
  };
}

/** Tables by what a reference may call them: "auth_user" is an "authuser" and a "user". */
function byNoun(tables: readonly Table[]): Map<string, Table[]> {
  const named = new Map<string, Table[]>();
  for (const table of tables) {
    const last = singular(wordsOf(table.name).at(-1) ?? '');
    for (const noun of new Set([nounOf(table.name), last]))
      named.set(noun, [...(named.get(noun) ?? []), table]);
  }
  return named;
}

function targetOf(table: Table, column: Column, named: Map<string, Table[]>) {
  const stem = /^(.+?)(id|uuid|guid)$/.exec(squash(column.name))?.[1];
  if (stem === undefined) return null;
  const words = wordsOf(column.name);
  const last = singular(words.at(-2) ?? '');
  const candidates = [singular(stem), last]
    .flatMap((noun) =>
      (named.get(noun) ?? []).map((to) => ({ to, isExact: nounOf(to.name) === noun })),
    )
    .filter(({ to }) => to !== table)
    .sort(
      (a, b) =>
        Number(b.to.schema === table.schema) - Number(a.to.schema === table.schema) ||
        Number(b.isExact) - Number(a.isExact) ||
        Number(a.to.isView) - Number(b.to.isView),
    );
  for (const { to } of candidates) {
    const key = keyOf(to) ?? to.columns.find(({ name }) => name === column.name);
    if (key && agree(key, column)) return { to, key };
  }
  return null;
}

const whole = /^(int2|int4|int8|numeric)$/;

export const isTextual = (type: string) => /^(text|varchar|bpchar|citext|name)$/.test(type);

/** Whether Postgres compares the two without a cast. */
export function agree(a: Column, b: Column): boolean {
  return (
    a.type === b.type ||
    (whole.test(a.type) && whole.test(b.type)) ||
    (isTextual(a.type) && isTextual(b.type))
  );
}
