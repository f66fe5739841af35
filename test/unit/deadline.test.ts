import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createDeadline } from '../../src/domain/deadline.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const late = () => new Error('late');
const never = () => new Promise<never>(() => {});
const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, ms));

test('gives what comes in time, and what fails in time', async () => {
  const inTime = createDeadline(100, late);
  const results = Promise.allSettled([
    inTime(after(99)),
    inTime(Promise.reject(new Error('failed'))),
  ]);
  await vi.advanceTimersByTimeAsync(99);
  expect(await results).toMatchObject([{ value: 99 }, { reason: { message: 'failed' } }]);
});

test('ends each at its own time, though there is one timer for all', async () => {
  const inTime = createDeadline(100, late);
  const ended: string[] = [];
  const start = (name: string, work: Promise<unknown>) =>
    inTime(work).catch(() => ended.push(`${name} ${performance.now() - began}`));
  const began = performance.now();
  start('first', never());
  await vi.advanceTimersByTimeAsync(30);
  start('done', after(10));
  await vi.advanceTimersByTimeAsync(30);
  start('last', never());
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(ended).toEqual(['first 100', 'last 160']);
  expect(vi.getTimerCount()).toBe(0);
});

test('cares no more for what fails when it is late already', async () => {
  const inTime = createDeadline(100, late);
  const work = after(200).then(() => Promise.reject(new Error('nobody waits')));
  const onEnd = vi.fn();
  const result = expect(inTime(work, onEnd)).rejects.toThrow('late');
  await vi.advanceTimersByTimeAsync(100);
  expect(onEnd).toHaveBeenCalledOnce();
  await vi.advanceTimersByTimeAsync(200);
  await result;
  expect(onEnd).toHaveBeenCalledOnce();
});

test('takes what an app gives at once for what is there already', async () => {
  const onEnd = vi.fn();
  expect(await createDeadline(100, late)(7 as unknown as Promise<number>, onEnd)).toBe(7);
  expect(onEnd).toHaveBeenCalledOnce();
});
