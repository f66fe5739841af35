import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attacks, open, page } from './tools/attacks.ts';
import { startLoad, summary } from './tools/load.ts';
import { createMemoryLimit, memoryLimitMb, nodeOptions, residentMb } from './tools/memory-limit.ts';
import { type BreakablePostgres, openBreakablePostgres } from './tools/postgres.ts';
import { digits, latestMs, measured, times } from './tools/scale.ts';
import { type RunningSidebar, startSidebar } from './tools/sidebar.ts';

// Callers without a signature who try to make the server hold more than it has, within the memory of
// deploy/kubernetes. Good requests go on meanwhile.

let postgres: BreakablePostgres;
let sidebar: RunningSidebar;
const limit = createMemoryLimit();

beforeAll(async () => {
  postgres = await openBreakablePostgres();
  sidebar = await startSidebar(postgres.readerUrl, {}, nodeOptions, limit?.enter);
});
afterAll(async () => {
  await sidebar?.stop();
  await postgres?.close();
  limit?.remove();
});

/** 5,000 connections take 38 MB on Node 26. */
const maxGrowthMb = 60;

const rounds = times(1, 3);

test.for(attacks)('$name', async ({ begin, closedWithinMs }, context) => {
  const said: string[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      const before = residentMb(sidebar.pid);
      const load = startLoad(sidebar.port, 20);
      const sockets = await begin(sidebar.port);
      const until = performance.now() + Math.min(closedWithinMs, 5_000);
      let most = before;
      while (performance.now() < until) {
        most = Math.max(most, residentMb(sidebar.pid));
        await wait(100);
      }
      // Closed ones are noticed by whoever reads.
      for (const socket of sockets) socket.resume();
      await load.stop();
      for (const socket of sockets) socket.destroy();
      said.push(`${summary(load.outcomes)}; ${before} → ${most} MB`);
      const bad = load.outcomes.filter(({ status, shown }) => status !== 200 || shown !== 'fresh');
      expect(bad).toEqual([]);
      expect(load.outcomes.filter(({ ms }) => ms > latestMs)).toEqual([]);
      expect(most - before).toBeLessThanOrEqual(maxGrowthMb);
      expect(sidebar.isAlive()).toBe(true);
    }
  } finally {
    const within = limit === null ? 'no memory limit on this machine' : `${memoryLimitMb} MB`;
    measured(context, `${within}: ${said.join(' · ')}`);
  }
});

test('a connection that sends one request after another and never reads is closed', async (context) => {
  const socket = open(sidebar.port).pause();
  let isClosed = false;
  socket.once('close', () => {
    isClosed = true;
  });
  // Until the buffers of both ends are full; the unit tests close one that sends no more.
  let sent = 0;
  for (; !isClosed && sent < 6_000; sent++) {
    socket.write(page);
    await wait(5);
  }
  measured(context, `closed after ${digits(sent)} requests`);
  expect(isClosed).toBe(true);
});
