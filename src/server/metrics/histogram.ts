/** Upper bounds of the buckets. A lookup takes about 1 ms, and no answer longer than 2 s. */
export const boundsMs: readonly number[] = [
  ...[0.25, 0.5, 1, 1.5, 2, 3, 5, 7.5, 10, 20, 35, 50, 100, 250, 500, 800, 1_200, 2_000],
  Number.POSITIVE_INFINITY,
];

/** How many events took how long: a count for each bucket. */
export type Histogram = { counts: number[]; sumMs: number };

export const createHistogram = (): Histogram => ({ counts: boundsMs.map(() => 0), sumMs: 0 });

export function observe(histogram: Histogram, ms: number): void {
  const i = boundsMs.findIndex((bound) => ms <= bound);
  histogram.counts[i] = (histogram.counts[i] as number) + 1;
  histogram.sumMs += ms;
}

/** The ms in which this share of all events ended; interpolates in a bucket, as Prometheus does. */
export function quantile(histograms: readonly Histogram[], share: number): number | null {
  const counts = boundsMs.map((_, i) =>
    histograms.reduce((n, one) => n + Number(one.counts[i]), 0),
  );
  const wanted = share * counts.reduce((a, b) => a + b, 0);
  if (wanted === 0) return null;
  let below = 0;
  let lower = 0;
  for (const [i, count] of counts.entries()) {
    const upper = boundsMs[i] as number;
    if (upper === Number.POSITIVE_INFINITY) break;
    if (below + count >= wanted) return lower + (upper - lower) * ((wanted - below) / count);
    below += count;
    lower = upper;
  }
  return lower;
}
