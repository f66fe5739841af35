import { readFileSync } from 'node:fs';
import { collectAnswers } from './answers.ts';
import { closedLoop, type Slice, type Target } from './load.ts';
import type { Pinning } from './machine.ts';
import { type Line, ratio, spread } from './report.ts';
import { type Running, start } from './servers.ts';
import { openSlowCores } from './slow-cores.ts';
import type { Request } from './traffic.ts';

/** As many as anywhere here, since several workers are for when there is most to do. */
const clients = 50;

/** A fifth of a real core: so little that the load and Postgres have more than they need. */
const slowShare = 0.2;

/** What V8 has not compiled by then, a slow core would compile in the middle of it. */
const leastWarmMs = 3_000;

const aim = 1.8;

type Size = { rounds: number; sliceMs: number; warmMs: number };
type Say = (text: string) => void;

type Surroundings = {
  databaseUrl: string;
  traffic: Request[];
  pinning: Pinning | null;
  size: Size;
  say: Say;
  stops: (() => Promise<void>)[];
};

/**
 * What two workers on two cores answer, against one process on one. On four cores and more it is
 * just that. Where the load and Postgres need the cores, each worker is slowed down until they do
 * not; that measures what the workers cost each other, and nothing about the database.
 */
export async function measureCores(surroundings: Surroundings): Promise<Line[]> {
  return [await realCores(surroundings), await slowCores(surroundings)];
}

async function realCores(surroundings: Surroundings): Promise<Line> {
  const what = '2 cores against 1';
  const { pinning } = surroundings;
  if (pinning === null || pinning.second === null)
    return notMeasured(what, 'with the load and Postgres that takes four cores and taskset');
  const one = await begin(surroundings, 1, pinning.server);
  const two = await begin(surroundings, 2, `${pinning.server},${pinning.second}`);
  return compare(what, surroundings, one, two);
}

async function slowCores(surroundings: Surroundings): Promise<Line> {
  const what = '2 slow cores against 1, each a fifth of a core by quota';
  let cores: ReturnType<typeof openSlowCores>;
  try {
    cores = openSlowCores(slowShare);
  } catch (error) {
    return notMeasured(what, (error as Error).message);
  }
  surroundings.stops.push(cores.close);
  const one = await begin(surroundings, 1, surroundings.pinning?.server);
  const two = await begin(surroundings, 2, surroundings.pinning?.server);
  cores.put(one.pids, 1);
  cores.put(two.pids, 2);
  return compare(what, surroundings, one, two);
}

type Workers = { target: Target; pids: number[] };

/** Started, tried and warm. */
async function begin(
  { databaseUrl, traffic, size, stops }: Surroundings,
  workers: number,
  cores: string | undefined,
): Promise<Workers> {
  const server = await start('ours', databaseUrl, cores, workers);
  stops.push(server.stop);
  const pids = [server.pid, ...childrenOf(server.pid)];
  const all: Running = { ...server, usage: async () => ({ cpuMs: cpuMsOf(pids), rssMb: 0 }) };
  const target = { server: all, traffic, right: await collectAnswers(all, traffic) };
  // On the same core as before, and each of them must be as warm as one alone.
  await closedLoop(target, clients, workers * Math.max(size.warmMs, leastWarmMs));
  return { target, pids };
}

async function compare(
  what: string,
  { size, say }: Surroundings,
  one: Workers,
  two: Workers,
): Promise<Line> {
  say(`${what}, ${size.rounds} interleaved rounds …`);
  const slices: { one: Slice; two: Slice }[] = [];
  for (let round = 0; round < size.rounds; round++) {
    const slice = ({ target }: Workers) => closedLoop(target, clients, 2 * size.sliceMs);
    // Each time another first.
    const [a, b] = round % 2 === 0 ? [one, two] : [two, one];
    const first = await slice(a);
    const second = await slice(b);
    slices.push(round % 2 === 0 ? { one: first, two: second } : { one: second, two: first });
  }
  for (const [name, which] of [
    ['1 worker ', 'one'],
    ['2 workers', 'two'],
  ] as const) {
    const of = (what: keyof Slice) =>
      spread(slices.map((round) => round[which][what])).median.toFixed(0);
    say(`  ${name} ${of('perSecond').padStart(6)}/s  ${of('cpuMicroseconds')} µs of CPU an answer`);
  }
  const count = (what: 'wrong' | 'busy') =>
    slices.reduce((sum, { one, two }) => sum + one[what] + two[what], 0);
  const [wrong, busy] = [count('wrong'), count('busy')];
  const { median, low, high } = spread(slices.map(({ one, two }) => two.perSecond / one.perSecond));
  const measured = `${ratio(median)} (${ratio(low)}–${ratio(high)})${wrong > 0 ? `, ${wrong} wrong` : ''}${busy > 0 ? `, ${busy} busy` : ''}`;
  await one.target.server.stop();
  await two.target.server.stop();
  return { what, aim: `≥ ${ratio(aim)}`, measured, met: wrong + busy === 0 && median >= aim };
}

const notMeasured = (what: string, why: string): Line => ({
  what,
  aim: `≥ ${ratio(aim)}`,
  measured: `not measured: ${why}`,
  met: null,
});

/** Linux alone has /proc, and both ways to measure are Linux's. */
function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

/** Of all processes together, to a hundredth of a second. */
function cpuMsOf(pids: readonly number[]): number {
  const ticksOf = (pid: number) => {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    const [user, system] = fields.split(' ').slice(11, 13);
    return Number(user) + Number(system);
  };
  return pids.reduce((sum, pid) => sum + ticksOf(pid) * 10, 0);
}
