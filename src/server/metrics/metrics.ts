import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { endpoints } from '../../domain/observer.ts';
import type { Connections } from '../../postgres/resilient-lookup.ts';
import type { Load } from '../event-loop.ts';
import type { Counters, Counts } from './counters.ts';
import type { Histogram } from './histogram.ts';
import { prefix } from './prefix.ts';

/** Of one process. */
export type Sources = {
  counters: Counters;
  waitedMs: Load['waitedMs'];
  connections: () => Connections;
  isDatabaseUp: () => Promise<boolean>;
  /** Null where there is no key before. */
  previousKeyEnds: Date | null;
  version: string;
};

type Value = { labels?: Record<string, string>; value: number; metricName?: string };

/** How the values of several processes become one. */
type Aggregator = 'sum' | 'max' | 'min' | 'first';

/**
 * All metrics of this process, read when somebody asks: nothing is done for them in between. In a
 * registry of its own, so that several processes can be added up by an `AggregatorRegistry`.
 */
export function createMetrics(sources: Sources): Registry {
  const { counters, waitedMs, connections, isDatabaseUp, previousKeyEnds, version } = sources;
  const registry = new Registry();

  function add(
    type: 'counter' | 'gauge' | 'histogram',
    shortName: string,
    help: string,
    read: () => Value[] | Promise<Value[]>,
    aggregator: Aggregator = 'sum',
  ): void {
    const name = prefix + shortName;
    const get = async () => ({
      ...{ name, help, type, aggregator },
      values: (await read()).map(({ labels = {}, ...value }) => ({ labels, ...value })),
    });
    // prom-client's own classes would count again what is counted already; of a metric it asks no
    // more than this, and its aggregated ones are no more either.
    registry.registerMetric({ name, help, type, aggregator, get } as unknown as Metric);
  }
  const counter = (name: string, help: string, read: () => Value[]) =>
    add('counter', name, help, read);
  const gauge = (name: string, help: string, read: () => number, aggregator?: Aggregator) =>
    add('gauge', name, help, () => [{ value: read() }], aggregator);

  counter('answers_total', 'Requests that were proven and answered.', () =>
    endpoints.flatMap((endpoint) => labelled('outcome', counters.answers[endpoint], { endpoint })),
  );
  add('histogram', 'answer_seconds', 'From the proof of a request to its answer.', () =>
    endpoints.flatMap((endpoint) =>
      histogram('answer_seconds', counters.answerTimes[endpoint], { endpoint }),
    ),
  );
  counter('signatures_total', 'Signatures that were right, by the Secret Key that made them.', () =>
    labelled('key', counters.keys),
  );
  if (previousKeyEnds !== null)
    gauge(
      'previous_key_end_timestamp_seconds',
      'When the Secret Key before ends.',
      () => previousKeyEnds.getTime() / 1_000,
      'first',
    );
  counter('refusals_total', 'Requests without proof, by what their signature looked like.', () =>
    labelled('class', counters.refusals),
  );
  counter('rejections_total', 'Requests turned away before there was anything to prove.', () =>
    labelled('class', counters.rejections),
  );
  counter('repeated_signatures_total', 'Signatures that came 60 times in an hour.', () => [
    { value: counters.numbers.repeatedSignatures },
  ]);
  add('histogram', 'lookup_seconds', 'How long a lookup took, failed ones too.', () =>
    histogram('lookup_seconds', counters.lookupTimes),
  );
  counter('lookup_failures_total', 'Lookups that failed, after another try where one helps.', () =>
    labelled('class', counters.lookupFailures),
  );
  gauge('lookups_in_flight', 'Lookups under way.', () => counters.numbers.lookupsInFlight);
  add(
    'gauge',
    'database_up',
    'Whether the database answers: asked for nobody when this is read, at most every 5 seconds.',
    async () => [{ value: (await isDatabaseUp()) ? 1 : 0 }],
    'min',
  );
  counter('database_events_total', 'What the log warns of the database and its connections.', () =>
    labelled('event', counters.databaseEvents),
  );
  gauge('pool_connections', 'Connections to the database.', () => connections().open);
  gauge('pool_idle_connections', 'Those that no lookup has.', () => connections().idle);
  gauge('pool_waiting_lookups', 'Lookups that wait for a connection.', () => connections().waiting);
  counter('mailbox_calls_total', 'Calls of Help Scout’s Mailbox API, by how they ended.', () =>
    labelled('outcome', counters.mailboxCalls),
  );
  counter('log_lines_dropped_total', 'Lines of the log that nobody read in time.', () => [
    { value: counters.numbers.linesDropped },
  ]);
  gauge(
    'event_loop_lag_seconds',
    'How long things waited for their turn: half of them, in the last second.',
    () => waitedMs().usual / 1_000,
    'max',
  );
  gauge(
    'event_loop_longest_lag_seconds',
    'The longest that anything waited for its turn in the last 30 seconds.',
    () => waitedMs().longest / 1_000,
    'max',
  );
  add(
    'gauge',
    'build_info',
    'The version that runs, and its Node.',
    () => [{ labels: { version, node: process.version }, value: 1 }],
    'first',
  );
  collectDefaultMetrics({ register: registry });
  return registry;
}

const labelled = (label: string, counts: Counts, labels: Record<string, string> = {}): Value[] =>
  Object.entries(counts).map(([one, value]) => ({ labels: { ...labels, [label]: one }, value }));

function histogram(
  shortName: string,
  times: Histogram,
  labels: Record<string, string> = {},
): Value[] {
  const { buckets, sumSeconds, count } = times.read();
  const name = prefix + shortName;
  return [
    ...buckets.map(({ le, count }) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: Number.isFinite(le) ? String(le) : '+Inf' },
      value: count,
    })),
    { metricName: `${name}_sum`, labels, value: sumSeconds },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
