import type { Column } from './columns.ts';

/**
 * What a query of somebody's own must know of the columns that we read: docs/upgrading.md. A new
 * known column changes nothing here, since it may be missing. One that is called otherwise, or means
 * something else, makes a new version, and stands in `changes`.
 */
export const contractVersion = 1;

export type Change = {
  /** The version of the contract that brought it. */
  contract: number;
  /** The version of the package, for whoever reads the CHANGELOG. */
  since: string;
  /** The column as it was called before. */
  column: string;
} & (
  | { nowCalled: string }
  /** What it means now; the query must be looked at. */
  | { nowMeans: string }
);

/** All changes since contract 1, the latest last. */
export const changes: readonly Change[] = [];

/** For which contract a query was made, and what became of its columns since. */
export type History = { current: number; changes: readonly Change[] };

export const history: History = { current: contractVersion, changes };

const declaration = /^[ \t]*--[ \t]*helpscout-sidebar contract\b[ \t]*(.*?)[ \t]*$/m;

/** What was said in the query, and the line; a query that says nothing was made for contract 1. */
function declared(sql: string): { said: string; line: number } {
  const found = declaration.exec(sql);
  const line = found === null ? 1 : sql.slice(0, found.index).split('\n').length;
  return { said: found?.[1] ?? '1', line };
}

/** The changes that a query does not know of yet. */
function news(sql: string, { changes }: History): Change[] {
  const contract = Number(declared(sql).said);
  return changes.filter((change) => change.contract > contract);
}

/** Why the query cannot be read as it was meant: the line, or the column, and what to do. */
export function misunderstandings(
  sql: string,
  names: readonly string[],
  known: History = history,
): { at: number | string; says: string }[] {
  const { said, line } = declared(sql);
  const all = `write a version from 1 to ${known.current}, as docs/upgrading.md explains`;
  if (!/^[1-9]\d*$/.test(said))
    return [{ at: line, says: `"${said}" is no version of the contract: ${all}` }];
  if (Number(said) > known.current)
    return [
      {
        at: line,
        says: `is made for contract ${said}, but this server knows contract ${known.current} at most: upgrade the server, or go back to the query from before`,
      },
    ];
  return news(sql, known).flatMap((change) =>
    'nowMeans' in change && names.includes(change.column)
      ? [
          {
            at: change.column,
            says: `"${change.column}" means something else since ${change.since}: ${change.nowMeans}; look at it, then say so in a line: -- helpscout-sidebar contract ${known.current}`,
          },
        ]
      : [],
  );
}

/**
 * The columns as they are called now; where that is another name than the query's, with
 * `formerName`.
 */
export function inTodaysNames(
  sql: string,
  columns: readonly Column[],
  known: History = history,
): Column[] {
  const unknown = news(sql, known);
  return columns.map((column) => {
    const name = unknown.reduce(
      (called, change) =>
        'nowCalled' in change && change.column === called ? change.nowCalled : called,
      column.name,
    );
    return name === column.name ? column : { ...column, name, formerName: column.name };
  });
}

/** What to tell whoever wrote the query of each column that has a new name. */
export function advice(columns: readonly Column[], known: History = history): string[] {
  return columns
    .filter(({ formerName }) => formerName !== undefined)
    .map(({ name, formerName }) => {
      const change = known.changes.findLast((one) => 'nowCalled' in one && one.nowCalled === name);
      return `"${formerName}" is called "${name}" since ${change?.since} (contract ${change?.contract}); it is still read, but rename it: … as ${name}`;
    });
}
