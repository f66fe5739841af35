import type { Connections } from '../../postgres/connections.ts';
import type { Totals } from './counters.ts';

/** All numbers of the status page at a moment. */
export type Snapshot = {
  at: Date;
  /** Null while it is not known. */
  databaseUp: boolean | null;
  /** Since the start of the process. */
  totals: Totals;
  connections: ReturnType<Connections['counts']>;
  lagMs: number;
};

/** The oldest first, with at least one in it. */
export type History = readonly Snapshot[];

/** How the totals grew within a time, and the event loop's longest lag in it. */
export type Span = { seconds: number; totals: Totals; lagMs: number };

const minuteMs = 60_000;

export const latestOf = (history: History) => history.at(-1) as Snapshot;

/** The last so many minutes before the latest snapshot, or fewer after a start. */
export function lastMinutes(history: History, minutes: number): Span {
  const after = latestOf(history);
  const from = after.at.getTime() - minutes * minuteMs;
  const first = history.findIndex(({ at }) => at.getTime() > from);
  const before = history[Math.max(first - 1, 0)] as Snapshot;
  return {
    seconds: (after.at.getTime() - before.at.getTime()) / 1_000,
    totals: growth(before.totals, after.totals),
    lagMs: Math.max(...history.slice(first).map(({ lagMs }) => lagMs)),
  };
}

/** The growth in each of the last so many minutes of the clock; null if not observed. */
export function byMinute(history: History, minutes: number): { at: Date; totals: Totals | null }[] {
  const minuteOf = (at: Date) => Math.floor(at.getTime() / minuteMs);
  const start = minuteOf(latestOf(history).at) - minutes + 1;
  return Array.from({ length: minutes }, (_, i) => {
    const minute = start + i;
    const before = history.findLast(({ at }) => minuteOf(at) < minute) ?? history[0];
    const after = history.findLast(({ at }) => minuteOf(at) === minute);
    const isObserved = before && after && before !== after;
    const totals = isObserved ? growth(before.totals, after.totals) : null;
    return { at: new Date(minute * minuteMs), totals };
  });
}

/** When the database was first seen down in the current outage; null if there is none. */
export function downSince(history: History): Date | null {
  const lastUp = history.findLastIndex(({ databaseUp }) => databaseUp === true);
  return history.slice(lastUp + 1).find(({ databaseUp }) => databaseUp === false)?.at ?? null;
}

/** Every number in `after`, less the same number in `before`. */
function growth<T>(before: T, after: T): T {
  // A column whose values cannot be read is counted from the first one on.
  if (typeof after === 'number') return (after - Number(before ?? 0)) as T;
  if (Array.isArray(after)) return after.map((one, i) => growth((before as T[])[i], one)) as T;
  const old = before as Record<string, unknown>;
  const entries = Object.entries(after as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, value]) => [name, growth(old[name], value)])) as T;
}
