import type { Worker } from 'node:cluster';
import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  type MetricObject,
  Registry,
} from 'prom-client';
import { type WorkerEnd, workerEnds } from './classes.ts';
import { prefix } from './prefix.ts';

type Metrics = readonly MetricObject[];

/** The primary's question and a worker's answer, over the channel between them. */
type Question = { metricsWanted: number };
type Answer = { metricsWanted: number; metrics: Metrics };

/** Tells the primary what this worker counted, whenever it asks. */
export function tellPrimary(registry: Registry): void {
  process.on('message', async (message: Question) => {
    if (typeof message?.metricsWanted !== 'number') return;
    const metrics = await registry.getMetricsAsJSON();
    process.send?.({ metricsWanted: message.metricsWanted, metrics } satisfies Answer);
  });
}

/** Whoever hangs must not keep the others' from being read. */
const patienceMs = 1_000;

export type SumOfWorkers = {
  /** All metrics of the workers added up, in Prometheus's text. */
  metricsText: () => Promise<string>;
  /** What this one counted stays in the sum, else counters would fall. Null when it was told to end. */
  onEnded: (worker: Worker, how: WorkerEnd | null) => void;
};

/** Adds up what the workers count; processor time and memory are with this process's own. */
export function addUpWorkers(workers: () => readonly Worker[], wanted: number): SumOfWorkers {
  const own = new Registry();
  collectDefaultMetrics({ register: own });
  const ends = countWorkers(own, workers, wanted);
  /** What each said last, by its id. */
  const latest = new Map<number, Metrics>();
  let ended: Metrics = [];
  let questions = 0;

  /** Whether it answered in time. */
  function ask(worker: Worker): Promise<boolean> {
    const metricsWanted = questions++;
    return new Promise((resolve) => {
      const end = (isAnswered: boolean) => {
        clearTimeout(tooLong);
        worker.off('message', onMessage);
        resolve(isAnswered);
      };
      const onMessage = (message: Answer) => {
        if (message?.metricsWanted !== metricsWanted) return;
        latest.set(worker.id, message.metrics);
        end(true);
      };
      const tooLong = setTimeout(end, patienceMs, false);
      worker.on('message', onMessage);
      worker.send({ metricsWanted } satisfies Question, (error) => error && end(false));
    });
  }

  async function metricsText(): Promise<string> {
    const asked = workers();
    const areAnswered = await Promise.all(asked.map(ask));
    const present = new Set(asked.filter((_, i) => areAnswered[i]).map(({ id }) => id));
    const parts = [...latest].map(([id, metrics]) =>
      present.has(id) ? metrics : counted(metrics),
    );
    const ofThisProcess = (await own.getMetricsAsJSON()).filter(
      ({ name }) => name.startsWith('process_') || name.startsWith(prefix),
    );
    const sum = sumOf([...parts, ended, ofThisProcess]);
    // It cannot be added up, and is left out; that of this process is when all began.
    const start = await own.getSingleMetricAsString('process_start_time_seconds');
    return `${await sum.metrics()}\n${start}\n`;
  }

  return {
    metricsText,
    onEnded({ id }, how) {
      if (how !== null) ends.inc({ class: how });
      ended = sumOf([ended, counted(latest.get(id) ?? [])]).getMetricsAsArray();
      latest.delete(id);
    },
  };
}

/** What only this process knows of them; gives the counter of their ends. */
function countWorkers(registry: Registry, workers: () => readonly Worker[], wanted: number) {
  const registers = [registry];
  new Gauge({
    name: `${prefix}workers_wanted`,
    help: 'How many workers there should be.',
    registers,
  }).set(wanted);
  new Gauge({
    name: `${prefix}workers_listening`,
    help: 'How many workers take connections.',
    registers,
    collect() {
      this.set(workers().length);
    },
  });
  const ends = new Counter({
    name: `${prefix}worker_ends_total`,
    help: 'Workers that ended though nobody told them to, by how.',
    labelNames: ['class'],
    registers,
  });
  // So that the first end is a growth, too.
  for (const one of workerEnds) ends.inc({ class: one }, 0);
  return ends;
}

const sumOf = (parts: readonly Metrics[]) => AggregatorRegistry.aggregate([...parts]);

/** What only ever grows: where it ended, it stays. */
const counted = (metrics: Metrics) =>
  metrics.filter(({ type }) => ['counter', 'histogram'].includes(String(type)));
