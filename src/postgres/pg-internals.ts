import type { Socket } from 'node:net';
import type pg from 'pg';

/*
 * All that we use of pg beyond its documentation, for two things that pg cannot do: describe a query
 * without running it, and send several executions of a statement in one write. The latter takes a
 * third off the CPU of an answer (bench/README.md). test/integration/pg-internals.test.ts fails
 * clearly when another version of pg behaves otherwise.
 */

/** As much of pg's connection as is used here. */
export type Connection = {
  stream: Socket;
  /** By name, the text that was parsed on this connection. */
  parsedStatements: Record<string, string>;
};

/** What pg calls of an object that is queried in place of a text; it speaks the protocol itself. */
export abstract class ProtocolQuery {
  /** By these, pg records in `parsedStatements` what was parsed. */
  abstract readonly name: string;
  abstract readonly text: string;
  /** pg and its pool each replace it by one that ends the timeout and releases the connection. */
  callback: ((error: Error | null) => void) | undefined = undefined;

  abstract submit(connection: Connection): void;
  abstract handleRowDescription(message: { fields: Field[] }): void;
  handleDataRow(_message: { fields: (string | null)[] }): void {}
  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.callback?.(error);
  }

  handleReadyForQuery(): void {
    this.callback?.(null);
  }
}

export type Field = { name: string; dataTypeID: number };

/** Runs it on a connection of the pool. Throws what pg throws. */
export const runQuery = (pool: pg.Pool, query: ProtocolQuery): Promise<unknown> =>
  pool.query(query as unknown as pg.QueryConfig);

export const connectionOf = (client: pg.ClientBase): Connection =>
  (client as unknown as { connection: Connection }).connection;
