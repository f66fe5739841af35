import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { type Account, LookupError } from '../../src/domain/account.ts';
import { staleIfError } from '../../src/lookup/decorators.ts';
import { emptiest } from '../../src/sidebar/samples.ts';

const away = new LookupError('unreachable', 'ECONNREFUSED', {});

/** A database that answers, or fails, as told; and a clock that is moved by hand. */
function scene() {
  const state = { now: new Date('2026-11-22T14:02:00Z'), failure: null as Error | null };
  const findAccounts = async (emails: readonly string[]): Promise<Account[]> => {
    if (state.failure !== null) throw state.failure;
    return emails.map((email) => ({ ...emptiest, email }));
  };
  const lookUp = staleIfError(findAccounts, () => state.now);
  const wait = (minutes: number) => {
    state.now = new Date(state.now.getTime() + minutes * 60_000);
  };
  return { state, lookUp, wait };
}

test('gives the last good answer, and says of when it is, while the database is away', async () => {
  const { state, lookUp, wait } = scene();
  const asOf = state.now;
  const { accounts } = await lookUp(['a@example.com']);
  state.failure = away;
  wait(3);
  expect(await lookUp(['a@example.com'])).toEqual({ accounts, asOf, failure: away });
});

test('remembers that nobody was found', async () => {
  const { state } = scene();
  let failure: Error | null = null;
  const lookUp = staleIfError(
    async () => {
      if (failure) throw failure;
      return [];
    },
    () => state.now,
  );
  await lookUp(['a@example.com']);
  failure = away;
  expect(await lookUp(['a@example.com'])).toMatchObject({ accounts: [], failure: away });
});

test('never gives an old answer while the database answers', async () => {
  const { state, lookUp } = scene();
  await lookUp(['a@example.com']);
  state.failure = away;
  await lookUp(['a@example.com']);
  state.failure = null;
  expect(await lookUp(['a@example.com'])).toMatchObject({ failure: null });
});

test('never gives the answer to another question', async () => {
  const { state, lookUp } = scene();
  await lookUp(['a@example.com', 'b@example.com']);
  state.failure = away;
  for (const other of [
    ['a@example.com'],
    ['b@example.com', 'a@example.com'],
    ['a@example.com\nb@example.com.'],
    [],
  ])
    await expect(lookUp(other)).rejects.toBe(away);
});

test('never gives one customer’s answer to another’s question, though no address was asked for', async () => {
  const { state, lookUp } = scene();
  await lookUp([], '1');
  state.failure = away;
  expect(await lookUp([], '1')).toMatchObject({ failure: away });
  for (const other of [lookUp([], '2'), lookUp([]), lookUp(['1'])])
    await expect(other).rejects.toBe(away);
});

test('forgets after ten minutes', async () => {
  const { state, lookUp, wait } = scene();
  await lookUp(['a@example.com']);
  state.failure = away;
  wait(10);
  expect(await lookUp(['a@example.com'])).toMatchObject({ failure: away });
  wait(0.1);
  await expect(lookUp(['a@example.com'])).rejects.toBe(away);
});

test('keeps the 500 that were asked last', async () => {
  const { state, wait, lookUp } = scene();
  await lookUp(['first@example.com']);
  await lookUp(['second@example.com']);
  await lookUp(['first@example.com']);
  for (let i = 0; i < 499; i++) {
    if (i % 90 === 0) wait(1 / 60);
    await lookUp([`${i}@example.com`]);
  }
  state.failure = away;
  expect(await lookUp(['first@example.com'])).toMatchObject({ failure: away });
  await expect(lookUp(['second@example.com'])).rejects.toBe(away);
});

test.each([
  ['an admin must act', new LookupError('misconfigured', '42P01', {})],
  ['it is our own mistake', new TypeError('x')],
])('gives nothing old where %s', async (_, failure) => {
  const { state, lookUp } = scene();
  await lookUp(['a@example.com']);
  state.failure = failure;
  await expect(lookUp(['a@example.com'])).rejects.toBe(failure);
});

test('helps a busy database, too', async () => {
  const { state, lookUp } = scene();
  await lookUp(['a@example.com']);
  state.failure = new LookupError('busy', 'pooler_exhausted', {});
  expect(await lookUp(['a@example.com'])).toMatchObject({ failure: state.failure });
});

test.each(['22P02', '22003', '22012', '21000'])(
  'helps where the query fails for a customer’s data (%s), which it did not before',
  async (failure) => {
    const { state, lookUp } = scene();
    await lookUp(['a@example.com']);
    state.failure = new LookupError('misconfigured', failure, {});
    expect(await lookUp(['a@example.com'])).toMatchObject({ failure: state.failure });
    await expect(lookUp(['b@example.com'])).rejects.toBe(state.failure);
  },
);

test('of hundreds in a second keeps some, and always the newest of what it has', async () => {
  const { state } = scene();
  let company = 'before';
  const lookUp = staleIfError(
    async ([email = '']) => {
      if (state.failure !== null) throw state.failure;
      return [{ ...emptiest, email, companyName: company }];
    },
    () => state.now,
  );
  for (let i = 0; i < 500; i++) await lookUp([`${i}@example.com`]);
  company = 'after';
  await lookUp(['99@example.com']);
  await lookUp(['499@example.com']);
  state.failure = away;
  expect(await lookUp(['99@example.com'])).toMatchObject({ accounts: [{ companyName: 'after' }] });
  await expect(lookUp(['499@example.com'])).rejects.toBe(away);
  state.failure = null;
  state.now = new Date(state.now.getTime() + 1_000);
  await lookUp(['499@example.com']);
  state.failure = away;
  expect(await lookUp(['499@example.com'])).toMatchObject({ failure: away });
});

/** Bytes of the heap that are in use once all garbage is collected. */
function usedHeap(): number {
  setFlagsFromString('--expose_gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

test('keeps at most 16 MB of hundreds of large results', async () => {
  const { state, wait } = scene();
  let made = 0;
  const text = () => String(++made).padEnd(2_000, 'x');
  const fact = (name: string) => ({ name, kind: 'text', value: Buffer.from(text()).toString() });
  const large = () => ({ ...emptiest, otherFacts: Array.from('abcdefghij', fact) }) as Account;
  const lookUp = staleIfError(
    async () => {
      if (state.failure !== null) throw state.failure;
      return Array.from({ length: 20 }, large);
    },
    () => state.now,
  );
  const before = usedHeap();
  for (let i = 0; i < 600; i++) {
    if (i % 90 === 0) wait(1 / 60);
    await lookUp([`${i}@example.com`]);
  }
  expect(usedHeap() - before).toBeLessThan(18 * 1024 * 1024);
  state.failure = away;
  const last = await lookUp(['599@example.com']);
  expect(last.accounts).toHaveLength(20);
  await expect(lookUp(['500@example.com'])).rejects.toBe(away);
});

test.each([
  ['a list of short items', { modules: Array.from({ length: 30_000 }, (_, i) => `${i}`) }],
  ['a long text', { companyName: 'x'.repeat(600_000) }],
])('does not keep %s above 1 MB, nor what was known before', async (_, tooLarge) => {
  const { state } = scene();
  let found = { ...emptiest };
  const lookUp = staleIfError(
    async () => {
      if (state.failure !== null) throw state.failure;
      return [found];
    },
    () => state.now,
  );
  await lookUp(['a@example.com']);
  found = { ...emptiest, ...tooLarge };
  await lookUp(['a@example.com']);
  state.failure = away;
  await expect(lookUp(['a@example.com'])).rejects.toBe(away);
});
