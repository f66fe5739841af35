import { createDistance } from '../test/scale/tools/distance.ts';
import { closedLoop, interleave, type Slice, type Target } from './load.ts';
import type { Pinning } from './machine.ts';
import { type Line, ratioLine, spread } from './report.ts';
import { type ServerName, start } from './servers.ts';

const roundTripMs = 100;
const clients = 50;
const aim = 8;
const what = `throughput against a pool of four, ${clients} clients, Postgres ${roundTripMs} ms away`;

/** A pool of four gives forty answers a second: in a shorter slice there are too few to count. */
const minSliceMs = 2_000;
/** The medians differ little: most of the time is on the road. */
const maxRounds = 3;

type Bench = {
  databaseUrl: string;
  /** A server near the database, whose answers are right. */
  near: Target;
  pinning: Pinning | null;
  size: { rounds: number; sliceMs: number };
  say: (text: string) => void;
  stops: (() => Promise<void>)[];
};

/** Ours against the bare server, which has a pool of four, with the database in another region. */
export async function measureFar(bench: Bench): Promise<Line> {
  const { databaseUrl, near, pinning, size, say, stops } = bench;
  const distance = await createDistance(Number(new URL(databaseUrl).port), { roundTripMs });
  stops.push(distance.close);
  const farUrl = Object.assign(new URL(databaseUrl), { port: distance.port }).href;
  const begin = async (name: ServerName): Promise<Target> => {
    const server = await start(name, farUrl, pinning?.server);
    stops.push(server.stop);
    return { ...near, server };
  };
  const [ours, bare] = [await begin('ours'), await begin('bare')];
  const sliceMs = Math.max(minSliceMs, 4 * size.sliceMs);
  const rounds = Math.min(maxRounds, size.rounds);
  for (const target of [ours, bare]) await closedLoop(target, clients, minSliceMs);
  say(`Postgres ${roundTripMs} ms away, ${rounds} interleaved rounds …`);
  const slices = await interleave([ours, bare], rounds, (target) =>
    closedLoop(target, clients, sliceMs),
  );
  for (const { server } of [ours, bare]) await server.stop();
  return toLine(slices.get(ours) ?? [], slices.get(bare) ?? [], say);
}

function toLine(ours: Slice[], bare: Slice[], say: Bench['say']): Line {
  for (const [name, slices] of [
    ['ours', ours],
    ['a pool of four', bare],
  ] as const) {
    const median = (key: keyof Slice) => spread(slices.map((slice) => slice[key])).median;
    const perSecond = median('perSecond').toFixed(0).padStart(6);
    say(`  ${name.padEnd(14)} ${perSecond}/s  p50 ${median('p50Ms').toFixed(0)} ms`);
  }
  return ratioLine(what, aim, ours, bare);
}
