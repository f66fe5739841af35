import { createCounters, type Totals } from '../src/server/metrics/counters.ts';
import type { Gauges, Snapshot } from '../src/server/metrics/history.ts';

export const start = Date.parse('2026-11-22T14:00:00Z');
export const at = (seconds: number) => new Date(start + seconds * 1_000);

/** What a page sees so many seconds after the start; all is 0 but what `fill` sets. */
export function snapshotAt(
  seconds: number,
  fill: (totals: Totals, gauges: Gauges) => void = () => {},
  databaseUp: boolean | null = true,
): Snapshot {
  const { totals } = createCounters();
  const gauges = { open: 0, idle: 0, waiting: 0, lookupsInFlight: 0, lagMs: 0, longestLagMs: 0 };
  fill(totals, gauges);
  return { at: at(seconds), databaseUp, totals, gauges };
}
