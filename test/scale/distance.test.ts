import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askFor, type Outcome, summary } from '../faults/tools/load.ts';
import { measured } from '../faults/tools/scale.ts';
import { type RunningSidebar, startSidebar } from '../faults/tools/sidebar.ts';
import { repeatedly } from './tools/answers.ts';
import { createDistance } from './tools/distance.ts';
import { slowCustomer, writeQueries } from './tools/queries.ts';
import { numberedPerson, openVersion, type TlsPostgres } from './tools/versions.ts';

// A database in another region, with TLS and SCRAM; how fast it is, is the row `far` of the bench. A
// host name with dead addresses is not tried here: that takes a name server.

let postgres: TlsPostgres;
let queries: Awaited<ReturnType<typeof writeQueries>>;

beforeAll(async () => {
  postgres = await openVersion(18, new Date());
  queries = await writeQueries(0.5);
}, 120_000);
afterAll(async () => {
  await queries?.remove();
  await postgres?.close();
});

const rounds = 6;

/** Others in each round, so that each is looked up. */
const fifty = (round: number) =>
  Array.from({ length: 50 }, (_, i) => numberedPerson(round * 50 + i));

type Road = {
  url: string;
  sidebar: (settings?: Record<string, string>) => Promise<RunningSidebar>;
};

/** Runs with the database so far away. */
async function far(
  options: Parameters<typeof createDistance>[1],
  run: (road: Road) => Promise<void>,
): Promise<void> {
  const distance = await createDistance(postgres.port, options);
  const sidebars: RunningSidebar[] = [];
  const url = postgres.tlsUrl(distance.port);
  const sidebar: Road['sidebar'] = async (settings) => {
    const started = await startSidebar(url, settings);
    sidebars.push(started);
    return started;
  };
  try {
    await run({ url, sidebar });
  } finally {
    for (const one of sidebars) await one.stop();
    await distance.close();
  }
}

/** A few of them: the summary has the counts. */
const notFresh = (outcomes: readonly Outcome[]) =>
  outcomes.filter(({ status, shown }) => status !== 200 || shown !== 'fresh').slice(0, 3);

describe.for([100, 200])('the database is %i ms away:', (roundTripMs) => {
  test('the first request after the start is fresh', async (context) => {
    await far({ roundTripMs }, async ({ sidebar }) => {
      const { port } = await sidebar();
      const first = await askFor(port, new Agent(), numberedPerson(0));
      measured(context, `${first.shown} after ${Math.round(first.ms)} ms`);
      expect(notFresh([first])).toEqual([]);
    });
  });

  test('fifty at once get fresh answers, as soon as one does', async (context) => {
    await far({ roundTripMs }, async ({ sidebar }) => {
      const { port } = await sidebar();
      const agent = new Agent({ keepAlive: true });
      const outcomes: Outcome[] = [];
      for (let round = 0; round < rounds; round++)
        outcomes.push(...(await Promise.all(fifty(round).map((one) => askFor(port, agent, one)))));
      agent.destroy();
      measured(context, summary(outcomes));
      expect(notFresh(outcomes)).toEqual([]);
    });
  });

  test('one slow customer does not keep the others waiting', async (context) => {
    await far({ roundTripMs }, async ({ sidebar }) => {
      const { port } = await sidebar({ ACCOUNT_QUERY_FILE: queries.slow });
      const agent = new Agent({ keepAlive: true });
      const others: Outcome[] = [];
      const slow: Outcome[] = [];
      for (let round = 0; round < rounds; round++) {
        const slowOne = { email: slowCustomer, mark: 'Trial &amp; Error Ltd' };
        const [first, ...rest] = await Promise.all(
          [slowOne, ...fifty(round).slice(1)].map((person) => askFor(port, agent, person)),
        );
        slow.push(first as Outcome);
        others.push(...rest);
      }
      agent.destroy();
      measured(context, `${summary(others)}; the slow: ${summary(slow)}`);
      expect(notFresh(others)).toEqual([]);
      expect(slow.filter(({ status, shown }) => status !== 200 || shown === 'wrong')).toEqual([]);
      // Each was slow, else nothing was tried here.
      expect(Math.min(...slow.map(({ ms }) => ms))).toBeGreaterThan(500);
    });
  });
});

test('a database that wakes up in 8 s: one message until then, then fresh', async (context) => {
  const startedAt = performance.now();
  await far({ roundTripMs: 100, wakesAfterMs: 8_000 }, async ({ sidebar }) => {
    const { port } = await sidebar();
    const outcomes: Outcome[] = [];
    const asked: Promise<unknown>[] = [];
    const asking = repeatedly(100, async () => {
      const answered = askFor(port, new Agent(), numberedPerson(asked.length));
      asked.push(answered.then((outcome) => outcomes.push(outcome)));
    });
    await wait(Math.max(0, startedAt + 10_000 - performance.now()));
    await asking.stop();
    await Promise.all(asked);
    const early = outcomes.filter(({ at }) => at < startedAt + 5_500);
    const late = outcomes.filter(({ at }) => at >= startedAt + 8_500);
    measured(context, `until 5.5 s: ${summary(early)}; from 8.5 s: ${summary(late)}`);
    expect(outcomes.filter(({ status }) => status !== 200)).toEqual([]);
    const isExpected = ({ shown }: Outcome) => shown === 'unreachable' || shown === 'fresh';
    expect(outcomes.filter((outcome) => !isExpected(outcome))).toEqual([]);
    expect(early.filter(({ shown }) => shown === 'unreachable').length).toBeGreaterThan(0);
    expect(late.length).toBeGreaterThan(10);
    expect(notFresh(late)).toEqual([]);
  });
});
