import type { Reading } from './reading.ts';

/** A name and its labels: one object for each, however often it is read. */
type Series = Pick<Reading, 'name' | 'labels' | 'isCounter'>;

/** From one look to the next. */
export type Step = {
  at: Date;
  /** Since the look before. */
  seconds: number;
  /** What counters grew by, and what gauges showed; zeros are left out. */
  values: ReadonlyMap<Series, number>;
};

export type History = {
  /** Takes what was read at that time. */
  add: (at: Date, readings: readonly Reading[]) => void;
  /** The oldest first; the first look has nothing before it, so it is none of them. */
  steps: () => readonly Step[];
};

/** Keeps the last so many steps, in memory alone. */
export function createHistory(mostSteps: number): History {
  const steps: Step[] = [];
  const known = new Map<string, Series>();
  let last: { at: Date; values: Map<Series, number> } | null = null;

  /** Keeps the names of the first text in which it stood, and none of the later ones. */
  function seriesOf({ name, labels, isCounter }: Reading): Series {
    const key = `${name} ${Object.values(labels).join(' ')}`;
    const series = known.get(key) ?? { name, labels, isCounter };
    known.set(key, series);
    return series;
  }

  return {
    add(at, readings) {
      const values = new Map(readings.map((reading) => [seriesOf(reading), reading.value]));
      if (last !== null) {
        const changed = new Map<Series, number>();
        for (const [series, value] of values) {
          const change = series.isCounter ? growth(last.values.get(series), value) : value;
          if (change !== 0) changed.set(series, change);
        }
        const seconds = (at.getTime() - last.at.getTime()) / 1_000;
        steps.push({ at, seconds, values: changed });
        if (steps.length > mostSteps) steps.shift();
      }
      last = { at, values };
    },
    steps: () => steps,
  };
}

/** A sum shrinks when one of several processes is replaced: what the others did is not known then. */
const growth = (before = 0, now: number) => Math.max(0, now - before);

/** All that was read in some steps: what counters grew by, and of each gauge the highest. */
export type Span = { seconds: number; readings: Reading[] };

function joined(steps: readonly Step[]): Span {
  const all = new Map<Series, number>();
  let seconds = 0;
  for (const step of steps) {
    seconds += step.seconds;
    for (const [series, value] of step.values) {
      const before = all.get(series) ?? 0;
      all.set(series, series.isCounter ? before + value : Math.max(before, value));
    }
  }
  return { seconds, readings: [...all].map(([series, value]) => ({ ...series, value })) };
}

const minuteMs = 60_000;

/** The last so many minutes of the clock, the present one last; null where nobody looked. */
export function byMinute(steps: readonly Step[], minutes: number, now: Date): (Span | null)[] {
  const minuteOf = (at: Date) => Math.floor(at.getTime() / minuteMs);
  const first = minuteOf(now) - minutes + 1;
  const grouped: Step[][] = Array.from({ length: minutes }, () => []);
  for (const step of steps) grouped[minuteOf(step.at) - first]?.push(step);
  return grouped.map((some) => (some.length === 0 ? null : joined(some)));
}

/** What was read in the last so many minutes, to the second. */
export function since(steps: readonly Step[], minutes: number, now: Date): Span {
  return joined(steps.filter(({ at }) => at.getTime() > now.getTime() - minutes * minuteMs));
}
