import { whyUnreachable } from '../../domain/failures.ts';
import type { Outcome } from '../../domain/observer.ts';
import type { Counts, Totals } from './counters.ts';
import { downSince, type History, latestOf, type Span } from './history.ts';

/** What the operator should know now, and what to do. The alerts say the same for longer spans. */
export type Concern = { level: 'warning' | 'bad'; text: string; remedy: string };

/** Anybody who finds the address can cause these, and they say nothing about a key. */
const strangersRefusals = ['missing', 'empty', 'shape', 'search_token'];
const mailboxFailures = ['refused', 'too_many', 'failed', 'timeout', 'left_alone'];

export function concernsIn(history: History, recent: Span, hour: Span, keyEnds: Date | null) {
  const answered = (...outcomes: Outcome[]) => answersIn(recent.totals, outcomes);
  const { refusals, mailboxCalls } = recent.totals;
  const isDown = latestOf(history).databaseUp === false;

  const concerns: Concern[] = [];
  const warn = (is: boolean, text: string, remedy: string) =>
    is && concerns.push({ level: 'warning', text, remedy });
  const bad = (is: boolean, text: string, remedy: string) =>
    is && concerns.push({ level: 'bad', text, remedy });

  bad(
    isDown,
    'The database does not answer',
    [
      `Since ${downSince(history)?.toISOString().slice(11, 16)} UTC.`,
      mostFrequentFailure(recent.totals) ?? 'The log has the class of the failure.',
      `The doctor says more. For ten minutes agents get a stale answer with its age, then an error message.`,
    ].join(' '),
  );
  bad(
    answered('unreadable', 'broken') + (isDown ? 0 : answered('misconfigured')) > 0,
    'Agents are told that the sidebar is misconfigured',
    'Search the log for "failed": it says whether it is the query, the tables, the privileges, the credentials or a view.',
  );
  bad(
    !isDown && answered('unreachable') > 0,
    'Agents were told that customer data cannot be reached, in the last 5 minutes',
    'A lookup failed, and there was no stale answer to show instead.',
  );
  warn(
    !isDown && answered('stale') > 0,
    'Stale answers were shown in the last 5 minutes',
    [
      'Lookups failed, and agents saw the last good answer with its age.',
      mostFrequentFailure(recent.totals) ?? 'The log has the class of the failure.',
    ].join(' '),
  );
  warn(
    answered('busy') > 0,
    'There are too many lookups at once',
    'Lookups are slow, or very many agents ask. Look at the lookup time and at waiting lookups; the doctor shows the plan.',
  );
  warn(
    sum(refusals) > sum(refusals, strangersRefusals),
    'Requests with an invalid signature were refused',
    'If agents miss the sidebar: the Secret Key here and the one in Help Scout differ, or a proxy changes the body. The class below says what it looks like.',
  );
  warn(
    keyEnds !== null && (hour.totals.keys['previous'] ?? 0) > 0,
    'The previous Secret Key is still in use',
    `Change it in Help Scout: it expires on ${keyEnds?.toISOString().slice(0, 10)}, and its signatures are refused from then on.`,
  );
  warn(
    sum(mailboxCalls, mailboxFailures) > 0,
    'Calls of Help Scout’s Mailbox API fail',
    'Refused: check HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET. Too many: the server makes no calls until Help Scout’s rate limit is over.',
  );
  warn(
    recent.lagMs > 100,
    'The server has too little CPU time',
    'Requests wait for the event loop. Give it more CPU, or run more replicas.',
  );
  warn(
    hour.totals.linesDropped > 0,
    'Log lines were dropped',
    'The program that collects the standard output reads it too slowly, or hangs.',
  );
  return concerns;
}

/** Of all endpoints; by default of all outcomes. */
export const answersIn = ({ answers }: Totals, outcomes?: readonly Outcome[]): number =>
  Object.values(answers).reduce((total, counts) => total + sum(counts, outcomes), 0);

export const sum = (counts: Counts, names: readonly string[] = Object.keys(counts)): number =>
  names.reduce((total, name) => total + (counts[name] ?? 0), 0);

/** What most lookups failed with, and what to do; null if none did. */
function mostFrequentFailure({ lookupFailures }: Totals): string | null {
  const [[failure, times] = ['other', 0]] = byCount(lookupFailures);
  if (times === 0 || failure === 'other') return null;
  const { says, todo } = whyUnreachable(failure);
  return `${says}. ${todo}`;
}

/** The most frequent first. */
export const byCount = (counts: Counts) => Object.entries(counts).sort(([, a], [, b]) => b - a);

export const digits = (value: number) => Math.round(value).toLocaleString('en');
