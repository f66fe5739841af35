import { Socket } from 'node:net';
import { vi } from 'vitest';

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
const names = {
  Q: 'query',
  P: 'parse',
  B: 'bind',
  D: 'describe',
  E: 'execute',
  S: 'sync',
} as const;

/**
 * How often each of these messages goes to Postgres from now on, until mocks are restored. A `sync` or
 * a simple `query` is a round trip.
 */
export function countMessages(): () => Record<(typeof names)[keyof typeof names], number> {
  const counts = { query: 0, parse: 0, bind: 0, describe: 0, execute: 0, sync: 0 };
  const { write } = Socket.prototype;
  vi.spyOn(Socket.prototype, 'write').mockImplementation(function (
    this: Socket,
    ...args: unknown[]
  ) {
    for (const type of typesIn(args[0])) if (type in names) counts[names[type as 'Q']]++;
    return Reflect.apply(write, this, args);
  });
  return () => ({ ...counts });
}

/** Of each message in it, where it is nothing else than messages to Postgres. */
function typesIn(written: unknown): string[] {
  if (!Buffer.isBuffer(written)) return [];
  const types: string[] = [];
  let at = 0;
  while (at + 5 <= written.length) {
    types.push(String.fromCharCode(written[at] as number));
    at += 1 + written.readInt32BE(at + 1);
  }
  return at === written.length ? types : [];
}
