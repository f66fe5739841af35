import { expect, test } from 'vitest';
import { monitorEventLoop } from '../../src/server/event-loop.ts';

/** Keeps the process busy in turns of so long, for so long. */
async function work(turnMs: number, forMs: number): Promise<void> {
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    const turn = performance.now() + turnMs;
    while (performance.now() < turn);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

test('tells when everything waits its turn, and when that is over', async () => {
  const { isOverloaded } = monitorEventLoop();
  expect(isOverloaded()).toBe(false);
  await work(350, 2_500);
  expect(isOverloaded()).toBe(true);
  await expect.poll(isOverloaded, { timeout: 4_000 }).toBe(false);
}, 15_000);
