import type { Seen } from './dates.ts';
import { dayAndDistance, type Tone, urgency, type Words } from './words.ts';

/** How a subscription goes on; null is not known. */
type Course =
  /** By itself, unless it is canceled. */
  | 'renews'
  | 'trial'
  | 'trialOver'
  /** Until the date that is paid for. */
  | 'ends'
  /** Until that date or at once: providers mean either. */
  | 'canceled'
  | 'over'
  /** Not paid: somebody has to do something. */
  | 'unpaid'
  /** Neither paid for nor owed. */
  | 'waits'
  | null;

export type Subscription = { badge: Words | null; course: Course };

/** "past_due", "PastDue", "past due" and "PASTDUE" are one word. */
const keyOf = (state: string) => state.toLowerCase().replace(/[\s_-]/g, '');

const states = (course: Course, tone: Tone, texts: Readonly<Record<string, string>>) =>
  Object.entries(texts).flatMap(([text, words]) =>
    words.split(' ').map((state): [string, Subscription] => {
      return [keyOf(state), { badge: { text, tone }, course }];
    }),
  );

/** Of Stripe and of many others: test/upstream/status-words.mjs has the words of each. */
const subscriptions = new Map<string, Subscription>([
  ...states('renews', 'green', { Paid: 'active paid' }),
  ...states('ends', 'green', { Paid: 'non_renewing pending_cancel pending_cancellation' }),
  ...states('canceled', null, { Canceled: 'canceled cancelled' }),
  ...states('over', null, {
    Expired: 'expired',
    Ended: 'ended',
    Completed: 'completed',
    Finished: 'finished',
    Declined: 'declined customer_approval_denied',
    Transferred: 'transferred',
    Switched: 'switched',
    Deactivated: 'deactivated',
    Deleted: 'deleted',
    Stale: 'stale',
  }),
  ...states('over', 'red', { Failed: 'failed', 'Incomplete, expired': 'incomplete_expired' }),
  ...states('unpaid', 'red', {
    'Past due':
      'past_due overdue on_hold in_grace_period in_billing_retry billing_retry suspended halted',
    Unpaid: 'unpaid',
    Frozen: 'frozen',
  }),
  ...states('unpaid', 'orange', { Incomplete: 'incomplete' }),
  ...states('waits', 'orange', { Paused: 'paused pause' }),
  ...states('waits', null, {
    Created: 'created',
    Authenticated: 'authenticated',
    Approved: 'approved',
    'Approval pending': 'approval_pending pending_customer_approval',
    'Not started': 'future',
    Pending: 'pending',
    Accepted: 'accepted',
  }),
  ...states('trial', 'orange', { Trial: 'trialing trial in_trial on_trial' }),
  ...states('trialOver', 'red', { 'Trial expired': 'trial_expired' }),
]);

type Dates = {
  isTrialOver: boolean | null;
  /** The plan's date is ahead. */
  planRuns: boolean;
  /** It was canceled, and that date is past. */
  hasEnded: boolean;
};

export function subscriptionOf(status: string, dates: Dates): Subscription {
  const state = keyOf(withoutPrefix(status)) || stateByDates(dates);
  const known = subscriptions.get(state);
  if (known?.course === 'trial' && dates.isTrialOver)
    return subscriptions.get('trialexpired') ?? known;
  // A word that we do not know is still the best answer.
  const badge: Words | null = state === '' ? null : { text: asWord(status), tone: null };
  return known ?? { badge, course: null };
}

/** An old trial says nothing about somebody whose plan runs. */
function stateByDates({ isTrialOver, planRuns, hasEnded }: Dates): string {
  if (hasEnded) return 'canceled';
  return isTrialOver === null || (isTrialOver && planRuns) ? '' : 'trial';
}

/** "past-due" of WooCommerce's "wc-past-due", "PAST_DUE" of "SUBSCRIPTION_STATE_PAST_DUE". */
const withoutPrefix = (status: string) =>
  status.trim().replace(/^(?:wc[-_]|(?:subscription_?)?(?:state|status)[_.])(?=\w)/i, '');

const spaced = (word: string) =>
  word
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .replace(/[\s_-]+/g, ' ')
    .trim();

/** "Non renewing" of "non_renewing" or "NonRenewing"; "VIP" keeps its capitals. */
function asWord(status: string): string {
  const word = withoutPrefix(status);
  if (!/^[\p{L}\p{N}\s_-]+$/u.test(word)) return word;
  const text = spaced(word);
  const keepsCase = text === word && !/^[A-Z]{5,}$/.test(word);
  const folded = keepsCase ? word : text.toLowerCase();
  return folded.charAt(0).toUpperCase() + folded.slice(1);
}

export const isTrial = ({ course }: Subscription) => course === 'trial' || course === 'trialOver';

export const isOver = ({ course }: Subscription) => course === 'over' || course === 'canceled';

/** Where nothing is known but the date. */
export const planExpires = 'Plan expires';

/** What the date of a plan means, as a label, and the date: "12 Mar 2027 · in 110 days". */
export type PlanEnd = { label: string; words: Words };

/** `isCanceled` is null where no column tells. */
export function planEnd(
  subscription: Subscription,
  isCanceled: boolean | null,
  end: Seen | null,
): PlanEnd | null {
  const { course } = subscription;
  const endsBy = course === 'ends' || isCanceled === true;
  if (end === null) {
    const isEnding = endsBy && !isOver(subscription);
    return isEnding
      ? { label: 'Ends', words: { text: 'after this period', tone: 'orange' } }
      : null;
  }
  const named = (label: string, tone: Tone): PlanEnd => ({
    label,
    words: { text: dayAndDistance(end), tone },
  });
  const renews = isCanceled === false && (course === 'renews' || course === 'trial');
  if (end.isOver) {
    if (isOver(subscription)) return named('Ended', null);
    if (endsBy) return named('Ended', 'red');
    return renews ? named('Renewal was due', 'orange') : named(planExpires, 'red');
  }
  if (course === 'canceled') return named('Runs until', urgency(end));
  // A period that was paid for, or would have been, says nothing any more.
  if (course === 'over') return null;
  if (endsBy) return named('Ends', urgency(end));
  if (renews) return named('Renews', null);
  // Most plans renew by themselves, each month: their last week is nothing to look at.
  const isRunning = course === 'renews' || course === 'waits';
  return named(planExpires, isRunning ? null : urgency(end));
}
