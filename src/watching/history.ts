import type { Reading } from './reading.ts';

/** From one look to the next. */
export type Step = {
  at: Date;
  /** Since the look before. */
  seconds: number;
  /** What counters grew by, and what gauges showed; zeros are left out. */
  readings: Reading[];
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
  let last: { at: Date; values: Map<string, number> } | null = null;
  // The same labels come every time: one of each is enough.
  const labels = new Map<string, Reading['labels']>();
  const kept = (reading: Reading): Reading['labels'] => {
    const key = keyOf(reading);
    if (!labels.has(key)) labels.set(key, reading.labels);
    return labels.get(key) as Reading['labels'];
  };

  return {
    add(at, readings) {
      const values = new Map(readings.map((reading) => [keyOf(reading), reading.value]));
      if (last !== null) {
        const { values: before } = last;
        const changed = readings
          .map((reading) =>
            reading.isCounter
              ? { ...reading, value: growth(before.get(keyOf(reading)), reading.value) }
              : reading,
          )
          .filter(({ value }) => value !== 0)
          .map((reading) => ({ ...reading, labels: kept(reading) }));
        const seconds = (at.getTime() - last.at.getTime()) / 1_000;
        steps.push({ at, seconds, readings: changed });
        if (steps.length > mostSteps) steps.shift();
      }
      last = { at, values };
    },
    steps: () => steps,
  };
}

const keyOf = ({ name, labels }: Reading) => `${name} ${Object.values(labels).join(' ')}`;

/** A sum shrinks when one of several processes is replaced: what the others did is not known then. */
const growth = (before = 0, now: number) => Math.max(0, now - before);

/** All that was read in some steps: what counters grew by, and of each gauge the highest. */
export type Span = { seconds: number; readings: Reading[] };

export function joined(steps: readonly Step[]): Span {
  const all = new Map<string, Reading>();
  let seconds = 0;
  for (const step of steps) {
    seconds += step.seconds;
    for (const reading of step.readings) {
      const key = keyOf(reading);
      const known = all.get(key);
      if (known === undefined) all.set(key, { ...reading });
      else if (reading.isCounter) known.value += reading.value;
      else known.value = Math.max(known.value, reading.value);
    }
  }
  return { seconds, readings: [...all.values()] };
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

/** What was read since then. */
export function since(steps: readonly Step[], ms: number, now: Date): Span {
  return joined(steps.filter(({ at }) => at.getTime() > now.getTime() - ms));
}
