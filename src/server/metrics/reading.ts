/** One line of what /metrics says. */
export type Reading = {
  /** Without the prefix; of a histogram, with its `_bucket`, `_sum` or `_count`. */
  name: string;
  labels: Readonly<Record<string, string>>;
  /** Whether it only ever grows. */
  isCounter: boolean;
  value: number;
};

/** What of a text of metrics begins with the prefix. No label of ours has a quote in it. */
export function readMetrics(text: string, prefix: string): Reading[] {
  const readings: Reading[] = [];
  let isCounter = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('# TYPE ')) isCounter = !line.endsWith(' gauge');
    const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (!name.startsWith(prefix)) continue;
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)];
    readings.push({
      name: name.slice(prefix.length),
      labels: Object.fromEntries(pairs.map(([, label, its = '']) => [label, its])),
      isCounter,
      value: Number(value),
    });
  }
  return readings;
}

/** The sum of all that have this name and these labels; 0 where there is none. */
export function sumOf(
  readings: readonly Reading[],
  name: string,
  labels: Readonly<Record<string, string | readonly string[]>> = {},
): number {
  const wanted = Object.entries(labels);
  let sum = 0;
  for (const reading of readings)
    if (reading.name === name && wanted.every(([label, those]) => has(reading, label, those)))
      sum += reading.value;
  return sum;
}

function has({ labels }: Reading, label: string, those: string | readonly string[]): boolean {
  const its = labels[label] ?? '';
  return typeof those === 'string' ? its === those : those.includes(its);
}

/**
 * The time within which this share of a histogram's events ended, in seconds; null without any. As
 * Prometheus does, it takes those between two bounds for evenly spread.
 */
export function quantile(readings: readonly Reading[], name: string, share: number): number | null {
  const bucket = `${name}_bucket`;
  const counts = new Map<number, number>();
  for (const { name: its, labels, value } of readings)
    if (its === bucket) {
      const le = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']);
      counts.set(le, (counts.get(le) ?? 0) + value);
    }
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const wanted = share * (buckets.at(-1)?.[1] ?? 0);
  if (wanted === 0) return null;
  let [lower, below] = [0, 0];
  for (const [le, count] of buckets) {
    if (count >= wanted)
      return le === Number.POSITIVE_INFINITY
        ? lower
        : lower + (le - lower) * ((wanted - below) / (count - below));
    [lower, below] = [le, count];
  }
  return lower;
}
