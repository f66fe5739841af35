import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBalancer } from './tools/balancer.ts';
import { startLoad, summary } from './tools/load.ts';
import { type BreakablePostgres, openBreakablePostgres } from './tools/postgres.ts';
import { measured, times } from './tools/scale.ts';
import { type RunningSidebar, startSidebar } from './tools/sidebar.ts';

let postgres: BreakablePostgres;

beforeAll(async () => {
  postgres = await openBreakablePostgres();
});
afterAll(() => postgres?.close());

/** What a SIGTERM may take, with answers under way and a pool to close. */
const stopsWithinMs = 4_000;

/** Longer than the balancer takes to ask /readyz. */
const delay = { SHUTDOWN_DELAY_SECONDS: '1' };

const kinds = {
  'that the balancer knows of beforehand': true,
  'that /readyz tells the balancer of': false,
};
/** Long enough for what was sent to a server to be taken in by it. */
const settledMs = 500;
const perSecond = 50;

test.for(Object.keys(kinds))(
  `a rolling restart %s, under ${perSecond} requests a second, loses none`,
  async (kind, context) => {
    const rounds = times(3, 20);
    const running: RunningSidebar[] = [
      await startSidebar(postgres.readerUrl, delay),
      await startSidebar(postgres.readerUrl, delay),
    ];
    const balancer = await startBalancer(...running.map(({ port }) => port));
    const load = startLoad(balancer.port, perSecond);
    const exits: string[] = [];
    try {
      await wait(500);
      for (let round = 0; round < rounds; round++) {
        const which = round % 2;
        const old = running[which] as RunningSidebar;
        if (kinds[kind as keyof typeof kinds]) {
          balancer.servers.splice(which, 1);
          await wait(settledMs);
        }
        const started = performance.now();
        old.child.kill('SIGTERM');
        const [code] = await old.exited;
        const ms = Math.round(performance.now() - started);
        if (code !== 0 || ms > stopsWithinMs) exits.push(`exit ${code} after ${ms} ms`);
        running[which] = await startSidebar(postgres.readerUrl, delay);
        balancer.servers.splice(0, 2, ...running.map(({ port }) => port));
        await wait(300);
      }
    } finally {
      await load.stop();
      await balancer.close();
      for (const sidebar of running) await sidebar.stop();
    }
    const lost = load.outcomes.filter(({ status, shown }) => status !== 200 || shown !== 'fresh');
    measured(context, `${rounds} restarts, ${lost.length} lost; ${summary(load.outcomes)}`);
    expect(lost).toEqual([]);
    expect(exits).toEqual([]);
  },
);
