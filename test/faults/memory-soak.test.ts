import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Attack, attacks } from './tools/attacks.ts';
import { startLoad, summary } from './tools/load.ts';
import { createMemoryLimit, memoryLimitMb, nodeOptions, residentMb } from './tools/memory-limit.ts';
import { openBreakablePostgres } from './tools/postgres.ts';
import { digits, latestMs, measured, minutes } from './tools/scale.ts';
import { startSidebar } from './tools/sidebar.ts';

const perSecond = 300;
const maxMinutes = 10;
const attackMs = 15_000;
const soakMinutes = Math.min(minutes, maxMinutes);

test.skipIf(minutes === 0)(
  `${soakMinutes} minutes at ${perSecond} a second, with attacks, within ${memoryLimitMb} MB`,
  async (context) => {
    const postgres = await openBreakablePostgres();
    const limit = createMemoryLimit();
    const sidebar = await startSidebar(postgres.readerUrl, {}, nodeOptions, limit?.enter);
    const load = startLoad(sidebar.port, perSecond);
    const resident = [residentMb(sidebar.pid)];
    const most = () => Math.max(...resident);
    try {
      const ends = performance.now() + soakMinutes * 60_000;
      for (let number = 0; performance.now() < ends && sidebar.isAlive(); number++) {
        const { name, begin } = attacks.at(-1 - (number % attacks.length)) as Attack;
        const sockets = await begin(sidebar.port);
        const until = performance.now() + attackMs;
        while (performance.now() < until && sidebar.isAlive()) {
          resident.push(residentMb(sidebar.pid));
          await wait(500);
        }
        for (const socket of sockets) socket.destroy();
        console.log(`        ${name}: ${resident.at(-1)} MB; ${summary(load.outcomes)}`);
      }
    } finally {
      await load.stop();
      const within = limit === null ? 'no memory limit here' : `limit ${memoryLimitMb} MB`;
      measured(context, `${within}, most ${digits(most())} MB: ${summary(load.outcomes)}`);
      await sidebar.stop();
      await postgres.close();
      limit?.remove();
    }
    expect(
      load.outcomes.filter(({ status, shown }) => status !== 200 || shown === 'wrong'),
    ).toEqual([]);
    expect(load.outcomes.filter(({ ms }) => ms > latestMs)).toEqual([]);
    expect(most()).toBeLessThan(memoryLimitMb);
  },
  soakMinutes * 60_000 + 120_000,
);
