import type { Socket } from 'node:net';
import type pg from 'pg';

/*
 * All that we use of pg beyond its documentation, to describe a query without running it and to see how a
 * connection is encrypted.
 * test/integration/pg-internals.test.ts fails clearly when another version of pg behaves otherwise.
 */

/** As much of pg's connection as is used here. */
export type Connection = { stream: Socket };

/** What pg calls of an object that is queried in place of a text; it speaks the protocol itself. */
export abstract class ProtocolQuery {
  callback: (error: Error | null) => void = () => {};
  /** Rejects with what Postgres or pg says. */
  readonly done = new Promise<void>((resolve, reject) => {
    this.callback = (error) => (error === null ? resolve() : reject(error));
  });

  constructor() {
    // Where the connection is lost, the caller gets pg's own rejection first.
    this.done.catch(() => {});
  }

  abstract submit(connection: Connection): void;
  abstract handleRowDescription(message: { fields: Field[] }): void;

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }
}

export type Field = { name: string; dataTypeID: number };

/** Whatever runs a query: a client, or connections. */
export type Queryable = Pick<pg.Client, 'query'>;

/** Throws what pg throws. */
export async function runQuery(on: Queryable, query: ProtocolQuery): Promise<void> {
  await on.query(query as unknown as pg.QueryConfig);
  await query.done;
}

/** As in pg 8: a client's socket, to see how it is encrypted. */
export const connectionOf = (client: pg.Client): Connection =>
  (client as unknown as { connection: Connection }).connection;
