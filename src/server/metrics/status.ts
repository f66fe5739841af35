import { type Endpoint, endpoints, outcomes, refusals } from '../../domain/observer.ts';
import { type Drawing, draw, type Tone } from './charts.ts';
import { type Concern, concernsIn } from './concerns.ts';
import { byMinute, type Span, type Step, since } from './history.ts';
import { quantile, type Reading, sumOf } from './reading.ts';

/** What `page/status.ejs` shows. */
export type Status = {
  title: string;
  verdict: { text: string; level: 'good' | 'warning' | 'bad' };
  concerns: Concern[];
  tiles: { name: string; value: string; detail: string; level: 'good' | 'warning' | 'bad' }[];
  charts: { title: string; keys: { name: string; tone: Tone }[]; svg: string; sentence: string }[];
  tables: { title: string; heads: string[]; rows: string[][]; none: string }[];
  version: string;
  asOf: string;
  uptime: string;
};

export type Watched = {
  /** What was read last; null before the first time, and when it could not be read. */
  latest: readonly Reading[] | null;
  steps: readonly Step[];
  now: Date;
  startedAt: Date;
  version: string;
};

const minutesShown = 60;
const latelyMinutes = 5;
const minuteMs = 60_000;

/** The kinds of answer that an agent can tell apart. */
const kinds: readonly { name: string; tone: Tone; outcomes: readonly string[] }[] = [
  { name: 'account', tone: 'blue', outcomes: ['found'] },
  {
    name: 'nobody',
    tone: 'grey',
    outcomes: [
      ...['nobody', 'draft', 'no_address', 'no_customer', 'not_linked', 'no_credentials'],
      'not_an_address',
    ],
  },
  { name: 'old answer', tone: 'orange', outcomes: ['stale'] },
  {
    name: 'apology',
    tone: 'red',
    outcomes: ['unreachable', 'busy', 'misconfigured', 'mailbox', 'unreadable', 'broken'],
  },
];

export function toStatus(watched: Watched): Status {
  const { latest, steps, now, startedAt, version } = watched;
  const lately = since(steps, latelyMinutes, now);
  const hour = since(steps, minutesShown, now);
  const concerns = latest === null ? [unread] : concernsIn(latest, lately, hour, downSince(steps));
  const worst = concerns.find(({ level }) => level === 'bad') ?? concerns[0];
  const level = worst?.level ?? 'good';
  return {
    title: `${worst?.text ?? verdicts.good} – helpscout-sidebar`,
    verdict: { text: verdicts[level], level },
    concerns,
    tiles: tilesOf(latest ?? [], lately, hour),
    charts: chartsOf(byMinute(steps, minutesShown, now), now),
    tables: tablesOf(hour),
    version,
    asOf: `${clock(now)}:${String(now.getUTCSeconds()).padStart(2, '0')} UTC`,
    uptime: lasting(now.getTime() - startedAt.getTime()),
  };
}

/** The first of the latest looks in a row that found the database away; null where the last did not. */
function downSince(steps: readonly Step[]): Date | null {
  const isUp = ({ values }: Step) => [...values.keys()].some(({ name }) => name === 'database_up');
  return steps[steps.map(isUp).lastIndexOf(true) + 1]?.at ?? null;
}

const verdicts = {
  good: 'All is well',
  warning: 'Something needs a look',
  bad: 'Something is wrong',
} as const;

const unread: Concern = {
  level: 'bad',
  text: 'The metrics could not be read',
  remedy: 'What is shown below is from before. If it stays so, restart the server.',
};

function tilesOf(latest: readonly Reading[], lately: Span, hour: Span): Status['tiles'] {
  const isUp = sumOf(latest, 'database_up') === 1;
  const isAsked = latest.some(({ name }) => name === 'database_up');
  const watched = lastly(lately);
  const answered = sumOf(lately.readings, 'answers_total');
  const median = quantile(lately.readings, 'answer_seconds', 0.5);
  const slow = quantile(lately.readings, 'answer_seconds', 0.95);
  const lookup = quantile(lately.readings, 'lookup_seconds', 0.5);
  const stale = sumOf(hour.readings, 'answers_total', { outcome: 'stale' });
  const errorMessages = sumOf(hour.readings, 'answers_total', {
    outcome: kinds[3]?.outcomes ?? [],
  });
  const refused = sumOf(hour.readings, 'refusals_total');
  const open = sumOf(latest, 'pool_connections');
  const waiting = sumOf(latest, 'pool_waiting_lookups');
  const lookupTime = lookup === null ? `no lookup in ${watched}` : `a lookup takes ${time(lookup)}`;
  return [
    {
      name: 'Database',
      value: isAsked ? (isUp ? 'answers' : 'away') : 'not asked',
      detail: isUp ? lookupTime : '—',
      level: isUp ? 'good' : 'bad',
    },
    {
      name: 'Answers a minute',
      value: lately.seconds === 0 ? '–' : amount((answered / lately.seconds) * 60),
      detail: lately.seconds === 0 ? 'not counted yet' : `over the last ${watched}`,
      level: 'good',
    },
    {
      name: 'Time to answer',
      value: median === null ? '–' : time(median),
      detail: slow === null ? `nobody asked in ${watched}` : `95 of 100 within ${time(slow)}`,
      level: slow !== null && slow > 0.5 ? 'warning' : 'good',
    },
    {
      name: 'Not fresh, last hour',
      value: amount(stale + errorMessages),
      detail: `${digits(stale)} old, ${counted(errorMessages, 'apology', 'apologies')}`,
      level: errorMessages + stale > 0 ? 'warning' : 'good',
    },
    {
      name: 'Refused, last hour',
      value: amount(refused),
      detail: 'for want of a signature',
      level: refused > 0 ? 'warning' : 'good',
    },
    {
      name: 'Connections',
      value: `${digits(open - sumOf(latest, 'pool_idle_connections'))} of ${digits(open)} busy`,
      detail: `${counted(waiting, 'lookup waits', 'lookups wait')} for one`,
      level: waiting > 0 ? 'warning' : 'good',
    },
  ];
}

function chartsOf(minutes: readonly (Span | null)[], now: Date): Status['charts'] {
  const first = now.getTime() - (minutes.length - 1) * minuteMs;
  const names = minutes.map((_, i) => clock(new Date(first + i * minuteMs)));
  const rate = (name: string, labels: Parameters<typeof sumOf>[2]) =>
    minutes.map((span) => span && (sumOf(span.readings, name, labels) / span.seconds) * 60);
  const times = (name: string, share: number) =>
    minutes.map((span) => span && quantile(span.readings, name, share));
  const gauge = (name: string) => minutes.map((span) => span && sumOf(span.readings, name));
  const shares = (name: string): Drawing['series'] => [
    { name: '50 of 100 within', tone: 'blue', values: times(name, 0.5) },
    { name: '95 of 100 within', tone: 'purple', values: times(name, 0.95) },
  ];

  return [
    chart(
      'Answers a minute',
      {
        kind: 'bars',
        series: kinds.map(({ name, tone, outcomes }) => ({
          name,
          tone,
          values: rate('answers_total', { outcome: outcomes }),
        })),
        format: amount,
        atLeast: 4,
      },
      names,
    ),
    chart(
      'Time to answer',
      { kind: 'lines', series: shares('answer_seconds'), format: time, atLeast: 0.004 },
      names,
    ),
    chart(
      'Refused and turned away, a minute',
      {
        kind: 'bars',
        series: [
          { name: 'refused', tone: 'orange', values: rate('refusals_total', {}) },
          { name: 'turned away', tone: 'grey', values: rate('rejections_total', {}) },
        ],
        format: amount,
        atLeast: 4,
      },
      names,
    ),
    chart(
      'Time of a lookup in the database',
      { kind: 'lines', series: shares('lookup_seconds'), format: time, atLeast: 0.004 },
      names,
    ),
    chart(
      'Connections to the database',
      {
        kind: 'lines',
        series: [
          { name: 'open', tone: 'blue', values: gauge('pool_connections') },
          { name: 'lookups under way', tone: 'purple', values: gauge('lookups_in_flight') },
          { name: 'lookups waiting', tone: 'red', values: gauge('pool_waiting_lookups') },
        ],
        format: amount,
        atLeast: 4,
      },
      names,
    ),
    chart(
      'Longest wait for the event loop',
      {
        kind: 'lines',
        series: [
          { name: 'waited', tone: 'green', values: gauge('event_loop_longest_lag_seconds') },
        ],
        format: time,
        atLeast: 0.04,
      },
      names,
    ),
  ];
}

function chart(
  title: string,
  drawing: Omit<Drawing, 'names'>,
  names: readonly string[],
): Status['charts'][number] {
  const sentence = inWords(drawing, names);
  return {
    title,
    keys: drawing.series.map(({ name, tone }) => ({ name, tone })),
    sentence,
    svg: draw({ ...drawing, names }, `${title}. ${sentence}`),
  };
}

/** How high each was lately and at most, for whoever cannot see the drawing. */
function inWords({ series, format }: Omit<Drawing, 'names'>, names: readonly string[]): string {
  const said = series.flatMap(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    const most = Math.max(...known);
    if (known.length === 0 || most === 0) return [];
    const latest = known.slice(-latelyMinutes);
    const lately = latest.reduce((a, b) => a + b, 0) / latest.length;
    return `${name} ${format(lately)} lately, at most ${format(most)} at ${names[values.indexOf(most)]}`;
  });
  return said.length === 0 ? 'Nothing in this hour.' : `${upper(said.join('; '))}.`;
}

function tablesOf({ readings }: Span): Status['tables'] {
  const answered = (endpoint: Endpoint, outcome: string) =>
    sumOf(readings, 'answers_total', { endpoint, outcome });
  const classes = (name: string, label: string) =>
    readings
      .filter((reading) => reading.name === name)
      .sort((a, b) => b.value - a.value)
      .map(({ labels, value }) => [labels[label] ?? '', digits(value)]);
  const came = outcomes.filter((outcome) =>
    endpoints.some((endpoint) => answered(endpoint, outcome) > 0),
  );
  return [
    {
      title: 'Answers',
      heads: ['outcome', ...endpoints],
      rows: came.map((one) => [
        one,
        ...endpoints.map((endpoint) => digits(answered(endpoint, one))),
      ]),
      none: 'Nobody asked.',
    },
    {
      title: 'Refused',
      heads: ['class', 'times'],
      rows: classes('refusals_total', 'class'),
      none: `No request was refused, for any of ${refusals.length} reasons.`,
    },
    {
      title: 'Turned away',
      heads: ['class', 'times'],
      rows: classes('rejections_total', 'class'),
      none: 'No request was turned away.',
    },
    {
      title: 'Failed lookups',
      heads: ['class', 'times'],
      rows: classes('lookup_failures_total', 'class'),
      none: 'No lookup failed.',
    },
    {
      title: 'Secret Keys',
      heads: ['key', 'signatures'],
      rows: classes('signatures_total', 'key'),
      none: 'No signature was right.',
    },
    {
      title: 'Mailbox API',
      heads: ['outcome', 'calls'],
      rows: classes('mailbox_calls_total', 'outcome'),
      none: 'It was not asked.',
    },
  ];
}

const clock = (at: Date) => at.toISOString().slice(11, 16);

const digits = (value: number) => Math.round(value).toLocaleString('en');

/** Small ones with a decimal: two in five minutes are 0.4 a minute. */
const amount = (value: number) =>
  value < 10 ? String(Math.round(value * 10) / 10) : digits(value);

/** Of seconds. */
function time(seconds: number): string {
  const ms = seconds * 1_000;
  if (ms >= 1_000) return `${amount(seconds)} s`;
  return `${amount(ms)} ms`;
}

const counted = (count: number, one: string, several: string) =>
  `${digits(count)} ${count === 1 ? one : several}`;

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Over what was counted: five minutes, or the time since the start while that is shorter. */
const lastly = ({ seconds }: Span) =>
  seconds > (latelyMinutes - 0.5) * 60 ? `${latelyMinutes} minutes` : lasting(seconds * 1_000);

/** Two units are enough: "3 d 4 h", "12 min 5 s". */
function lasting(ms: number): string {
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
