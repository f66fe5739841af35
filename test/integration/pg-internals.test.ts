import { Socket } from 'node:net';
import pg from 'pg';
import { serialize } from 'pg-protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Connection,
  connectionOf,
  type Field,
  ProtocolQuery,
  runQuery,
} from '../../src/postgres/pg-internals.ts';
import { createDatabase } from '../databases.ts';

// What src/postgres/pg-internals.ts relies on and pg does not document. When one of these fails after
// an upgrade of pg, batch.ts and describe-query.ts must be changed with it.

let pool: pg.Pool;
beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await createDatabase(), max: 1, query_timeout: 300 });
});
afterAll(() => pool.end());

/** Writes what a batch writes, and records what pg calls. */
class Recorder extends ProtocolQuery {
  readonly text: string;
  readonly name: string;
  readonly calls: unknown[] = [];
  connection: Connection | null = null;

  constructor(text: string, name = '') {
    super();
    this.text = text;
    this.name = name;
  }
  submit(connection: Connection) {
    this.connection = connection;
    const { name, text } = this;
    connection.stream.write(
      Buffer.concat([
        serialize.parse({ name, text }),
        serialize.bind({ statement: name, values: ['a'] }),
        serialize.describe({ type: 'P' }),
        serialize.execute(),
        serialize.sync(),
      ]),
    );
  }
  override handleRowDescription({ fields }: { fields: Field[] }) {
    this.calls.push(fields.map(({ name, dataTypeID }) => [name, dataTypeID]));
  }
  override handleDataRow({ fields }: { fields: (string | null)[] }) {
    this.calls.push(fields);
  }
  override handleCommandComplete() {
    this.calls.push('complete');
  }
  override handleError(error: Error) {
    this.calls.push(error.message);
    super.handleError(error);
  }
  override handleReadyForQuery() {
    this.calls.push('ready');
    super.handleReadyForQuery();
  }
}

test('pg hands its connection to a query that speaks the protocol, and calls its handlers', async () => {
  const query = new Recorder('select $1::text as one, null as two', 'recorded');
  await runQuery(pool, query);
  expect(query.calls, 'the handlers that pg calls, in order').toEqual([
    [
      ['one', pg.types.builtins.TEXT],
      ['two', pg.types.builtins.TEXT],
    ],
    ['a', null],
    'complete',
    'ready',
  ]);
  expect(query.connection?.stream, 'connection.stream').toBeInstanceOf(Socket);
});

test('pg records by name what was parsed on a connection, and not on others', async () => {
  await runQuery(pool, new Recorder('select $1::text', 'known'));
  const unnamed = new Recorder('select $1::text as unnamed');
  await runQuery(pool, unnamed);
  const parsed = unnamed.connection?.parsedStatements;
  expect(parsed, 'connection.parsedStatements').toMatchObject({ known: 'select $1::text' });
  expect(Object.keys(parsed ?? {})).not.toContain('');
  const client = await pool.connect();
  expect(connectionOf(client).parsedStatements, 'client.connection').toBe(parsed);
  client.release();
});

test('pg gives an error of Postgres to handleError, and rejects with it', async () => {
  const query = new Recorder('select 1 / (length($1::text) - 1)');
  await expect(runQuery(pool, query)).rejects.toMatchObject({ code: '22012' });
  expect(query.calls).toContain('division by zero');
});

test('pg ends a query by query_timeout through its callback', async () => {
  const query = new Recorder('select pg_sleep(1), $1::text');
  await expect(runQuery(pool, query)).rejects.toThrow('Query read timeout');
  expect(query.callback, 'the callback that pg puts in its place').toBeTypeOf('function');
});
