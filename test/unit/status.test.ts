import { describe, expect, test } from 'vitest';
import type { Totals } from '../../src/server/metrics/counters.ts';
import { observe } from '../../src/server/metrics/histogram.ts';
import type { Snapshot } from '../../src/server/metrics/history.ts';
import { toStatus } from '../../src/server/metrics/status.ts';
import { at, snapshotAt } from '../snapshots.ts';

/** The page after a snapshot every ten seconds, and what it says of them. */
function statusAfter(
  seconds: number,
  snapshot: (seconds: number) => Snapshot,
  previousKeyEnds: Date | null = null,
) {
  const history = [];
  for (let i = 0; i <= seconds; i += 10) history.push(snapshot(i));
  const status = toStatus(history, at(0), previousKeyEnds, '1');
  const tile = (name: string) => status.tiles.find((one) => one.name.startsWith(name));
  const chart = (name: string) => status.charts.find((one) => one.title.startsWith(name));
  const texts = status.concerns.map(({ text }) => text);
  return { ...status, tile, chart, texts };
}

const busy = (seconds: number) =>
  snapshotAt(seconds, ({ answers, refusals }) => {
    answers.legacy['found'] = seconds * 100;
    refusals['missing'] = seconds * 50;
  });

test('large numbers have separators', () => {
  const { tile, tables } = statusAfter(600, busy);
  expect(tile('Answers')?.value).toBe('30,000');
  expect(tile('Refused')?.value).toBe('30,000');
  expect(tables[0]?.rows).toEqual([['found', '60,000']]);
});

test.each([
  [0, '0', 'in 0 s'],
  [30, '3,000', 'in 30 s'],
  [60, '6,000', 'in 60 s'],
  [200, '20,000', 'in 200 s'],
  [300, '30,000', 'in 5 minutes'],
  [900, '30,000', 'in 5 minutes'],
])('after %i seconds it shows what was observed, and never extrapolates', (seconds, ...shown) => {
  const [value, detail] = shown;
  expect(statusAfter(seconds, busy).tile('Answers')).toMatchObject({ value, detail });
});

test('charts count a minute that is not over, and compare the one before with the peak', () => {
  // Three answers in each ten seconds: 15 in the first minute, 18 in the second, 6 in the third.
  const steady = (seconds: number) =>
    snapshotAt(seconds, ({ answers }) => {
      answers.search['found'] = (seconds / 10) * 3;
    });
  expect(statusAfter(20, steady).chart('Answers')?.sentence).toBe(
    'account 6 now, peak 6 at 14:00.',
  );
  const { chart } = statusAfter(130, steady);
  expect(chart('Answers')?.sentence).toBe('account 18 now, peak 18 at 14:01.');
  expect(chart('Answers')?.svg.match(/<rect class="blue"/g)).toHaveLength(3);
});

test('times are p50 and p95, over all endpoints', () => {
  const { tile, chart } = statusAfter(300, (seconds) =>
    snapshotAt(seconds, ({ answerTimes, lookupTimes }) => {
      for (let i = 0; i < seconds; i++) {
        observe(answerTimes.legacy, 0.9);
        observe(answerTimes.platform, 4);
        observe(lookupTimes, 1.2);
      }
    }),
  );
  expect(tile('Time to answer')).toMatchObject({ value: '1 ms', detail: 'p50; p95 4.8 ms' });
  expect(tile('Database')).toMatchObject({ value: 'up', detail: 'lookup p50 1.3 ms' });
  expect(chart('Lookup')?.sentence).toMatch(/^p50 1\.3 ms now, peak .*; p95 1\.5 ms now, peak /);
});

const outage = (isBack: boolean) => (seconds: number) => {
  const isAway = seconds >= 120;
  const fill = ({ answers, lookupFailures }: Totals) => {
    if (!isAway) return;
    lookupFailures['57P03'] = seconds - 110;
    answers.legacy['stale'] = 4_000;
    answers.legacy['unreachable'] = 2;
  };
  return snapshotAt(seconds, fill, !isAway || (isBack && seconds >= 240));
};

test('a database that is down is one problem: since when, why, what to do, and what follows', () => {
  const { concerns, texts, tile } = statusAfter(300, outage(false));
  expect(texts).toEqual(['The database does not answer']);
  expect(concerns[0]?.remedy).toMatch(
    /^Since 14:02 UTC\. Cannot connect to the database: it is starting, .* \(57P03\)\. Wait\. .* The doctor says more\. .*$/,
  );
  expect(tile('Database')).toMatchObject({ value: 'down', detail: '—' });
  expect(tile('Stale or failed')).toMatchObject({
    ...{ value: '4,002', detail: '4,000 stale, 2 error messages' },
  });
});

test('once it is up again, what agents were told is a problem of the last minutes', () => {
  expect(statusAfter(300, outage(true)).texts).toEqual([
    'Agents were told that customer data cannot be reached, in the last 5 minutes',
    'Stale answers were shown in the last 5 minutes',
  ]);
  expect(statusAfter(900, outage(true)).texts).toEqual([]);
});

describe('names a problem', () => {
  /** What the page says if this changed from one snapshot to the next. */
  const problems = (fill: NonNullable<Parameters<typeof snapshotAt>[1]>, keyEnds?: Date) =>
    statusAfter(10, (seconds) => snapshotAt(seconds, seconds === 10 ? fill : undefined), keyEnds)
      .texts;

  test.each<[string, NonNullable<Parameters<typeof snapshotAt>[1]>, string[]]>([
    ['nothing', () => {}, []],
    [
      'busy',
      ({ answers }) => Object.assign(answers.search, { busy: 1 }),
      ['There are too many lookups at once'],
    ],
    [
      'broken',
      ({ answers }) => Object.assign(answers.platform, { broken: 1 }),
      ['Agents are told that the sidebar is misconfigured'],
    ],
    ['a stranger', ({ refusals }) => Object.assign(refusals, { missing: 1 }), []],
    [
      'another key',
      ({ refusals }) => Object.assign(refusals, { mismatch: 1 }),
      ['Requests with an invalid signature were refused'],
    ],
    ['the previous key after its end', ({ keys }) => Object.assign(keys, { previous: 1 }), []],
    [
      'an unknown customer',
      ({ mailboxCalls }) => Object.assign(mailboxCalls, { not_found: 1 }),
      [],
    ],
    [
      'the Mailbox API',
      ({ mailboxCalls }) => Object.assign(mailboxCalls, { too_many: 1 }),
      ['Calls of Help Scout’s Mailbox API fail'],
    ],
    [
      'event loop lag',
      (_, snapshot) => {
        snapshot.lagMs = 150;
      },
      ['The server has too little CPU time'],
    ],
    ['the log', (totals) => void totals.linesDropped++, ['Log lines were dropped']],
  ])('in %s', (_, fill, texts) => {
    expect(problems(fill)).toEqual(texts);
  });

  test('in a previous Secret Key that is used', () => {
    expect(problems(({ keys }) => Object.assign(keys, { previous: 1 }), at(86_400))).toEqual([
      'The previous Secret Key is still in use',
    ]);
  });
});
