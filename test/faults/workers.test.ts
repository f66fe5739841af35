import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type Outcome, startLoad, summary } from './tools/load.ts';
import { type BreakablePostgres, openBreakablePostgres } from './tools/postgres.ts';
import { measured, times } from './tools/scale.ts';
import { type RunningSidebar, startSidebar } from './tools/sidebar.ts';

let postgres: BreakablePostgres;
let sidebar: RunningSidebar;

beforeAll(async () => {
  postgres = await openBreakablePostgres();
});
afterAll(() => postgres?.close());
afterEach(() => sidebar?.stop());

async function startWorkers(settings: Record<string, string> = {}): Promise<void> {
  sidebar = await startSidebar(postgres.readerUrl, { WORKERS: '2', ...settings });
  await vi.waitFor(() => expect(started()).toHaveLength(2), 10_000);
}

const perSecond = 50;

type Entry = { time: string; event: string; pid?: number };

const entries = (event: string): Entry[] =>
  sidebar.printed.text
    .split('\n')
    .flatMap((line) => (/^{.*}$/.test(line) ? JSON.parse(line) : []))
    .filter((entry: Entry) => entry.event === event);

/** All workers that there have been, the latest last. */
const started = () => entries('listening').map(({ pid }) => pid as number);

/** Does this to the older worker, and waits until another has taken its place. */
async function replace(signal: NodeJS.Signals): Promise<void> {
  const before = started();
  process.kill(before.at(-2) as number, signal);
  await vi.waitFor(() => expect(started()).toHaveLength(before.length + 1), 30_000);
}

/** Not what was asked for, though the database is well: on a machine that is too busy, a sentence. */
const isLost = ({ shown }: Outcome) => shown === 'wrong';

/** When workers ended, on the clock of the outcomes. */
const deaths = () =>
  entries('worker_ended').map(({ time }) => new Date(time).getTime() - performance.timeOrigin);

/** Whether a worker ended while this was asked: one that was dead before can have lost nothing. */
const wasUnderWay = ({ at, ms }: Outcome) =>
  deaths().some((death) => at <= death && death <= at + ms + 1_000);

test('of workers that are killed, only what they were answering is lost', async (context) => {
  const rounds = times(5, 50);
  await startWorkers();
  const load = startLoad(sidebar.port, perSecond, false);
  for (let round = 0; round < rounds; round++) {
    await wait(300);
    await replace('SIGKILL');
  }
  await load.stop();
  const lost = load.outcomes.filter(isLost);
  const others = lost.filter((outcome) => !wasUnderWay(outcome));
  measured(
    context,
    `${rounds} kills, ${lost.length} lost under way, ${others.length} others; ${summary(load.outcomes)}`,
  );
  expect(others).toEqual([]);
  expect(sidebar.isAlive()).toBe(true);
});

const kinds = {
  'with a connection for each request': { isKept: false, settings: {} },
  // As with any server, whoever keeps a connection must learn in time that it ends.
  'with connections that are kept, and a second to leave them': {
    isKept: true,
    settings: { SHUTDOWN_DELAY_SECONDS: '1' },
  },
};

test.for(Object.keys(kinds))(
  'a restart of each worker, %s, loses nothing',
  async (kind, context) => {
    const { isKept, settings } = kinds[kind as keyof typeof kinds];
    const rounds = times(4, 20);
    await startWorkers(settings);
    const load = startLoad(sidebar.port, perSecond, isKept);
    for (let round = 0; round < rounds; round++) {
      await wait(300);
      await replace('SIGTERM');
    }
    await load.stop();
    const lost = load.outcomes.filter(isLost);
    measured(context, `${rounds} restarts, ${lost.length} lost; ${summary(load.outcomes)}`);
    expect(lost).toEqual([]);
  },
);

test('a worker that hangs is replaced, and the other answers meanwhile', async (context) => {
  await startWorkers();
  const load = startLoad(sidebar.port, perSecond, false);
  await wait(300);
  const stoodStill = performance.now();
  await replace('SIGSTOP');
  const ms = Math.round(performance.now() - stoodStill);
  await load.stop();
  const lost = load.outcomes.filter(isLost);
  measured(context, `replaced after ${ms} ms, ${lost.length} lost; ${summary(load.outcomes)}`);
  expect(entries('worker_hangs')).toHaveLength(1);
  expect(lost.filter(({ at }) => at > stoodStill + 100)).toEqual([]);
});

test('a worker that hangs before it listens is replaced, too', async (context) => {
  await startWorkers();
  const [older] = started();
  const known = new Set(children());
  process.kill(older as number, 'SIGKILL');
  const fresh = () => children().find((pid) => !known.has(pid));
  await vi.waitFor(() => expect(fresh()).toBeDefined(), { timeout: 5_000, interval: 5 });
  const stoodStill = performance.now();
  process.kill(fresh() as number, 'SIGSTOP');
  await vi.waitFor(() => expect(started()).toHaveLength(3), 30_000);
  const ms = Math.round(performance.now() - stoodStill);
  measured(context, `replaced after ${ms} ms`);
  expect(entries('worker_hangs')).toHaveLength(1);
});

/** The processes of all workers, those that do not listen yet among them. */
const children = () =>
  readFileSync(`/proc/${sidebar.pid}/task/${sidebar.pid}/children`, 'utf8')
    .split(' ')
    .flatMap((pid) => (pid === '' ? [] : Number(pid)));
