import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { endpoints } from '../../domain/observer.ts';
import type { DatabaseHealth } from '../../lookup/database-health.ts';
import type { Connections } from '../../postgres/resilient-lookup.ts';
import type { Load } from '../event-loop.ts';
import type { Counters, Counts } from './counters.ts';
import { boundsMs, type Histogram } from './histogram.ts';

export type Sources = {
  counters: Counters;
  waitedMs: Load['waitedMs'];
  connections: () => Connections;
  database: DatabaseHealth;
  /** Null without a previous Secret Key. */
  previousKeyEnds: Date | null;
  version: string;
};

type Value = { labels?: Record<string, string>; value: number; metricName?: string };

const prefix = 'helpscout_sidebar_';

/** Gives all metrics in Prometheus's text format. */
export function createMetrics(sources: Sources): () => Promise<string> {
  const { counters, waitedMs, connections, database, previousKeyEnds, version } = sources;
  const { totals } = counters;
  const registry = new Registry();

  function add(
    type: 'counter' | 'gauge' | 'histogram',
    shortName: string,
    help: string,
    read: () => Value[] | Promise<Value[]>,
  ): void {
    const name = prefix + shortName;
    const get = async () => ({
      ...{ name, help, type },
      values: (await read()).map(({ labels = {}, ...value }) => ({ labels, ...value })),
    });
    // prom-client's own classes would count again; its registry needs only this of a metric.
    registry.registerMetric({ name, help, type, get } as unknown as Metric);
  }
  const counter = (name: string, help: string, read: () => Value[]) =>
    add('counter', name, help, read);
  const gauge = (name: string, help: string, read: () => number) =>
    add('gauge', name, help, () => [{ value: read() }]);

  counter('answers_total', 'Verified requests that were answered.', () =>
    endpoints.flatMap((endpoint) => labelled('outcome', totals.answers[endpoint], { endpoint })),
  );
  add('histogram', 'answer_seconds', 'Time from verifying a request to its answer.', () =>
    endpoints.flatMap((endpoint) =>
      histogram('answer_seconds', totals.answerTimes[endpoint], { endpoint }),
    ),
  );
  counter('signatures_total', 'Valid signatures, by the Secret Key that made them.', () =>
    labelled('key', totals.keys),
  );
  if (previousKeyEnds !== null)
    gauge(
      'previous_key_end_timestamp_seconds',
      'When the previous Secret Key expires.',
      () => previousKeyEnds.getTime() / 1_000,
    );
  counter('refusals_total', 'Requests with a missing or invalid signature, by its class.', () =>
    labelled('class', totals.refusals),
  );
  counter('rejections_total', 'Requests rejected before their signature was checked.', () =>
    labelled('class', totals.rejections),
  );
  counter('repeated_signatures_total', 'Signatures that came 60 times in an hour.', () => [
    { value: totals.repeatedSignatures },
  ]);
  add('histogram', 'lookup_seconds', 'Duration of lookups, including failed ones.', () =>
    histogram('lookup_seconds', totals.lookupTimes),
  );
  counter('lookup_failures_total', 'Lookups that failed, after a retry where one helps.', () =>
    labelled('class', totals.lookupFailures),
  );
  gauge('lookups_in_flight', 'Lookups in flight.', counters.lookupsInFlight);
  add(
    'gauge',
    'database_up',
    'Whether the database answers: checked at most every 5 seconds, if no lookup tells it.',
    async () => [{ value: (await database.lastKnown()) ? 1 : 0 }],
  );
  counter('database_events_total', 'Warnings in the log about the database connections.', () =>
    labelled('event', totals.databaseEvents),
  );
  gauge('pool_connections', 'Connections to the database.', () => connections().open);
  gauge('pool_idle_connections', 'Connections that no lookup uses.', () => connections().idle);
  gauge('pool_waiting_lookups', 'Lookups that wait for a connection.', () => connections().waiting);
  counter('mailbox_calls_total', 'Calls of Help Scout’s Mailbox API, by outcome.', () =>
    labelled('outcome', totals.mailboxCalls),
  );
  counter('log_lines_dropped_total', 'Log lines dropped because the reader was too slow.', () => [
    { value: totals.linesDropped },
  ]);
  gauge(
    'event_loop_lag_seconds',
    'Median event loop lag in the last second.',
    () => waitedMs().usual / 1_000,
  );
  gauge(
    'event_loop_longest_lag_seconds',
    'Longest event loop lag in the last 30 seconds.',
    () => waitedMs().longest / 1_000,
  );
  add('gauge', 'build_info', 'The version of helpscout-sidebar and of Node.', () => [
    { labels: { version, node: process.version }, value: 1 },
  ]);
  collectDefaultMetrics({ register: registry });

  return async () => {
    // First, so that the pool's gauges do not count the check's own lookup.
    await database.check();
    return registry.metrics();
  };
}

const labelled = (label: string, counts: Counts, labels: Record<string, string> = {}): Value[] =>
  Object.entries(counts).map(([one, value]) => ({ labels: { ...labels, [label]: one }, value }));

/** Prometheus's buckets are cumulative, and in seconds. */
function histogram(
  shortName: string,
  { counts, sumMs }: Histogram,
  labels: Record<string, string> = {},
): Value[] {
  const name = prefix + shortName;
  let total = 0;
  const buckets = counts.map((count, i) => {
    total += count;
    const bound = boundsMs[i];
    const le = bound === undefined ? '+Inf' : String(bound / 1_000);
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sumMs / 1_000 },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
