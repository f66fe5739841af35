import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadline, requestBudgetMs } from '../../src/domain/deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const late = () => new Error('late');
const never = () => new Promise<never>(() => {});
const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, ms));

test('returns what is done in time, and what fails in time', async () => {
  const deadline = new Deadline(100);
  const results = Promise.allSettled([
    deadline.race(after(99), late),
    deadline.race(Promise.reject(new Error('failed')), late),
  ]);
  await vi.advanceTimersByTimeAsync(99);
  expect(await results).toMatchObject([{ value: 99 }, { reason: { message: 'failed' } }]);
  expect(vi.getTimerCount()).toBe(0);
});

test('is one budget for all the steps of a request', async () => {
  const deadline = new Deadline();
  expect(deadline.remainingMs()).toBe(requestBudgetMs);
  await vi.advanceTimersByTimeAsync(1_200);
  expect(deadline.remainingMs()).toBe(800);
  const onLate = vi.fn();
  deadline.race(never(), late).catch(onLate);
  await vi.advanceTimersByTimeAsync(799);
  expect(onLate).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(onLate).toHaveBeenCalledOnce();
  expect(deadline.remainingMs()).toBe(0);
});

test('gives a step its share, but never more than what is left', async () => {
  const deadline = new Deadline(1_000);
  const ended: string[] = [];
  const start = (name: string) =>
    deadline.race(never(), late, 400).catch(() => ended.push(`${name} ${performance.now() - at}`));
  const at = performance.now();
  start('first');
  await vi.advanceTimersByTimeAsync(700);
  start('second');
  await vi.advanceTimersByTimeAsync(700);
  expect(ended).toEqual(['first 400', 'second 1000']);
});

test('ignores work that fails when it is late already', async () => {
  const work = after(200).then(() => Promise.reject(new Error('ignored')));
  const result = expect(new Deadline(100).race(work, late)).rejects.toThrow('late');
  await vi.advanceTimersByTimeAsync(300);
  await result;
});

test('accepts a result that is no promise', async () => {
  expect(await new Deadline(100).race(7, late)).toBe(7);
});
