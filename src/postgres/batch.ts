import pg from 'pg';
import { serialize } from 'pg-protocol';
import { failureOf } from '../domain/failures.ts';
import type { Column } from './columns.ts';
import { failureClass } from './failure-code.ts';

/** A query and the columns that it is known to return; without a name it is parsed each time. */
export type Statement = { name: string | undefined; text: string; columns: readonly Column[] };

/** A parameter or a value as Postgres reads and writes it. */
export type Text = string | null;

/** "cached plan must not change result type": somebody altered a table. */
export const tablesChanged = '0A000';

/** What is asked of a statement, and who waits for the rows. */
export type Question = {
  parameters: readonly Text[];
  resolve: (rows: Text[][]) => void;
  reject: (error: unknown) => void;
};

/** `types` are those of the first answer, as the oids that Postgres has for them. */
export type Known = { columns: readonly Column[]; types: number[] | null };

/** As much of `pg.Connection` as is used here; @types/pg knows it otherwise. */
type Wire = {
  stream: { write: (bytes: Buffer) => void };
  /** By name, what pg parsed on this connection. */
  parsedStatements: Record<string, string>;
};

const execute = serialize.execute();
const describeAndExecute = Buffer.concat([serialize.describe({ type: 'P' }), execute]);
/** Without it, Postgres keeps all answers until it has the last: a tenth fewer of them at ten clients. */
const flush = serialize.flush();
const sync = serialize.sync();

/**
 * Questions as pg takes whatever speaks Postgres's protocol by itself. Its own queries learn the
 * columns anew from each answer, which takes a tenth of the CPU of an answer.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class Batch {
  /** pg remembers by these two what is parsed on a connection. */
  readonly name: string;
  readonly text: string;
  /** pg puts one in its place, and its pool another. */
  callback: ((error: Error | null) => void) | undefined = undefined;
  readonly #known: Known;
  readonly #questions: Question[];
  #isSent = false;
  #answered = 0;
  /** Of the one that is being answered. */
  #rows: Text[][] = [];
  #columns: 'as_known' | 'other' | null = null;

  constructor({ name = '', text }: Statement, known: Known, questions: Question[]) {
    this.name = name;
    this.text = text;
    this.#known = known;
    this.#questions = questions;
  }

  /** In one buffer, where pg writes four for each query: up to 3 % of the CPU of an answer. */
  submit({ stream, parsedStatements }: Wire): void {
    this.#isSent = true;
    const { name, text } = this;
    const isParsed = name !== '' && parsedStatements[name] !== undefined;
    const messages = isParsed ? [] : [serialize.parse({ name, text })];
    for (const [i, { parameters }] of this.#questions.entries()) {
      if (i > 0) messages.push(flush);
      messages.push(serialize.bind({ statement: name, values: [...parameters] }));
      messages.push(i === 0 ? describeAndExecute : execute);
    }
    stream.write(Buffer.concat([...messages, sync]));
  }

  /** Told each time: behind a pooler the session may be another, parsed after a table was changed. */
  handleRowDescription({ fields }: { fields: { name: string; dataTypeID: number }[] }): void {
    const { columns } = this.#known;
    this.#known.types ??= fields.map(({ dataTypeID }) => dataTypeID);
    const { types } = this.#known;
    const isAsKnown =
      fields.length === columns.length &&
      columns.every(({ name }, i) => fields[i]?.name === name && fields[i].dataTypeID === types[i]);
    this.#columns = isAsKnown ? 'as_known' : 'other';
  }

  handleDataRow({ fields }: { fields: Text[] }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {
    // Without a word of its columns it is a statement that returns none: not ours.
    this.#columns ??= 'other';
    if (this.#columns === 'other') return;
    this.#questions[this.#answered++]?.resolve(this.#rows);
    this.#rows = [];
  }

  handleError(error: Error): void {
    this.callback?.(error);
  }

  handleReadyForQuery(): void {
    this.callback?.(null);
  }

  /** Tells those without an answer what became of it, and gives back those to be asked again. */
  settle(error: unknown): Question[] {
    const [next, ...others] = this.#questions.slice(this.#answered);
    if (next === undefined) return [];
    const failure =
      this.#columns === 'other' ? new OtherColumns() : (error ?? new Error('no answer'));
    const named = failureClass(failure);
    // The time was for all together: each gets its own.
    if (named === 'query_timeout' && this.#questions.length > 1) return [next, ...others];
    next.reject(failure);
    const isOfOne =
      this.#isSent && failure instanceof pg.DatabaseError && failureOf(named).retry !== 'statement';
    // Behind an error, Postgres passes over the rest.
    if (isOfOne) return others;
    for (const { reject } of others) reject(failure);
    return [];
  }
}

/** What a statement returns is not what it was known to return, under the code that Postgres has for it. */
class OtherColumns extends Error {
  readonly code = tablesChanged;
}
