import type { TestContext } from 'vitest';

type Scale = { short: boolean; seed: number; minutes: number };

/** As `run.mjs` was asked for it; an editor that runs a file by itself gets the short one. */
const scale: Scale = process.env['FAULTS']
  ? JSON.parse(process.env['FAULTS'])
  : { short: true, seed: 1, minutes: 0 };

export const { seed, minutes } = scale;

/** The one count in CI, the other in the long run. */
export const times = (short: number, long: number) => (scale.short ? short : long);

/** What the table at the end says of this promise. */
export function measured({ task }: Pick<TestContext, 'task'>, text: string): void {
  task.meta.measured = text;
}

export const digits = (number: number) => number.toLocaleString('en');

/** Numbers from 0 to 1 that hang on the seed alone (mulberry32). */
export function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The product's two seconds, with slack; a short run shares the processor with other tests. */
export const latestMs = times(4_000, 2_200);
