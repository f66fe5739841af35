import { expect, test } from 'vitest';
import { createHistory } from '../../src/server/metrics/history.ts';
import type { Reading } from '../../src/server/metrics/reading.ts';
import { toStatus } from '../../src/server/metrics/status.ts';

const start = Date.parse('2026-11-22T14:00:00Z');
const at = (seconds: number) => new Date(start + seconds * 1_000);

const counter = (name: string, value: number, labels: Record<string, string>): Reading => ({
  ...{ name, value, labels },
  isCounter: true,
});
const gauge = (name: string, value: number): Reading => ({
  ...{ name, value },
  labels: {},
  isCounter: false,
});

/** What the page says after looks every ten seconds at what was counted by then. */
function statusAfter(seconds: number, countedBy: (seconds: number) => Reading[]) {
  const history = createHistory(360);
  for (let i = 0; i <= seconds; i += 10) history.add(at(i), countedBy(i));
  const latest = countedBy(seconds);
  const status = toStatus({
    ...{ latest, steps: history.steps(), version: '1' },
    ...{ startedAt: at(0), now: at(seconds) },
  });
  const tile = (name: string) => status.tiles.find((one) => one.name.startsWith(name));
  return { ...status, tile };
}

const busy = (seconds: number): Reading[] => [
  gauge('database_up', 1),
  counter('answers_total', seconds * 100, { endpoint: 'legacy', outcome: 'found' }),
  counter('refusals_total', seconds * 50, { class: 'missing' }),
];

test('large numbers have separators', () => {
  const { tile, tables } = statusAfter(600, busy);
  expect(tile('Answers a minute')?.value).toBe('6,000');
  expect(tile('Refused')?.value).toBe('30,000');
  expect(tables[0]?.rows).toEqual([['found', '60,000', '0', '0']]);
});

test.each([
  [0, '–', 'not counted yet'],
  [30, '6,000', 'over the last 30 s'],
  [200, '6,000', 'over the last 3 min 20 s'],
  [300, '6,000', 'over the last 5 minutes'],
  [900, '6,000', 'over the last 5 minutes'],
])('after %i seconds it says over what time its answers a minute are', (seconds, value, detail) => {
  expect(statusAfter(seconds, busy).tile('Answers a minute')).toMatchObject({ value, detail });
});

const away = (seconds: number): Reading[] => [
  gauge('database_up', seconds < 120 ? 1 : 0),
  counter('lookup_failures_total', seconds < 120 ? 0 : seconds - 110, { class: '57P03' }),
  counter('answers_total', seconds < 120 ? 0 : 4_000, { endpoint: 'legacy', outcome: 'stale' }),
  counter('answers_total', seconds < 120 ? 0 : 2, { endpoint: 'legacy', outcome: 'unreachable' }),
];

test('a database that is away is one finding: since when, why, what to do, and what follows', () => {
  const { concerns, tile } = statusAfter(300, away);
  expect(concerns.map(({ text }) => text)).toEqual(['The database does not answer']);
  expect(concerns[0]?.remedy).toMatch(
    /^Since 14:02 UTC\. Cannot connect to the database: it is starting, .* \(57P03\)\. Wait\. .* In the last 5 minutes: old answers 4,000, errorMessages 2\.$/,
  );
  expect(tile('Database')).toMatchObject({ value: 'away', detail: '—' });
});

test('once it is back, what agents were told is a finding of the last minutes', () => {
  const back = (seconds: number) => [...away(seconds).slice(1), gauge('database_up', 1)];
  expect(statusAfter(300, back).concerns.map(({ text }) => text)).toEqual([
    'Agents were told that customer data cannot be reached, in the last 5 minutes',
    'Old answers were shown in the last 5 minutes',
  ]);
});
