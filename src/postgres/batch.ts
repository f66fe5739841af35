import pg from 'pg';
import { serialize } from 'pg-protocol';
import { failureOf } from '../domain/failures.ts';
import type { Column } from './columns.ts';
import { failureClass } from './failure-code.ts';
import { type Connection, type Field, ProtocolQuery } from './pg-internals.ts';

/** A query and the columns that it is known to return; without a name it is parsed each time. */
export type Statement = {
  name: string | undefined;
  text: string;
  columns: readonly Pick<Column, 'name'>[];
};

/** A parameter or a value as Postgres reads and writes it. */
export type Text = string | null;

/** "cached plan must not change result type": somebody altered a table. */
export const tablesChanged = '0A000';

/** One execution of the statement, whose caller waits for the rows. */
export type Execution = {
  parameters: readonly Text[];
  resolve: (rows: Text[][]) => void;
  reject: (error: unknown) => void;
};

/** `types` are those of the first answer, as the oids that Postgres has for them. */
export type KnownColumns = { columns: readonly Pick<Column, 'name'>[]; types: number[] | null };

const execute = serialize.execute();
const describeAndExecute = Buffer.concat([serialize.describe({ type: 'P' }), execute]);
/** Without it, Postgres keeps all answers until it has the last: a tenth fewer at ten clients. */
const flush = serialize.flush();
const sync = serialize.sync();

/**
 * Several executions of a statement, written at once.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
 */
export class Batch extends ProtocolQuery {
  readonly name: string;
  readonly text: string;
  readonly #known: KnownColumns;
  readonly #executions: Execution[];
  #isSent = false;
  #answered = 0;
  /** Of the execution that is being answered. */
  #rows: Text[][] = [];
  #hasKnownColumns: boolean | null = null;

  constructor({ name = '', text }: Statement, known: KnownColumns, executions: Execution[]) {
    super();
    this.name = name;
    this.text = text;
    this.#known = known;
    this.#executions = executions;
  }

  submit({ stream, parsedStatements }: Connection): void {
    this.#isSent = true;
    const { name, text } = this;
    const isParsed = name !== '' && parsedStatements[name] !== undefined;
    const messages = isParsed ? [] : [serialize.parse({ name, text })];
    for (const [i, { parameters }] of this.#executions.entries()) {
      if (i > 0) messages.push(flush);
      messages.push(serialize.bind({ statement: name, values: [...parameters] }));
      messages.push(i === 0 ? describeAndExecute : execute);
    }
    stream.write(Buffer.concat([...messages, sync]));
  }

  /** Behind a pooler, each batch may meet a session that parsed after a table was changed. */
  override handleRowDescription({ fields }: { fields: Field[] }): void {
    const { columns } = this.#known;
    this.#known.types ??= fields.map(({ dataTypeID }) => dataTypeID);
    const { types } = this.#known;
    this.#hasKnownColumns =
      fields.length === columns.length &&
      columns.every(({ name }, i) => fields[i]?.name === name && fields[i].dataTypeID === types[i]);
  }

  override handleDataRow({ fields }: { fields: Text[] }): void {
    this.#rows.push(fields);
  }

  override handleCommandComplete(): void {
    // Without a description it is a statement that returns no rows: not ours.
    this.#hasKnownColumns ??= false;
    if (!this.#hasKnownColumns) return;
    this.#executions[this.#answered++]?.resolve(this.#rows);
    this.#rows = [];
  }

  /** Rejects what failed, and returns the executions that must be sent again. */
  settle(error: unknown): Execution[] {
    const [next, ...others] = this.#executions.slice(this.#answered);
    if (next === undefined) return [];
    const failure =
      this.#hasKnownColumns === false
        ? Object.assign(new Error('other columns'), { code: tablesChanged })
        : (error ?? new Error('no answer'));
    const code = failureClass(failure);
    // The whole batch had the time of one query: each gets its own.
    if (code === 'query_timeout' && others.length > 0) return [next, ...others];
    next.reject(failure);
    const isOfOne =
      this.#isSent && failure instanceof pg.DatabaseError && failureOf(code).retry !== 'statement';
    // After an error, Postgres skips the rest up to the sync.
    if (isOfOne) return others;
    for (const { reject } of others) reject(failure);
    return [];
  }
}
