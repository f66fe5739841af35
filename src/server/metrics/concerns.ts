import { command } from '../../domain/command.ts';
import { whyUnreachable } from '../../domain/failures.ts';
import type { Span } from './history.ts';
import { type Reading, sumOf } from './reading.ts';

/** What whoever runs this should know now, and what to do; the alerts say the same for longer. */
export type Concern = { level: 'warning' | 'bad'; text: string; remedy: string };

/** These come from whoever finds the address, and tell nothing of a key. */
const ofStrangers = ['missing', 'empty', 'shape', 'search_token'];

export function concernsIn(
  latest: readonly Reading[],
  { readings: lately }: Span,
  { readings: hour }: Span,
  downSince: Date | null,
): Concern[] {
  const answered = (outcome: string | string[]) => sumOf(lately, 'answers_total', { outcome });
  const refused =
    sumOf(lately, 'refusals_total') - sumOf(lately, 'refusals_total', { class: ofStrangers });
  const previousEnds = sumOf(latest, 'previous_key_end_timestamp_seconds');
  const mailboxFailed = ['refused', 'too_many', 'failed', 'timeout', 'left_alone'];

  const isDown = sumOf(latest, 'database_up') === 0;

  const all: [boolean, Concern][] = [
    [
      isDown,
      {
        level: 'bad',
        text: 'The database does not answer',
        remedy: [
          ...(downSince === null ? [] : [`Since ${downSince.toISOString().slice(11, 16)} UTC.`]),
          whyIn(lately) ?? whyIn(latest) ?? 'The log has the class of the failure.',
          `${command('doctor')} says more. Agents get the last good answer with its age, for ten minutes, then a sentence.`,
          `In the last 5 minutes: old answers ${digits(answered('stale'))}, errorMessages ${digits(answered(['unreachable', 'misconfigured']))}.`,
        ].join(' '),
      },
    ],
    [
      answered(isDown ? ['unreadable', 'broken'] : ['misconfigured', 'unreadable', 'broken']) > 0,
      {
        level: 'bad',
        text: 'Agents are told that the sidebar is misconfigured',
        remedy:
          'The log says why: search it for "failed". It is the query, the tables, the privileges, the credentials or a view.',
      },
    ],
    [
      !isDown && answered('unreachable') > 0,
      {
        level: 'bad',
        text: 'Agents were told that customer data cannot be reached, in the last 5 minutes',
        remedy: 'A lookup failed, and there was no earlier answer to show in its place.',
      },
    ],
    [
      !isDown && answered('stale') > 0,
      {
        level: 'warning',
        text: 'Old answers were shown in the last 5 minutes',
        remedy: 'Lookups failed, and agents saw the last good answer with its age.',
      },
    ],
    [
      answered('busy') > 0,
      {
        level: 'warning',
        text: 'There is too much to look up at once',
        remedy: `Lookups are slow, or very many agents ask. Look at the time of a lookup and at waiting ones; ${command('doctor')} shows the plan.`,
      },
    ],
    [
      refused > 0,
      {
        level: 'warning',
        text: 'Requests with a wrong signature were refused',
        remedy:
          'If agents miss the sidebar: the Secret Key here and the one in Help Scout differ, or a proxy changes the body. The class below says what it looks like.',
      },
    ],
    [
      previousEnds > 0 && sumOf(hour, 'signatures_total', { key: 'previous' }) > 0,
      {
        level: 'warning',
        text: 'The Secret Key before is still in use',
        remedy: `Change it in Help Scout: it ends on ${new Date(previousEnds * 1_000).toISOString().slice(0, 10)}, and what it signs is refused from then on.`,
      },
    ],
    [
      sumOf(lately, 'mailbox_calls_total', { outcome: mailboxFailed }) > 0,
      {
        level: 'warning',
        text: 'Help Scout’s Mailbox API does not say who customers are',
        remedy:
          'Refused: look at HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET. Too many: it is left alone until Help Scout’s limit is over.',
      },
    ],
    [
      sumOf(lately, 'event_loop_lag_seconds') > 0.1,
      {
        level: 'warning',
        text: 'The server has too little processor time',
        remedy: 'Requests wait for their turn. Give it more, or run more of it.',
      },
    ],
    [
      sumOf(hour, 'log_lines_dropped_total') > 0,
      {
        level: 'warning',
        text: 'Lines of the log were dropped',
        remedy: 'Whatever collects the standard output reads it too slowly, or stalls.',
      },
    ],
  ];
  return all.filter(([is]) => is).map(([, concern]) => concern);
}

/** Of the class that most lookups failed with; null where none did. */
function whyIn(readings: readonly Reading[]): string | null {
  const [most] = readings
    .filter(({ name, value }) => name === 'lookup_failures_total' && value > 0)
    .sort((a, b) => b.value - a.value);
  const one = most?.labels['class'];
  if (one === undefined || one === 'other') return null;
  const { says, todo } = whyUnreachable(one);
  return `${says}. ${todo}`;
}

const digits = (count: number) => count.toLocaleString('en');
