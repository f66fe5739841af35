import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startLoad, summary } from './tools/load.ts';
import { createNetwork } from './tools/network.ts';
import { createOutages, type Outage } from './tools/outages.ts';
import { openBreakablePostgres } from './tools/postgres.ts';
import { latestMs, measured, minutes, randomFrom, seed } from './tools/scale.ts';
import { type RunningSidebar, startSidebar } from './tools/sidebar.ts';

const preload = (file: string) => fileURLToPath(new URL(`tools/${file}`, import.meta.url));

const perSecond = 50;
const mostBackends = 8;
const mostSlopeMbPerHour = 1;
/** Between two outages, so that there is something to lose. */
const calmMs = 15_000;
/** After the last request: pg closes connections that were idle for ten seconds. */
const settledMs = 15_000;

type Memory = { at: number; used: number; rss: number; descriptors: number };

test.skipIf(minutes === 0)(
  `${minutes} minutes at ${perSecond} a second with outages leave nothing behind`,
  async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'faults-'));
    const namesFile = join(folder, 'names');
    await writeFile(namesFile, 'known');
    const postgres = await openBreakablePostgres();
    const network = await createNetwork(postgres.port);
    const outages = createOutages(postgres, network, namesFile, mostBackends);
    const url = Object.assign(new URL(postgres.readerUrl), {
      hostname: 'database.test',
      port: String(network.port),
    });
    const sidebar = await startSidebar(url.href, { NAMES_FILE: namesFile }, [
      '--expose-gc',
      ...['--import', preload('names.mjs'), '--import', preload('memory.mjs')],
    ]);
    try {
      const all: Memory[] = [await memoryOf(sidebar)];
      const random = randomFrom(seed);
      const load = startLoad(sidebar.port, perSecond);
      const ends = performance.now() + minutes * 60_000;
      let broken = 0;
      try {
        while (performance.now() < ends) {
          await wait(Math.min(calmMs, ends - performance.now()));
          all.push(await memoryOf(sidebar));
          const names = [...outages.keys()];
          const name = names[Math.floor(random() * names.length)] as string;
          const { begin, lastsMs, end } = outages.get(name) as Outage;
          console.log(
            `        ${Math.round((ends - performance.now()) / 1_000)} s left: ${name}; ${summary(load.outcomes)}`,
          );
          try {
            await begin();
            await wait(lastsMs);
          } finally {
            await end();
          }
          broken++;
        }
        // Back from the last one.
        await wait(3_000);
      } finally {
        await load.stop();
      }
      await wait(settledMs);
      const last = await memoryOf(sidebar);
      const [first] = all as [Memory];

      const slope = slopeMbPerHour(all.slice(Math.ceil(all.length / 4)));
      const text = `${summary(load.outcomes)}; ${broken} outages, ${slope.toFixed(2)} MB/h, descriptors ${first.descriptors} → ${last.descriptors}, RSS ${mb(first.rss)} → ${mb(last.rss)} MB`;
      measured(context, text);
      expect(
        load.outcomes.filter(({ status, shown }) => status !== 200 || shown === 'wrong'),
      ).toEqual([]);
      expect(load.outcomes.filter(({ ms }) => ms > latestMs)).toEqual([]);
      expect(last.descriptors).toBeLessThanOrEqual(first.descriptors);
      // In minutes, what fills the caches looks like a leak.
      if (minutes >= 30) expect(slope).toBeLessThanOrEqual(mostSlopeMbPerHour);
      expect(sidebar.isAlive()).toBe(true);
    } finally {
      await sidebar.stop();
      await network.close();
      await postgres.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
  minutes * 60_000 + 180_000,
);

const mb = (bytes: number) => Math.round(bytes / 1_048_576);

async function memoryOf({ child, printed }: RunningSidebar): Promise<Memory> {
  const from = printed.text.length;
  child.kill('SIGUSR2');
  for (let waited = 0; waited < 500; waited++) {
    await wait(10);
    const [line] = /\{"event":"memory".*\}\n/.exec(printed.text.slice(from)) ?? [];
    if (line !== undefined) return { at: performance.now(), ...JSON.parse(line) };
  }
  throw new Error('The sidebar does not say how much memory it has');
}

/** The straight line that fits best (least squares). */
function slopeMbPerHour(all: readonly Memory[]): number {
  const mean = (values: number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const hours = all.map(({ at }) => at / 3_600_000);
  const used = all.map(({ used }) => used / 1_048_576);
  const [hour, amount] = [mean(hours), mean(used)];
  const over = mean(hours.map((one, i) => (one - hour) * ((used[i] ?? 0) - amount)));
  return over / mean(hours.map((one) => (one - hour) ** 2));
}
