import { describe, expect, test } from 'vitest';
import { createHistogram } from '../../src/server/metrics/histogram.ts';
import { byMinute, createHistory, since } from '../../src/server/metrics/history.ts';
import { quantile, type Reading, readMetrics, sumOf } from '../../src/server/metrics/reading.ts';

const start = Date.parse('2026-11-22T14:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1_000);

const counter = (value: number, name = 'answers_total'): Reading => ({
  ...{ name, value },
  labels: { outcome: 'found' },
  isCounter: true,
});
const gauge = (value: number): Reading => ({
  ...{ name: 'pool_connections', value },
  labels: {},
  isCounter: false,
});

test('reads what Prometheus would, of our own metrics', () => {
  const text = [
    '# HELP own_a_total Some {words="x"} 7',
    '# TYPE own_a_total counter',
    'own_a_total{endpoint="legacy",outcome="found"} 3',
    'own_a_total{endpoint="search",outcome="found"} 4',
    '# TYPE own_b gauge',
    'own_b 0.25',
    'own_b_infinite +Inf',
    '# TYPE process_x counter',
    'process_x 9',
  ].join('\n');
  const readings = readMetrics(text, 'own_');
  expect(readings.map(({ name, isCounter }) => [name, isCounter])).toEqual([
    ['a_total', true],
    ['a_total', true],
    ['b', false],
    ['b_infinite', false],
  ]);
  expect(sumOf(readings, 'a_total')).toBe(7);
  expect(sumOf(readings, 'a_total', { endpoint: 'search' })).toBe(4);
  expect(sumOf(readings, 'a_total', { endpoint: ['search', 'legacy'], outcome: 'found' })).toBe(7);
  expect(sumOf(readings, 'a_total', { endpoint: 'platform' })).toBe(0);
  expect(sumOf(readings, 'b')).toBe(0.25);
});

describe('a history', () => {
  test('has what counters grew by, and the highest of each gauge', () => {
    const history = createHistory(10);
    history.add(at(0), [counter(100), gauge(2)]);
    history.add(at(10), [counter(103), gauge(4)]);
    history.add(at(20), [counter(110), gauge(1)]);
    const span = since(history.steps(), 1, at(20));
    expect(span.seconds).toBe(20);
    expect(sumOf(span.readings, 'answers_total')).toBe(10);
    expect(sumOf(span.readings, 'pool_connections')).toBe(4);
  });

  test('takes a sum that shrank for a process that is gone, not for a thousand answers', () => {
    const history = createHistory(10);
    for (const [i, value] of [1_000, 500, 503].entries()) history.add(at(i * 10), [counter(value)]);
    expect(sumOf(since(history.steps(), 1, at(20)).readings, 'answers_total')).toBe(3);
  });

  test('keeps no more than it is told to', () => {
    const history = createHistory(3);
    for (let i = 0; i < 10; i++) history.add(at(i * 10), [counter(i)]);
    expect(history.steps().map((step) => step.at)).toEqual([at(70), at(80), at(90)]);
  });

  test('is told by the minutes of the clock, with a gap where nobody looked', () => {
    const history = createHistory(100);
    for (const seconds of [50, 70, 80, 200]) history.add(at(seconds), [counter(seconds)]);
    const minutes = byMinute(history.steps(), 5, at(200));
    expect(minutes.map((span) => span && sumOf(span.readings, 'answers_total'))).toEqual([
      ...[null, null, 30, null, 120],
    ]);
  });
});

describe('the time within which a share ended', () => {
  const readingsOf = (times: readonly number[]): Reading[] => {
    const counted = createHistogram();
    for (const ms of times) counted.add(ms);
    return counted.read().buckets.map(({ le, count }) => ({
      ...{ name: 'x_bucket', isCounter: true, value: count },
      labels: { le: Number.isFinite(le) ? String(le) : '+Inf' },
    }));
  };

  test.each([
    ['nothing', [], 0.5, null],
    // Between 1 and 1.5 ms, half of them in the first half.
    ['all in one bucket', Array(10).fill(1.2), 0.5, 0.00125],
    ['two halves', [...Array(50).fill(0.9), ...Array(50).fill(4)], 0.5, 0.001],
    ['a slow tail', [...Array(90).fill(0.9), ...Array(10).fill(240)], 0.95, 0.175],
    ['what is beyond all bounds', Array(10).fill(9_000), 0.5, 2],
  ])('is right for %s', (_, times, share, expected) => {
    const found = quantile(readingsOf(times), 'x', share);
    if (expected === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(expected, 6);
  });
});
