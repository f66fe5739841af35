import type { Table } from './catalogue.ts';
import type { Ref, Sql } from './sql.ts';

/** One way to read a fact, and what is worth knowing about it. */
export type Reading = { value: Sql; why: string | null };

/** One column of the account query. */
export type Fact = {
  as: string;
  /** Null where nothing is sure enough: then the others stand there as comments. */
  chosen: Reading | null;
  others: Reading[];
};

/** Where facts are read from; `on` and `body` may use the sources before it. */
export type Source = {
  /** As it must be written. */
  alias: string;
  why: string | null;
} & (
  | { how: 'left'; table: Table; on: Sql }
  /** One row of several: the first in this order. */
  | { how: 'pick'; table: Table; on: Sql; orderBy: Sql }
  | { how: 'lateral'; body: Sql }
);

export type MissingIndex = { table: Table; expression: string; why: string };

/** Everything that was decided, with the reasons. */
export type Draft = {
  database: string;
  /** "People", "Company": what was found, in words. */
  findings: { about: string; text: string }[];
  warnings: string[];
  /** From the addresses that are asked for to the people. */
  start: Sql;
  email: Ref;
  preference: Ref;
  facts: Fact[];
  sources: Source[];
  missingIndexes: MissingIndex[];
};
