import { endpoints, type Outcome, outcomes } from '../../domain/observer.ts';
import { draw, type Series, type Tone } from './charts.ts';
import { answersIn, byCount, concernsIn, digits, sum } from './concerns.ts';
import type { Totals } from './counters.ts';
import { type Histogram, quantile } from './histogram.ts';
import { byMinute, type History, lastMinutes, latestOf, type Span } from './history.ts';

const minutesShown = 60;
const recentMinutes = 5;

const errorOutcomes: readonly Outcome[] = [
  ...(['unreachable', 'busy', 'misconfigured', 'mailbox', 'unreadable', 'broken'] as const),
];
const others: readonly Outcome[] = ['found', 'stale', ...errorOutcomes];

/** The kinds of answer that an agent can tell apart. */
const kinds: readonly { name: string; tone: Tone; outcomes: readonly Outcome[] }[] = [
  { name: 'account', tone: 'blue', outcomes: ['found'] },
  { name: 'no account', tone: 'grey', outcomes: outcomes.filter((one) => !others.includes(one)) },
  { name: 'stale answer', tone: 'orange', outcomes: ['stale'] },
  { name: 'error message', tone: 'red', outcomes: errorOutcomes },
];

const verdicts = {
  good: 'All is well',
  warning: 'Something needs a look',
  bad: 'Something is wrong',
} as const;

export type Status = ReturnType<typeof toStatus>;

/** What `page/status.ejs` shows. The latest snapshot of the history is of now. */
export function toStatus(history: History, startedAt: Date, keyEnds: Date | null, version: string) {
  const recent = lastMinutes(history, recentMinutes);
  const hour = lastMinutes(history, minutesShown);
  const concerns = concernsIn(history, recent, hour, keyEnds);
  const worst = concerns.find(({ level }) => level === 'bad') ?? concerns[0];
  const level = worst?.level ?? 'good';
  return {
    title: `${worst?.text ?? verdicts.good} – helpscout-sidebar`,
    verdict: { text: verdicts[level], level },
    concerns,
    tiles: tilesOf(history, recent, hour),
    charts: chartsOf(history),
    tables: tablesOf(hour),
    version,
    asOf: utc(latestOf(history).at),
    startedAt: utc(startedAt),
  };
}

const answerTimes = ({ answerTimes }: Totals) => Object.values(answerTimes);
const lookupTimes = ({ lookupTimes }: Totals) => [lookupTimes];

function tilesOf(history: History, { totals, seconds }: Span, hour: Span) {
  const { connections, databaseUp } = latestOf(history);
  // A snapshot may be some seconds late.
  const isWhole = seconds > (recentMinutes - 0.5) * 60;
  const observed = isWhole ? `${recentMinutes} minutes` : `${digits(seconds)} s`;
  const p50 = quantile(answerTimes(totals), 0.5);
  const p95 = quantile(answerTimes(totals), 0.95);
  const lookup = quantile(lookupTimes(totals), 0.5);
  const stale = answersIn(hour.totals, ['stale']);
  const errors = answersIn(hour.totals, errorOutcomes);
  const refused = sum(hour.totals.refusals);
  const tile = (name: string, value: string, detail: string, isUnusual = false) => ({
    ...{ name, value, detail, level: isUnusual ? 'warning' : 'good' },
  });
  return [
    databaseUp === false
      ? { ...tile('Database', 'down', '—'), level: 'bad' }
      : tile('Database', 'up', lookup === null ? 'no lookup' : `lookup p50 ${time(lookup)}`),
    tile('Answers', digits(answersIn(totals)), `in ${observed}`),
    p50 === null || p95 === null
      ? tile('Time to answer', '–', `no requests in ${observed}`)
      : tile('Time to answer', time(p50), `p50; p95 ${time(p95)}`, p95 > 500),
    tile(
      'Stale or failed, last hour',
      digits(stale + errors),
      `${digits(stale)} stale, ${counted(errors, 'error message')}`,
      stale + errors > 0,
    ),
    tile('Refused, last hour', digits(refused), 'missing or invalid signature', refused > 0),
    tile(
      'Connections',
      `${connections.open - connections.idle} of ${connections.open} busy`,
      `${counted(connections.waiting, 'lookup')} waiting`,
      connections.waiting > 0,
    ),
  ];
}

function chartsOf(history: History) {
  const minutes = byMinute(history, minutesShown);
  const names = minutes.map(({ at }) => at.toISOString().slice(11, 16));
  const line = (name: string, tone: Tone, read: (totals: Totals) => number | null): Series => ({
    ...{ name, tone, values: minutes.map(({ totals }) => totals && read(totals)) },
  });
  const counts = (title: string, series: Series[]) =>
    draw({ title, kind: 'bars', series, format: digits }, names);
  const times = (title: string, read: (totals: Totals) => readonly Histogram[]) => {
    const p50 = line('p50', 'blue', (totals) => quantile(read(totals), 0.5));
    const p95 = line('p95', 'purple', (totals) => quantile(read(totals), 0.95));
    return draw({ title, kind: 'lines', series: [p50, p95], format: time }, names);
  };
  const answers = kinds.map(({ name, tone, outcomes }) =>
    line(name, tone, (totals) => answersIn(totals, outcomes)),
  );
  return [
    counts('Answers per minute', answers),
    times('Time to answer', answerTimes),
    counts('Refused and rejected requests per minute', [
      line('refused', 'orange', ({ refusals }) => sum(refusals)),
      line('rejected', 'grey', ({ rejections }) => sum(rejections)),
    ]),
    times('Lookup time', lookupTimes),
  ];
}

function tablesOf({ totals }: Span) {
  const answers = Object.fromEntries(outcomes.map((one) => [one, answersIn(totals, [one])]));
  const byEndpoint = endpoints.map((one) => [one, sum(totals.answers[one])]);
  const tables = {
    'Answers by outcome': answers,
    'Answers by endpoint': Object.fromEntries(byEndpoint),
    'Refused requests by class': totals.refusals,
    'Rejected requests by class': totals.rejections,
    'Failed lookups by class': totals.lookupFailures,
    'Unreadable values by column': totals.unreadableValues,
    'Valid signatures by Secret Key': totals.keys,
    'Mailbox API calls by outcome': totals.mailboxCalls,
  };
  return Object.entries(tables).map(([title, counts]) => ({
    title,
    rows: byCount(counts).flatMap(([name, count]) => (count > 0 ? [[name, digits(count)]] : [])),
  }));
}

const utc = (at: Date) => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const time = (ms: number) => {
  const [value, unit] = ms >= 1_000 ? [ms / 1_000, 's'] : [ms, 'ms'];
  return `${value < 10 ? Math.round(value * 10) / 10 : digits(value)} ${unit}`;
};

const counted = (count: number, one: string) => `${digits(count)} ${one}${count === 1 ? '' : 's'}`;
