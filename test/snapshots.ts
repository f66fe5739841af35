import { createCounters, type Totals } from '../src/server/metrics/counters.ts';
import type { Snapshot } from '../src/server/metrics/history.ts';

export const start = Date.parse('2026-11-22T14:00:00Z');
export const at = (seconds: number) => new Date(start + seconds * 1_000);

/** What a page sees so many seconds after the start; all is 0 but what `fill` sets. */
export function snapshotAt(
  seconds: number,
  fill: (totals: Totals, snapshot: Snapshot) => void = () => {},
  databaseUp: boolean | null = true,
): Snapshot {
  const { totals } = createCounters();
  const connections = { open: 0, idle: 0, waiting: 0 };
  const snapshot = { at: at(seconds), databaseUp, totals, connections, lagMs: 0 };
  fill(totals, snapshot);
  return snapshot;
}
