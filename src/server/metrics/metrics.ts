import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { endpoints } from '../../domain/observer.ts';
import type { Connections } from '../../postgres/connections.ts';
import type { Load } from '../event-loop.ts';
import type { Counters, Counts } from './counters.ts';
import { boundsMs, type Histogram } from './histogram.ts';

export type Sources = {
  counters: Counters;
  waitedMs: Load['waitedMs'];
  connections: Pick<Connections, 'counts' | 'isConnected'>;
  /** Null without a previous Secret Key. */
  previousKeyEnds: Date | null;
  version: string;
};

type Labels = Record<string, string>;
type Value = { labels?: Labels; value: number; suffix?: string };

const prefix = 'helpscout_sidebar_';

/** Gives all metrics in Prometheus's text format. */
export function createMetrics(sources: Sources) {
  const { counters, waitedMs, connections, previousKeyEnds, version } = sources;
  const { totals } = counters;
  const registry = new Registry();

  function add(
    type: 'counter' | 'gauge' | 'histogram',
    shortName: string,
    help: string,
    read: () => Value[] | number,
  ): void {
    const name = prefix + shortName;
    const get = async () => {
      const found = read();
      const values = (typeof found === 'number' ? [{ value: found }] : found).map(toSample);
      return { name, help, type, values };
    };
    const toSample = ({ labels = {}, value, suffix = '' }: Value) => ({
      ...{ labels, value, metricName: name + suffix },
    });
    // prom-client's own classes would count again; its registry needs only this of a metric.
    registry.registerMetric({ name, help, type, get } as unknown as Metric);
  }

  add('counter', 'answers_total', 'Verified requests that were answered.', () =>
    endpoints.flatMap((endpoint) => labelled('outcome', totals.answers[endpoint], { endpoint })),
  );
  add('histogram', 'answer_seconds', 'Time from verifying a request to its answer.', () =>
    endpoints.flatMap((endpoint) => histogram(totals.answerTimes[endpoint], { endpoint })),
  );
  add('histogram', 'lookup_seconds', 'Duration of lookups, including failed ones.', () =>
    histogram(totals.lookupTimes),
  );

  const classified = [
    ['signatures_total', 'Valid signatures, by Secret Key.', 'key', totals.keys],
    ['refusals_total', 'Requests with a missing or invalid signature.', 'class', totals.refusals],
    ['rejections_total', 'Requests rejected before verification.', 'class', totals.rejections],
    ['lookup_failures_total', 'Failed lookups.', 'class', totals.lookupFailures],
    ['database_events_total', 'Warnings of the database.', 'event', totals.databaseEvents],
    [
      'unreadable_values_total',
      'Values that cannot be shown, by column of the query.',
      'column',
      totals.unreadableValues,
    ],
    ['unknown_time_zones_total', 'Unknown time zones.', 'column', totals.unknownZones],
    ['mailbox_calls_total', 'Calls of the Mailbox API.', 'outcome', totals.mailboxCalls],
  ] as const;
  for (const [name, help, label, counts] of classified)
    add('counter', name, help, () => labelled(label, counts));

  const repeated = 'Signatures that came 60 times in an hour.';
  add('counter', 'repeated_signatures_total', repeated, () => totals.repeatedSignatures);
  const dropped = 'Log lines dropped because the reader was too slow.';
  add('counter', 'log_lines_dropped_total', dropped, () => totals.linesDropped);

  const gauges = [
    [
      'database_up',
      'Whether the database answers.',
      () => Number(connections.isConnected() ?? true),
    ],
    ['lookups_in_flight', 'Lookups in flight.', counters.lookupsInFlight],
    ['pool_connections', 'Connections to the database.', () => connections.counts().open],
    ['pool_idle_connections', 'Connections that no lookup uses.', () => connections.counts().idle],
    [
      'pool_waiting_lookups',
      'Lookups that wait for a connection.',
      () => connections.counts().waiting,
    ],
    ['event_loop_lag_seconds', 'Median in the last second.', () => waitedMs().usual / 1_000],
    ['event_loop_longest_lag_seconds', 'Peak of 30 seconds.', () => waitedMs().longest / 1_000],
  ] as const;
  for (const [name, help, read] of gauges) add('gauge', name, help, read);
  if (previousKeyEnds !== null) {
    const help = 'When the previous Secret Key expires.';
    add('gauge', 'previous_key_end_timestamp_seconds', help, () => +previousKeyEnds / 1_000);
  }
  add('gauge', 'build_info', 'The version of helpscout-sidebar and of Node.', () => [
    { labels: { version, node: process.version }, value: 1 },
  ]);
  collectDefaultMetrics({ register: registry });

  return async () => ({ type: registry.contentType, body: await registry.metrics() });
}

const labelled = (label: string, counts: Counts, labels: Labels = {}): Value[] =>
  Object.entries(counts).map(([one, value]) => ({ labels: { ...labels, [label]: one }, value }));

/** Prometheus's buckets are cumulative, and in seconds. */
function histogram({ counts, sumMs }: Histogram, labels: Labels = {}): Value[] {
  let total = 0;
  const buckets = counts.map((count, i) => {
    total += count;
    const le = String(Number(boundsMs[i]) / 1_000).replace('Infinity', '+Inf');
    return { suffix: '_bucket', labels: { ...labels, le }, value: total };
  });
  const sum = { suffix: '_sum', labels, value: sumMs / 1_000 };
  return [...buckets, sum, { suffix: '_count', labels, value: total }];
}
