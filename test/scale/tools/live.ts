import { setTimeout as wait } from 'node:timers/promises';
import { expect, type TestContext } from 'vitest';
import { freshAfter, type Shown, startLoad, summary } from '../../faults/tools/load.ts';
import { measured } from '../../faults/tools/scale.ts';

export type Fault = {
  begin: () => Promise<unknown>;
  /** What shows that it happened, while it does. */
  meanwhile: () => Promise<unknown>;
  end: () => Promise<unknown>;
  /** Whether nothing of it is over before `end`. */
  untilMended?: boolean;
  /** What agents may be shown of whom they saw before, and of strangers. */
  shows: { known: Shown[]; strangers: Shown[] };
  latestMs: number;
  /** The last to be shown anything else asks before that. */
  freshWithinMs?: number;
  /** Of all answers. */
  leastFresh?: number;
};

export const perSecond = 50;

/** Breaks something behind that port while agents ask there, and says how they fared. */
export async function live(context: TestContext, port: number, fault: Fault): Promise<void> {
  const load = startLoad(port, perSecond);
  let brokenAt = 0;
  let mendedAt = 0;
  try {
    await wait(500);
    brokenAt = performance.now();
    try {
      await fault.begin();
      await wait(500);
      await fault.meanwhile();
      await wait(500);
    } finally {
      await fault.end();
      mendedAt = performance.now();
    }
    await wait(1_000);
  } finally {
    await load.stop();
  }
  const { outcomes } = load;
  const freshMs = freshAfter(outcomes, fault.untilMended ? mendedAt : brokenAt);
  const since = fault.untilMended ? 'it was mended' : 'it began';
  const isNoticed = outcomes.some(({ shown }) => shown !== 'fresh');
  const end = isNoticed ? `, fresh again ${freshMs} ms after ${since}` : '';
  measured(context, `${summary(outcomes)}${end}`);

  const { known, strangers } = fault.shows;
  const isExpected = (shown: Shown, isStranger: boolean) =>
    (isStranger ? strangers : known).includes(shown);
  expect(outcomes.length).toBeGreaterThan(2 * perSecond);
  expect(outcomes.filter(({ status, shown }) => status !== 200 || shown === 'wrong')).toEqual([]);
  // Answered, not asked: on a busy machine what was due before may have been sent after.
  const before = outcomes.filter(({ at, ms }) => at + ms < brokenAt);
  expect(before.filter(({ shown }) => shown !== 'fresh')).toEqual([]);
  expect(outcomes.filter((one) => !isExpected(one.shown, one.isStranger))).toEqual([]);
  expect(outcomes.filter(({ ms }) => ms > fault.latestMs)).toEqual([]);
  expect(freshMs).toBeLessThanOrEqual(fault.freshWithinMs ?? Number.POSITIVE_INFINITY);
  const fresh = outcomes.filter(({ shown }) => shown === 'fresh').length;
  expect(fresh / outcomes.length).toBeGreaterThanOrEqual(fault.leastFresh ?? 0);
}
