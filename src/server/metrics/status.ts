import { endpoints, type Outcome, outcomes, refusals } from '../../domain/observer.ts';
import { type Drawing, draw, type Tone } from './charts.ts';
import { answersIn, type Concern, concernsIn, digits, sum } from './concerns.ts';
import type { Counts, Totals } from './counters.ts';
import { addHistograms, type Histogram, quantile } from './histogram.ts';
import { byMinute, type History, lastMinutes, latestOf, type Span } from './history.ts';

type Level = 'good' | 'warning' | 'bad';

/** What `page/status.ejs` shows. */
export type Status = {
  title: string;
  verdict: { text: string; level: Level };
  concerns: Concern[];
  tiles: { name: string; value: string; detail: string; level: Level }[];
  charts: { title: string; keys: { name: string; tone: Tone }[]; svg: string; sentence: string }[];
  tables: { title: string; heads: string[]; rows: string[][]; none: string }[];
  version: string;
  asOf: string;
  uptime: string;
};

export type Watched = {
  /** The latest snapshot is of now. */
  history: History;
  startedAt: Date;
  previousKeyEnds: Date | null;
  version: string;
};

const minutesShown = 60;
const recentMinutes = 5;
const minuteMs = 60_000;

const errorOutcomes: readonly Outcome[] = [
  ...(['unreachable', 'busy', 'misconfigured', 'mailbox', 'unreadable', 'broken'] as const),
];

/** The kinds of answer that an agent can tell apart. */
const kinds: readonly { name: string; tone: Tone; outcomes: readonly Outcome[] }[] = [
  { name: 'account', tone: 'blue', outcomes: ['found'] },
  {
    name: 'no account',
    tone: 'grey',
    outcomes: [
      ...(['nobody', 'draft', 'no_address', 'no_customer', 'not_linked'] as const),
      ...(['no_credentials', 'not_an_address'] as const),
    ],
  },
  { name: 'stale answer', tone: 'orange', outcomes: ['stale'] },
  { name: 'error message', tone: 'red', outcomes: errorOutcomes },
];

const verdicts = {
  good: 'All is well',
  warning: 'Something needs a look',
  bad: 'Something is wrong',
} as const;

export function toStatus({ history, startedAt, previousKeyEnds, version }: Watched): Status {
  const now = latestOf(history).at;
  const recent = lastMinutes(history, recentMinutes);
  const hour = lastMinutes(history, minutesShown);
  const concerns = concernsIn(history, recent, hour, previousKeyEnds);
  const worst = concerns.find(({ level }) => level === 'bad') ?? concerns[0];
  const level = worst?.level ?? 'good';
  return {
    title: `${worst?.text ?? verdicts.good} – helpscout-sidebar`,
    verdict: { text: verdicts[level], level },
    concerns,
    tiles: tilesOf(history, recent, hour),
    charts: chartsOf(byMinute(history, minutesShown), now),
    tables: tablesOf(hour),
    version,
    asOf: `${clock(now)}:${String(now.getUTCSeconds()).padStart(2, '0')} UTC`,
    uptime: duration(now.getTime() - startedAt.getTime()),
  };
}

const answerTimes = ({ answerTimes }: Totals) => addHistograms(Object.values(answerTimes));

function tilesOf(history: History, recent: Span, hour: Span): Status['tiles'] {
  const { gauges, databaseUp } = latestOf(history);
  const observed = observedTime(recent);
  const answered = answersIn(recent.totals);
  const p50 = quantile(answerTimes(recent.totals), 0.5);
  const p95 = quantile(answerTimes(recent.totals), 0.95);
  const lookup = quantile(recent.totals.lookupTimes, 0.5);
  const stale = answersIn(hour.totals, ['stale']);
  const errors = answersIn(hour.totals, errorOutcomes);
  const refused = sum(hour.totals.refusals);
  const isDown = databaseUp === false;
  const tile = (name: string, value: string, detail: string, level: Level = 'good') => ({
    ...{ name, value, detail, level },
  });
  const warnIf = (is: boolean): Level => (is ? 'warning' : 'good');
  const lookupDetail = lookup === null ? `no lookup in ${observed}` : `lookup p50 ${time(lookup)}`;
  return [
    isDown ? tile('Database', 'down', '—', 'bad') : tile('Database', 'up', lookupDetail),
    // Less than a minute says nothing about a whole one.
    recent.seconds < 60
      ? tile('Answers', digits(answered), `in ${observed}`)
      : tile(
          'Answers per minute',
          amount(perMinute(recent, answered)),
          `over the last ${observed}`,
        ),
    p50 === null || p95 === null
      ? tile('Time to answer', '–', `no requests in ${observed}`)
      : tile('Time to answer', time(p50), `p50; p95 ${time(p95)}`, warnIf(p95 > 500)),
    tile(
      'Stale or failed, last hour',
      digits(stale + errors),
      `${digits(stale)} stale, ${counted(errors, 'error message')}`,
      warnIf(stale + errors > 0),
    ),
    tile(
      'Refused, last hour',
      digits(refused),
      'missing or invalid signature',
      warnIf(refused > 0),
    ),
    tile(
      'Connections',
      `${digits(gauges.open - gauges.idle)} of ${digits(gauges.open)} busy`,
      `${counted(gauges.waiting, 'lookup')} waiting`,
      warnIf(gauges.waiting > 0),
    ),
  ];
}

function chartsOf(minutes: readonly (Span | null)[], now: Date): Status['charts'] {
  const first = now.getTime() - (minutes.length - 1) * minuteMs;
  const names = minutes.map((_, i) => clock(new Date(first + i * minuteMs)));
  type Series = Drawing['series'][number];
  const series = (name: string, tone: Tone, read: (span: Span) => number | null): Series => ({
    ...{ name, tone },
    values: minutes.map((span) => span && read(span)),
  });
  const percentiles = (read: (totals: Totals) => Histogram): Series[] => [
    series('p50', 'blue', ({ totals }) => quantile(read(totals), 0.5)),
    series('p95', 'purple', ({ totals }) => quantile(read(totals), 0.95)),
  ];

  function chart(
    title: string,
    axis: Pick<Drawing, 'kind' | 'format' | 'atLeast'>,
    series: Series[],
  ): Status['charts'][number] {
    const drawing = { ...axis, series, names };
    const sentence = inWords(drawing);
    const keys = series.map(({ name, tone }) => ({ name, tone }));
    return { title, keys, sentence, svg: draw(drawing, `${title}. ${sentence}`) };
  }
  const counts = { kind: 'bars', format: amount, atLeast: 4 } as const;
  const times = { kind: 'lines', format: time, atLeast: 4 } as const;

  return [
    chart(
      'Answers per minute',
      counts,
      kinds.map(({ name, tone, outcomes }) =>
        series(name, tone, (span) => perMinute(span, answersIn(span.totals, outcomes))),
      ),
    ),
    chart('Time to answer', times, percentiles(answerTimes)),
    chart('Refused and rejected requests per minute', counts, [
      series('refused', 'orange', (span) => perMinute(span, sum(span.totals.refusals))),
      series('rejected', 'grey', (span) => perMinute(span, sum(span.totals.rejections))),
    ]),
    chart(
      'Lookup time',
      times,
      percentiles(({ lookupTimes }) => lookupTimes),
    ),
    chart('Connections to the database', { kind: 'lines', format: amount, atLeast: 4 }, [
      series('open', 'blue', ({ peaks }) => peaks.open),
      series('lookups in flight', 'purple', ({ peaks }) => peaks.lookupsInFlight),
      series('lookups waiting', 'red', ({ peaks }) => peaks.waiting),
    ]),
    chart('Longest event loop lag', { ...times, atLeast: 40 }, [
      series('lag', 'green', ({ peaks }) => peaks.longestLagMs),
    ]),
  ];
}

/** A minute that was observed only in part is not extrapolated. */
const perMinute = ({ seconds }: Span, count: number) => count / Math.max(seconds / 60, 1);

/** The current value and the peak of each series, as the chart's text. */
function inWords({ kind, series, format, names }: Drawing): string {
  const said = series.flatMap(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    const peak = Math.max(...known);
    if (known.length === 0 || peak === 0) return [];
    // The current minute's count is not complete yet.
    const now = (kind === 'bars' ? known.at(-2) : undefined) ?? known.at(-1) ?? 0;
    return `${name} ${format(now)} now, peak ${format(peak)} at ${names[values.indexOf(peak)]}`;
  });
  return said.length === 0 ? 'Nothing in this hour.' : `${upper(said.join('; '))}.`;
}

function tablesOf({ totals }: Span): Status['tables'] {
  const seen = outcomes.filter((outcome) => answersIn(totals, [outcome]) > 0);
  const table = (title: string, heads: string[], counts: Counts, none: string) => ({
    ...{ title, heads, none },
    rows: Object.entries(counts)
      .filter(([, count]) => count > 0)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => [name, digits(count)]),
  });
  return [
    {
      title: 'Answers',
      heads: ['outcome', ...endpoints],
      rows: seen.map((outcome) => [
        outcome,
        ...endpoints.map((endpoint) => digits(totals.answers[endpoint][outcome] ?? 0)),
      ]),
      none: 'No requests.',
    },
    table(
      'Refused',
      ['class', 'requests'],
      totals.refusals,
      `No request was refused, for any of ${refusals.length} reasons.`,
    ),
    table('Rejected', ['class', 'requests'], totals.rejections, 'No request was rejected.'),
    table('Failed lookups', ['class', 'lookups'], totals.lookupFailures, 'No lookup failed.'),
    table('Secret Keys', ['key', 'signatures'], totals.keys, 'No valid signatures.'),
    table('Mailbox API', ['outcome', 'calls'], totals.mailboxCalls, 'No calls.'),
  ];
}

const clock = (at: Date) => at.toISOString().slice(11, 16);

/** Small numbers get a decimal: two in five minutes are 0.4 per minute. */
const amount = (value: number) =>
  value < 10 ? String(Math.round(value * 10) / 10) : digits(value);

const time = (ms: number) => (ms >= 1_000 ? `${amount(ms / 1_000)} s` : `${amount(ms)} ms`);

const counted = (count: number, one: string) => `${digits(count)} ${one}${count === 1 ? '' : 's'}`;

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Five minutes, or the time since the start while that is shorter. */
const observedTime = ({ seconds }: Span) =>
  seconds > (recentMinutes - 0.5) * 60 ? `${recentMinutes} minutes` : duration(seconds * 1_000);

/** In two units at most: "3 d 4 h", "12 min 5 s". */
function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first === -1 ? parts.length - 1 : first)
    .slice(0, 2)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
