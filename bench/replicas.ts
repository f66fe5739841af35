import { collectAnswers } from './answers.ts';
import { haproxyProgram, startHaproxy } from './haproxy.ts';
import { closedLoop, interleave, type Slice, type Target } from './load.ts';
import type { Pinning } from './machine.ts';
import { type Line, ratio, ratioLine, spread } from './report.ts';
import { type Running, start } from './servers.ts';
import { openSlowCores, type SlowCores } from './slow-cores.ts';
import type { Request } from './traffic.ts';

/** As many as in any other measurement: replicas share load only when there is much of it. */
const clients = 50;

/** A fifth of a real core, so that HAProxy, the load and Postgres have more than they need. */
const slowShare = 0.2;

/** V8 must have compiled the code before the cores are slowed down. */
const minWarmMs = 3_000;

const what = '2 replicas behind HAProxy against 1, each a fifth of a core by quota';
const aim = 1.8;

type Bench = {
  databaseUrl: string;
  traffic: Request[];
  pinning: Pinning | null;
  size: { rounds: number; sliceMs: number; warmMs: number };
  say: (text: string) => void;
  stops: (() => Promise<void>)[];
};

/**
 * What two replicas answer against one, behind the same HAProxy. Each gets so little CPU that nothing
 * else is the limit, so this measures what they cost each other, and nothing about the database.
 */
export async function measureReplicas(bench: Bench): Promise<Line> {
  const { databaseUrl, pinning, size, say, stops } = bench;
  if (haproxyProgram === undefined) return notMeasured('HAProxy is not installed');
  let cores: SlowCores;
  try {
    cores = openSlowCores(slowShare);
  } catch (error) {
    return notMeasured((error as Error).message);
  }
  stops.push(cores.close);
  const begin = async () => {
    const replica = await start('ours', databaseUrl, pinning?.server);
    stops.push(replica.stop);
    return replica;
  };
  const [first, second] = [await begin(), await begin()];
  // The same file with the same replica twice: HAProxy itself does as much in both.
  const one = await putBehindHaproxy(haproxyProgram, [first, first], bench);
  const two = await putBehindHaproxy(haproxyProgram, [first, second], bench);
  await closedLoop(two, clients, 2 * Math.max(size.warmMs, minWarmMs));
  for (const { pid } of [first, second]) cores.slowDown(pid);

  say(`${what}, ${size.rounds} interleaved rounds …`);
  const slices = await interleave([one, two], size.rounds, (target) =>
    closedLoop(target, clients, 2 * size.sliceMs),
  );
  return toLine(slices.get(one) ?? [], slices.get(two) ?? [], say);
}

async function putBehindHaproxy(
  program: string,
  replicas: readonly [Running, Running],
  { traffic, stops }: Bench,
): Promise<Target> {
  const [first, second] = replicas;
  const { port, stop } = await startHaproxy(program, [first.port, second.port]);
  stops.push(stop);
  const usage = async () => {
    const all = await Promise.all([...new Set(replicas)].map((replica) => replica.usage()));
    const sum = (key: 'cpuMs' | 'rssMb') => all.reduce((total, one) => total + one[key], 0);
    return { cpuMs: sum('cpuMs'), rssMb: sum('rssMb') };
  };
  const server: Running = { ...first, port, usage };
  return { server, traffic, right: await collectAnswers(server, traffic) };
}

function toLine(one: Slice[], two: Slice[], say: Bench['say']): Line {
  for (const [name, slices] of [
    ['1 replica ', one],
    ['2 replicas', two],
  ] as const) {
    const median = (key: keyof Slice) => spread(slices.map((slice) => slice[key])).median;
    const perSecond = median('perSecond').toFixed(0).padStart(6);
    say(`  ${name} ${perSecond}/s  ${median('cpuMicroseconds').toFixed(0)} µs of CPU an answer`);
  }
  return ratioLine(what, aim, two, one);
}

const notMeasured = (why: string): Line => ({
  what,
  aim: `≥ ${ratio(aim)}`,
  measured: `not measured: ${why}`,
  met: null,
});
