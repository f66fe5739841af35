import { setTimeout as wait } from 'node:timers/promises';
import { isRight, type RightAnswers } from './answers.ts';
import { type Answer, type Connection, openConnection } from './client.ts';
import type { Running } from './servers.ts';
import { type Request, randomNumbers } from './traffic.ts';

/** A server and what it is asked. */
export type Target = { server: Running; traffic: Request[]; right: RightAnswers };

export type Slice = {
  perSecond: number;
  /** Of the server's process. */
  cpuMicroseconds: number;
  p50Ms: number;
  p99Ms: number;
  wrong: number;
  /** Overload messages, stale answers, and requests not sent because too many were open. */
  busy: number;
};

/** Not counted: connections open, and the processor's caches still hold another server. */
const settleMs = 150;

/** Each of so many clients asks again as soon as it has its answer. */
export async function closedLoop(
  target: Target,
  clients: number,
  ms: number,
  keepAlive = true,
): Promise<Slice> {
  const { server, traffic, right } = target;
  const latencies: number[] = [];
  const count = { right: 0, wrong: 0, busy: 0 };
  let [all, inTime, next] = [0, 0, Math.floor(Math.random() * traffic.length)];
  const before = await server.usage();
  const from = performance.now() + settleMs;
  const until = from + ms;

  await Promise.all(
    Array.from({ length: clients }, () => {
      const connection = openConnection(server.port);
      return new Promise<void>((resolve) => {
        const again = () => {
          const place = next++ % traffic.length;
          const request = traffic[place] as Request;
          const sent = performance.now();
          connection.ask(request.bytes, (answer) => {
            const now = performance.now();
            all++;
            count[judge(answer, request, right, place)]++;
            if (now >= from && now <= until) inTime++;
            if (sent >= from && now <= until) latencies.push(now - sent);
            if (!keepAlive || now >= until) connection.close();
            if (now < until) again();
            else resolve();
          });
        };
        again();
      });
    }),
  );
  const after = await server.usage();
  return {
    perSecond: inTime / (ms / 1_000),
    cpuMicroseconds: ((after.cpuMs - before.cpuMs) * 1_000) / all,
    ...percentiles(latencies),
    wrong: count.wrong,
    busy: count.busy,
  };
}

/** One slice of each in every round, and each round starts with another. */
export async function interleave<T>(
  targets: readonly T[],
  rounds: number,
  slice: (target: T) => Promise<Slice>,
): Promise<Map<T, Slice[]>> {
  const slices = new Map<T, Slice[]>(targets.map((target) => [target, []]));
  for (let round = 0; round < rounds; round++)
    for (let i = 0; i < targets.length; i++) {
      const target = targets[(round + i) % targets.length] as T;
      slices.get(target)?.push(await slice(target));
    }
  return slices;
}

/** With more open connections than this, the server is overloaded. */
const maxOpen = 500;

/** Poisson arrivals, however slow the answers are; latency counts from when a request was due. */
export async function fixedArrival(target: Target, perSecond: number, ms: number): Promise<Slice> {
  const { server, traffic, right } = target;
  const latencies: number[] = [];
  const idle: Connection[] = [];
  const random = randomNumbers(7);
  const count = { right: 0, wrong: 0, busy: 0 };
  let [open, underWay, next] = [0, 0, Math.floor(Math.random() * traffic.length)];
  const before = await server.usage();
  const begin = performance.now();
  const from = begin + settleMs;
  const until = from + ms;
  // Independent of each other, as agents are: the gaps are distributed exponentially.
  const gap = () => (-Math.log(1 - random()) * 1_000) / perSecond;

  const openAnother = () => {
    open++;
    return openConnection(server.port);
  };
  const send = (due: number) => {
    const connection = idle.pop() ?? openAnother();
    const place = next++ % traffic.length;
    const request = traffic[place] as Request;
    underWay++;
    connection.ask(request.bytes, (answer) => {
      underWay--;
      idle.push(connection);
      count[judge(answer, request, right, place)]++;
      if (due >= from) latencies.push(performance.now() - due);
    });
  };

  for (let due = begin + gap(); due < until; ) {
    for (const now = performance.now(); due <= now && due < until; due += gap())
      if (open < maxOpen || idle.length > 0) send(due);
      else {
        count.busy++;
        latencies.push(ms);
      }
    await wait(1);
  }
  const giveUp = performance.now() + 15_000;
  while (underWay > 0 && performance.now() < giveUp) await wait(5);
  const after = await server.usage();
  for (const connection of idle) connection.close();
  return {
    perSecond: latencies.length / (ms / 1_000),
    cpuMicroseconds: ((after.cpuMs - before.cpuMs) * 1_000) / latencies.length,
    ...percentiles(latencies),
    wrong: count.wrong + underWay,
    busy: count.busy,
  };
}

/** A stale answer, with its age. */
const asOf = /As of \d\d:\d\d UTC .*can’t be reached/;

function judge(
  answer: Answer | Error,
  request: Request,
  right: RightAnswers,
  place: number,
): 'right' | 'wrong' | 'busy' {
  if (answer instanceof Error || answer.status !== request.status) return 'wrong';
  if (isRight(right, place, answer.body)) return 'right';
  const says = answer.body.toString();
  const isHonest = says.includes('The sidebar is busy') || asOf.test(says);
  return isHonest ? 'busy' : 'wrong';
}

function percentiles(latencies: number[]) {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
