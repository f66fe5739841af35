import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reader } from '../../src/kit/demo/demo-database.ts';
import { freshAfter, startLoad, summary } from './tools/load.ts';
import { createNetwork, type Network } from './tools/network.ts';
import { createOutages, type Outage } from './tools/outages.ts';
import { type BreakablePostgres, openBreakablePostgres } from './tools/postgres.ts';
import { latestMs, measured, times } from './tools/scale.ts';
import { type RunningSidebar, startSidebar } from './tools/sidebar.ts';

// One server lives through all of them, one after the other, under agents who keep asking.

let folder: string;
let postgres: BreakablePostgres;
let network: Network;
let sidebar: RunningSidebar;
let outages: Map<string, Outage>;
let descriptors: number;

const names = fileURLToPath(new URL('tools/names.mjs', import.meta.url));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faults-'));
  const namesFile = join(folder, 'names');
  await writeFile(namesFile, 'known');
  postgres = await openBreakablePostgres();
  await postgres.sql(`alter role ${reader} connection limit ${mostBackends}`);
  network = await createNetwork(postgres.port);
  outages = createOutages(postgres, network, namesFile, mostBackends);
  const url = Object.assign(new URL(postgres.readerUrl), {
    hostname: 'database.test',
    port: String(network.port),
  });
  sidebar = await startSidebar(url.href, { NAMES_FILE: namesFile }, ['--import', names]);
  descriptors = (await readdir(`/proc/${sidebar.pid}/fd`).catch(() => [])).length;
});
afterAll(async () => {
  await sidebar?.stop();
  await network?.close();
  await postgres?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const perSecond = 50;
const freshWithinMs = 2_000;
/** An answer that takes longer met the outage, or a busy machine. */
const noticeableMs = 400;
/** After the last request: pg closes connections that were idle for ten seconds. */
const settledMs = 12_000;
/** Two pools: one that was given up, whose last queries the database is about to end, and the new. */
const mostBackends = 8;

const kinds = [
  'an immediate stop',
  'a fast restart',
  'terminated backends',
  'frozen backends',
  'a frozen postmaster',
  'a black hole',
  'half-dead sockets',
  'resets',
  'garbage from the server',
  'a name that is unknown',
  'a name that is never answered for',
  'a locked table',
  'a slow query',
  'a connection limit',
  'a revoked privilege',
  'a dropped table',
];
const rounds = times(1, 5);

test.for(kinds)(`${perSecond} agents a second live through %s`, async (kind, context) => {
  const outage = outages.get(kind) as Outage;
  const said: string[] = [];
  try {
    for (let round = 0; round < rounds; round++) said.push(await live(outage));
  } finally {
    measured(context, said.join(' · '));
  }
});

test.skipIf(process.platform !== 'linux')('no connection of theirs is left', async (context) => {
  await wait(settledMs);
  const { length } = await readdir(`/proc/${sidebar.pid}/fd`);
  measured(context, `${descriptors} descriptors at first, ${length} at the end`);
  expect(length).toBeLessThanOrEqual(descriptors);
});

async function live(outage: Outage): Promise<string> {
  const load = startLoad(sidebar.port, perSecond);
  const watch = watchBackends();
  let brokenAt = 0;
  let backAt = 0;
  try {
    await wait(400);
    brokenAt = performance.now();
    try {
      await outage.begin();
      await wait(outage.lastsMs);
    } finally {
      await outage.end();
      backAt = performance.now();
    }
    await wait(freshWithinMs + 200);
  } finally {
    await load.stop();
  }
  const { outcomes } = load;
  const most = await watch.stop();

  const text = `${summary(outcomes)}, fresh after ${freshAfter(outcomes, backAt)} ms, ${most} backends`;
  const others = outcomes.filter(({ status, shown }) => status !== 200 || shown === 'wrong');
  expect(others, text).toEqual([]);
  expect(outcomes.length, text).toBeGreaterThan(100);
  // Slow ones are the machine's, which other tests keep busy.
  const before = outcomes.filter(({ at, ms }) => at < brokenAt - 100 && ms < noticeableMs);
  expect(before.filter(({ shown }) => shown !== 'fresh')).toEqual([]);
  // Else it was none.
  const noticed = outcomes.some(({ ms, shown }) => shown !== 'fresh' || ms > noticeableMs);
  expect(noticed || outage.lastsMs === 0, text).toBe(true);
  const unexpected = outcomes.filter(
    ({ shown, isStranger }) => !outage.shows[isStranger ? 'strangers' : 'known'].includes(shown),
  );
  expect(unexpected, text).toEqual([]);
  expect(
    outcomes.filter(({ ms }) => ms > latestMs),
    text,
  ).toEqual([]);
  expect(freshAfter(outcomes, backAt), text).toBeLessThanOrEqual(freshWithinMs);
  expect(most, text).toBeLessThanOrEqual(mostBackends);
  expect(sidebar.isAlive()).toBe(true);
  return text;
}

function watchBackends() {
  let most = 0;
  let isStopping = false;
  const watching = (async () => {
    while (!isStopping) {
      // While the database is away there is nothing to count.
      const pids = await Promise.race([postgres.backends().catch(() => []), wait(1_000, [])]);
      most = Math.max(most, pids.length);
      await wait(100);
    }
  })();
  return {
    stop: async () => {
      isStopping = true;
      await watching;
      return most;
    },
  };
}
