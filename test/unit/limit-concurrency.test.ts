import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Account, FindAccounts } from '../../src/domain/account.ts';
import { Deadline } from '../../src/domain/deadline.ts';
import { limitConcurrency } from '../../src/lookup/decorators.ts';
import { emptiest } from '../../src/sidebar/samples.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lookups that end when they are told to. */
function heldLookups() {
  const release: ((accounts: Account[]) => void)[] = [];
  const findAccounts = vi.fn(
    (_: readonly string[]) => new Promise<Account[]>((resolve) => release.push(resolve)),
  );
  return { findAccounts, release };
}

test('asks the same question once, however many tabs ask it together', async () => {
  const { findAccounts, release } = heldLookups();
  const lookUp = limitConcurrency(findAccounts, () => false);
  const answers = Array.from({ length: 20 }, () => lookUp(['a@example.com', 'b@example.com']));
  expect(findAccounts).toHaveBeenCalledOnce();
  release[0]?.([emptiest]);
  for (const answer of answers) expect(await answer).toEqual([emptiest]);
});

test('asks again when the answer was given: it is never an old one', async () => {
  const findAccounts = vi.fn(async () => [emptiest]);
  const lookUp = limitConcurrency(findAccounts, () => false);
  await lookUp(['a@example.com']);
  await lookUp(['a@example.com']);
  expect(findAccounts).toHaveBeenCalledTimes(2);
});

test('takes other addresses, or another order of them, for another question', async () => {
  const { findAccounts } = heldLookups();
  const lookUp = limitConcurrency(findAccounts, () => false);
  for (const emails of [['a@x.y'], ['b@x.y'], ['a@x.y', 'b@x.y'], ['b@x.y', 'a@x.y']])
    lookUp(emails).catch(() => {});
  expect(findAccounts).toHaveBeenCalledTimes(4);
});

test('takes another customer for another question, though no address was asked for', async () => {
  const findAccounts = vi.fn(async (_: readonly string[], id?: string) => [
    { ...emptiest, companyName: `of ${id}` },
  ]);
  const lookUp = limitConcurrency(findAccounts, () => false);
  const answers = await Promise.all([lookUp([], '1'), lookUp([], '2'), lookUp([], '1')]);
  expect(answers.map(([account]) => account?.companyName)).toEqual(['of 1', 'of 2', 'of 1']);
  expect(findAccounts.mock.calls.map(([, id]) => id)).toEqual(['1', '2']);
});

test('turns the sixty-fifth lookup away at once, and the next when one has ended is welcome', async () => {
  const { findAccounts, release } = heldLookups();
  const lookUp = limitConcurrency(findAccounts, () => false);
  const first = lookUp(['0@example.com']);
  for (let i = 1; i < 64; i++) lookUp([`${i}@example.com`]).catch(() => {});
  await expect(lookUp(['64@example.com'])).rejects.toMatchObject({
    reason: 'busy',
    class: 'too_many_lookups',
  });
  release[0]?.([]);
  await first;
  lookUp(['64@example.com']).catch(() => {});
  expect(findAccounts).toHaveBeenCalledTimes(65);
});

test('gives up after two seconds, and frees the place', async () => {
  const { findAccounts } = heldLookups();
  const lookUp = limitConcurrency(findAccounts, () => false);
  const late = expect(lookUp(['a@example.com'])).rejects.toMatchObject({
    reason: 'unreachable',
    class: 'deadline',
  });
  await vi.advanceTimersByTimeAsync(1_999);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  await late;
  lookUp(['a@example.com']).catch(() => {});
  expect(findAccounts).toHaveBeenCalledTimes(2);
});

test('gives each of those who share a lookup until their own deadline', async () => {
  const { findAccounts, release } = heldLookups();
  const lookUp = limitConcurrency(findAccounts, () => false);
  const first = expect(lookUp(['a@example.com'])).rejects.toMatchObject({ class: 'deadline' });
  await vi.advanceTimersByTimeAsync(1_500);
  const second = lookUp(['a@example.com']);
  const inHaste = lookUp(['a@example.com'], undefined, new Deadline(100));
  const third = expect(inHaste).rejects.toMatchObject({ class: 'deadline' });
  await vi.advanceTimersByTimeAsync(100);
  await third;
  await vi.advanceTimersByTimeAsync(400);
  await first;
  release[0]?.([emptiest]);
  expect(await second).toEqual([emptiest]);
  expect(findAccounts).toHaveBeenCalledOnce();
});

test('keeps a new lookup in flight when a late one of the same addresses ends', async () => {
  const { findAccounts, release } = heldLookups();
  const lookUp = limitConcurrency(findAccounts, () => false);
  lookUp(['a@example.com']).catch(() => {});
  await vi.advanceTimersByTimeAsync(2_000);
  lookUp(['a@example.com']).catch(() => {});
  release[0]?.([]);
  await vi.advanceTimersByTimeAsync(0);
  lookUp(['a@example.com']).catch(() => {});
  expect(findAccounts).toHaveBeenCalledTimes(2);
});

test('tells a lookup how much time the request has left', async () => {
  const findAccounts = vi.fn(async (..._: Parameters<FindAccounts>) => [emptiest]);
  const deadline = new Deadline();
  await vi.advanceTimersByTimeAsync(1_200);
  await limitConcurrency(findAccounts, () => false)(['a@example.com'], undefined, deadline);
  expect(findAccounts.mock.calls[0]?.[2]?.remainingMs()).toBe(800);
});

test('looks nobody up while there is too much to do', async () => {
  const findAccounts = vi.fn(async () => [emptiest]);
  let isOverloaded = true;
  const lookUp = limitConcurrency(findAccounts, () => isOverloaded);
  await expect(lookUp(['a@example.com'])).rejects.toMatchObject({
    reason: 'busy',
    class: 'overload',
  });
  expect(findAccounts).not.toHaveBeenCalled();
  isOverloaded = false;
  expect(await lookUp(['a@example.com'])).toEqual([emptiest]);
});
