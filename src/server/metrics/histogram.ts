/**
 * Upper bounds of the buckets. A lookup takes about 1 ms; the pool waits for 1.5 s, the database
 * gets 0.6 or 0.8 s, and no answer takes longer than 2 s.
 */
export const boundsMs: readonly number[] = [
  0.25, 0.5, 1, 1.5, 2, 3, 5, 7.5, 10, 20, 35, 50, 100, 250, 500, 800, 1_200, 2_000,
];

/** How many events took how long: a count for each bucket, the last one above all bounds. */
export type Histogram = { counts: number[]; sumMs: number };

export const createHistogram = (): Histogram => ({
  counts: new Array<number>(boundsMs.length + 1).fill(0),
  sumMs: 0,
});

export function observe(histogram: Histogram, ms: number): void {
  let i = 0;
  while (i < boundsMs.length && ms > (boundsMs[i] as number)) i++;
  histogram.counts[i] = (histogram.counts[i] as number) + 1;
  histogram.sumMs += ms;
}

/**
 * The time in ms within which this share of the events ended; null without events. Like Prometheus,
 * it assumes that events are spread evenly within a bucket.
 */
export function quantile({ counts }: Histogram, share: number): number | null {
  const wanted = share * counts.reduce((a, b) => a + b, 0);
  if (wanted === 0) return null;
  let below = 0;
  let lower = 0;
  for (const [i, bound] of boundsMs.entries()) {
    const count = counts[i] as number;
    if (below + count >= wanted) return lower + (bound - lower) * ((wanted - below) / count);
    below += count;
    lower = bound;
  }
  return lower;
}

export function addHistograms(histograms: readonly Histogram[]): Histogram {
  const sum = createHistogram();
  for (const { counts, sumMs } of histograms) {
    sum.sumMs += sumMs;
    sum.counts = sum.counts.map((count, i) => count + (counts[i] ?? 0));
  }
  return sum;
}
