import { describe, expect, test } from 'vitest';
import { createHistogram, observe, quantile } from '../../src/server/metrics/histogram.ts';
import { byMinute, downSince, lastMinutes } from '../../src/server/metrics/history.ts';
import { at, snapshotAt } from '../snapshots.ts';

const withAnswers = (seconds: number, found: number, lagMs = 0) =>
  snapshotAt(seconds, ({ answers, lookupTimes }, snapshot) => {
    answers.legacy['found'] = found;
    lookupTimes.counts[3] = found;
    snapshot.lagMs = lagMs;
  });

describe('a history', () => {
  test('gives the growth of totals, and the longest lag', () => {
    const history = [withAnswers(0, 100, 9), withAnswers(10, 103, 4), withAnswers(20, 110, 1)];
    const { seconds, totals, lagMs } = lastMinutes(history, 1);
    expect(seconds).toBe(20);
    expect(totals.answers.legacy['found']).toBe(10);
    expect(totals.lookupTimes.counts[3]).toBe(10);
    expect(lagMs).toBe(9);
  });

  test('counts from the snapshot before the span', () => {
    const history = [0, 50, 100, 110].map((seconds) =>
      withAnswers(seconds, seconds, 200 - seconds),
    );
    const { seconds, totals, lagMs } = lastMinutes(history, 1);
    expect(seconds).toBe(60);
    expect(totals.answers.legacy['found']).toBe(60);
    expect(lagMs).toBe(100);
  });

  test('is split into minutes of the clock, with a gap where nothing was observed', () => {
    const history = [50, 70, 80, 200].map((seconds) => withAnswers(seconds, seconds));
    const minutes = byMinute(history, 5);
    expect(minutes.map(({ totals }) => totals?.answers.legacy['found'] ?? null)).toEqual([
      ...[null, null, 30, null, 120],
    ]);
  });

  test.each([
    ['up', [true, true], null],
    ['down from the start', [null, false, false], 10],
    ['up again', [true, false, true], null],
    ['down for the second time', [false, true, null, false], 30],
  ])('knows since when a database is down that is %s', (_, states, seconds) => {
    const history = states.map((isUp, i) => snapshotAt(i * 10, undefined, isUp));
    expect(downSince(history)).toEqual(seconds === null ? null : at(seconds));
  });
});

test.each([
  ['nothing', [], 0.5, null],
  // Between 1 and 1.5 ms, half of them in the first half.
  ['one bucket', Array(10).fill(1.2), 0.5, 1.25],
  ['two halves', [...Array(50).fill(0.9), ...Array(50).fill(4)], 0.5, 1],
  ['a slow tail', [...Array(90).fill(0.9), ...Array(10).fill(240)], 0.95, 175],
  ['times above all bounds', Array(10).fill(9_000), 0.5, 2_000],
])('the quantile of %s is right', (_, times, share, expected) => {
  const histogram = createHistogram();
  for (const ms of times) observe(histogram, ms);
  const found = quantile([histogram], share);
  if (expected === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(expected, 6);
});
