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
// an upgrade of pg, describe-query.ts must be changed with it.

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client(await createDatabase());
  await client.connect();
});
afterAll(() => client.end());

/** Records what pg calls. */
class Recorder extends ProtocolQuery {
  readonly text: string;
  readonly calls: unknown[] = [];
  connection: Connection | null = null;

  constructor(text: string) {
    super();
    this.text = text;
  }
  submit(connection: Connection) {
    this.connection = connection;
    const parse = serialize.parse({ text: this.text, name: '' });
    connection.stream.write(
      Buffer.concat([parse, serialize.describe({ type: 'S' }), serialize.sync()]),
    );
  }
  override handleRowDescription({ fields }: { fields: Field[] }) {
    this.calls.push(fields.map(({ name, dataTypeID }) => [name, dataTypeID]));
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
  const query = new Recorder('select $1::text as one, null as two');
  await runQuery(client, query);
  expect(query.calls, 'the handlers that pg calls, in order').toEqual([
    [
      ['one', pg.types.builtins.TEXT],
      ['two', pg.types.builtins.TEXT],
    ],
    'ready',
  ]);
  expect(query.connection?.stream, 'connection.stream').toBeInstanceOf(Socket);
  expect(connectionOf(client).stream, 'client.connection').toBe(query.connection?.stream);
});

test('pg gives an error of Postgres to handleError', async () => {
  const query = new Recorder('select 1 from nowhere');
  await expect(runQuery(client, query)).rejects.toMatchObject({ code: '42P01' });
  expect(query.calls[0]).toBe('relation "nowhere" does not exist');
});
