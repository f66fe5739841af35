/**
 * In milliseconds. A lookup takes about one, an answer a little more; 1.5 seconds is what
 * the pool waits, 0.6 and 0.8 what the database gets, and nobody waits longer than two.
 */
const boundsMs = [
  0.25, 0.5, 1, 1.5, 2, 3, 5, 7.5, 10, 20, 35, 50, 100, 250, 500, 800, 1_200, 2_000,
];

/** How many took how long: a Prometheus histogram in plain numbers. */
export type Histogram = {
  add: (ms: number) => void;
  /** How many took up to so many seconds; the last bound is infinite. */
  read: () => { buckets: { le: number; count: number }[]; sumSeconds: number; count: number };
};

export function createHistogram(): Histogram {
  const counts = new Array<number>(boundsMs.length + 1).fill(0);
  let sumMs = 0;
  return {
    add(ms) {
      let i = 0;
      while (i < boundsMs.length && ms > (boundsMs[i] as number)) i++;
      counts[i] = (counts[i] as number) + 1;
      sumMs += ms;
    },
    read() {
      let count = 0;
      const buckets = counts.map((more, i) => {
        count += more;
        return { le: (boundsMs[i] ?? Number.POSITIVE_INFINITY) / 1_000, count };
      });
      return { buckets, sumSeconds: sumMs / 1_000, count };
    },
  };
}
