import { describe, expect, test } from 'vitest';
import { type Account, type CalendarDay, toAccount } from '../../src/domain/account.ts';
import { createToSidebar } from '../../src/sidebar/sidebar.ts';
import { now } from '../examples.ts';

const toSidebar = createToSidebar({
  locale: 'en-GB',
  stripeDashboardUrl: 'https://dashboard.stripe.com',
});

function viewOf(known: Partial<Account>) {
  const account = toAccount({ email: 'a@example.com', ...known });
  const [view] = toSidebar([account.email], [account], now).accounts;
  if (view === undefined) throw new Error('no account is shown');
  return view;
}

const badgesOf = (known: Partial<Account>) => viewOf(known).badges;
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);

/** "Renews 12 Mar 2027 · in 110 days (orange)" */
function dateOf(known: Partial<Account>): string | null {
  const { planExpires: fact, planExpiresLabel } = viewOf(known);
  return fact && `${planExpiresLabel} ${fact.text}${fact.tone === null ? '' : ` (${fact.tone})`}`;
}

describe('the badge of', () => {
  test.each([
    // Stripe and Polar
    ['active', 'Paid', 'green'],
    ['past_due', 'Past due', 'red'],
    ['unpaid', 'Unpaid', 'red'],
    ['canceled', 'Canceled', null],
    ['incomplete', 'Incomplete', 'orange'],
    ['incomplete_expired', 'Incomplete, expired', 'red'],
    ['paused', 'Paused', 'orange'],
    // Chargebee
    ['non_renewing', 'Paid', 'green'],
    ['future', 'Not started', null],
    ['transferred', 'Transferred', null],
    ['cancelled', 'Canceled', null],
    // Recurly
    ['expired', 'Expired', null],
    ['failed', 'Failed', 'red'],
    // Lemon Squeezy
    ['pause', 'Paused', 'orange'],
    // Braintree
    ['Active', 'Paid', 'green'],
    ['Canceled', 'Canceled', null],
    ['Expired', 'Expired', null],
    ['Past Due', 'Past due', 'red'],
    ['Pending', 'Pending', null],
    // WooCommerce
    ['wc-active', 'Paid', 'green'],
    ['wc-on-hold', 'Past due', 'red'],
    ['on-hold', 'Past due', 'red'],
    ['wc-pending-cancel', 'Paid', 'green'],
    ['pending-cancel', 'Paid', 'green'],
    ['wc-cancelled', 'Canceled', null],
    ['wc-expired', 'Expired', null],
    ['wc-pending', 'Pending', null],
    ['wc-switched', 'Switched', null],
    // Shopify
    ['FROZEN', 'Frozen', 'red'],
    ['DECLINED', 'Declined', null],
    ['EXPIRED', 'Expired', null],
    ['PENDING', 'Pending', null],
    ['ACCEPTED', 'Accepted', null],
    ['FAILED', 'Failed', 'red'],
    ['STALE', 'Stale', null],
    // RevenueCat, stores, PayPal, Razorpay
    ['in_grace_period', 'Past due', 'red'],
    ['in_billing_retry', 'Past due', 'red'],
    ['SUBSCRIPTION_STATE_ON_HOLD', 'Past due', 'red'],
    ['SUBSCRIPTION_STATE_IN_GRACE_PERIOD', 'Past due', 'red'],
    ['SUSPENDED', 'Past due', 'red'],
    ['halted', 'Past due', 'red'],
    ['completed', 'Completed', null],
    // Enums of .NET, Prisma and Python
    ['PastDue', 'Past due', 'red'],
    ['pastDue', 'Past due', 'red'],
    ['PAST_DUE', 'Past due', 'red'],
    ['IncompleteExpired', 'Incomplete, expired', 'red'],
    ['NonRenewing', 'Paid', 'green'],
    ['SubscriptionStatus.UNPAID', 'Unpaid', 'red'],
    // As people write them
    ['paid', 'Paid', 'green'],
    ['Past due', 'Past due', 'red'],
    ['PAST-DUE', 'Past due', 'red'],
    ['PASTDUE', 'Past due', 'red'],
    ['pastdue', 'Past due', 'red'],
    ['wc-onhold', 'Past due', 'red'],
    ['nonrenewing', 'Paid', 'green'],
    [' past_due ', 'Past due', 'red'],
    ['past  due', 'Past due', 'red'],
    ['overdue', 'Past due', 'red'],
    ['ended', 'Ended', null],
  ])('%j is %s, %s, whatever trial there was', (subscriptionStatus, text, tone) => {
    for (const trialEndsAt of [null, inDays(2), inDays(-2)])
      expect(badgesOf({ subscriptionStatus, trialEndsAt })).toEqual([{ text, tone }]);
  });

  test.each(['trialing', 'trial', 'in_trial', 'on_trial', 'InTrial', 'INTRIAL', 'TRIALING'])(
    '%j says whether the trial is over',
    (subscriptionStatus) => {
      const badge = (trialEndsAt: Date | null) => badgesOf({ subscriptionStatus, trialEndsAt });
      expect(badge(null)).toEqual([{ text: 'Trial', tone: 'orange' }]);
      expect(badge(inDays(2))).toEqual([{ text: 'Trial', tone: 'orange' }]);
      expect(badge(inDays(-2))).toEqual([{ text: 'Trial expired', tone: 'red' }]);
    },
  );

  test.each([null, '', ' '])('%j goes by the trial', (subscriptionStatus) => {
    const badge = (trialEndsAt: Date | null) => badgesOf({ subscriptionStatus, trialEndsAt });
    expect(badge(inDays(2))).toEqual([{ text: 'Trial', tone: 'orange' }]);
    expect(badge(inDays(-2))).toEqual([{ text: 'Trial expired', tone: 'red' }]);
    expect(badge(null)).toEqual([]);
    const running = { trialEndsAt: inDays(-2), planExpiresAt: inDays(9) };
    expect(badgesOf({ subscriptionStatus, ...running })).toEqual([]);
  });

  test.each([
    ['Grandfathered', 'Grandfathered'],
    ['grandfathered', 'Grandfathered'],
    ['VIP', 'VIP'],
    ['GRANDFATHERED', 'Grandfathered'],
    ['VIP since 2019!', 'VIP since 2019!'],
    ['gekündigt', 'Gekündigt'],
    ['未paid', '未paid'],
    ['grace_period_over', 'Grace period over'],
    ['GRACE_PERIOD_OVER', 'Grace period over'],
    ['GracePeriodOver', 'Grace period over'],
    ['wc-awaiting-mandate', 'Awaiting mandate'],
    ['SUBSCRIPTION_STATE_PENDING_PURCHASE_CANCELED', 'Pending purchase canceled'],
    ['under_review', 'Under review'],
    ['constructor', 'Constructor'],
    ['__proto__', 'Proto'],
    ['toString', 'To string'],
    ['<b>_x', '<b>_x'],
  ])('%j, which is not known, is the word "%s" without a colour', (subscriptionStatus, text) => {
    expect(badgesOf({ subscriptionStatus })).toEqual([{ text, tone: null }]);
  });
});

describe('the date of the plan', () => {
  const soon = inDays(3);
  const later = inDays(110);
  const past = inDays(-31);

  test.each([
    [
      'renews where nothing was canceled',
      { subscriptionStatus: 'active', cancelAtPeriodEnd: false, planExpiresAt: later },
      'Renews 12 Mar 2027 · in 110 days',
    ],
    [
      'renews without a colour in its last week',
      { subscriptionStatus: 'active', cancelAtPeriodEnd: false, planExpiresAt: soon },
      'Renews 25 Nov 2026 · in 3 days',
    ],
    [
      'renews where the query has cancels_at, and it is null',
      { subscriptionStatus: 'active', cancelsAt: 'never', planExpiresAt: later },
      'Renews 12 Mar 2027 · in 110 days',
    ],
    [
      'renews after a trial that was not canceled',
      { subscriptionStatus: 'trialing', cancelAtPeriodEnd: false, planExpiresAt: soon },
      'Renews 25 Nov 2026 · in 3 days',
    ],
    [
      'was due where it should have renewed',
      { subscriptionStatus: 'active', cancelAtPeriodEnd: false, planExpiresAt: past },
      'Renewal was due 22 Oct 2026 · 31 days ago (orange)',
    ],
    [
      'ends where it was canceled at the end of the period',
      { subscriptionStatus: 'active', cancelAtPeriodEnd: true, planExpiresAt: later },
      'Ends 12 Mar 2027 · in 110 days',
    ],
    [
      'ends, which its last week has a colour for',
      { subscriptionStatus: 'active', cancelAtPeriodEnd: true, planExpiresAt: soon },
      'Ends 25 Nov 2026 · in 3 days (orange)',
    ],
    [
      'ends when it was canceled for, not with the period',
      { subscriptionStatus: 'active', cancelsAt: later, planExpiresAt: soon },
      'Ends 12 Mar 2027 · in 110 days',
    ],
    [
      'ends at the end of the period where cancels_at is null as well',
      {
        subscriptionStatus: 'active',
        cancelAtPeriodEnd: true,
        cancelsAt: 'never',
        planExpiresAt: later,
      },
      'Ends 12 Mar 2027 · in 110 days',
    ],
    [
      'ends after this period where the date is not known',
      { subscriptionStatus: 'active', cancelAtPeriodEnd: true },
      'Ends after this period (orange)',
    ],
    [
      'ends for a trial that was canceled',
      { subscriptionStatus: 'trialing', cancelAtPeriodEnd: true, planExpiresAt: later },
      'Ends 12 Mar 2027 · in 110 days',
    ],
    [
      'ends though a payment is missing',
      { subscriptionStatus: 'past_due', cancelAtPeriodEnd: true, planExpiresAt: later },
      'Ends 12 Mar 2027 · in 110 days',
    ],
    [
      'ended, in red, where the status says that it is paid',
      { subscriptionStatus: 'active', cancelAtPeriodEnd: true, planExpiresAt: past },
      'Ended 22 Oct 2026 · 31 days ago (red)',
    ],
    [
      'ends for Chargebee’s non_renewing',
      { subscriptionStatus: 'non_renewing', planExpiresAt: later },
      'Ends 12 Mar 2027 · in 110 days',
    ],
    [
      'ends for WooCommerce’s pending-cancel',
      { subscriptionStatus: 'wc-pending-cancel', planExpiresAt: later },
      'Ends 12 Mar 2027 · in 110 days',
    ],
    [
      'runs until then for Recurly’s canceled',
      { subscriptionStatus: 'canceled', planExpiresAt: later },
      'Runs until 12 Mar 2027 · in 110 days',
    ],
    [
      'runs until then for Lemon Squeezy’s cancelled',
      { subscriptionStatus: 'cancelled', cancelsAt: soon },
      'Runs until 25 Nov 2026 · in 3 days (orange)',
    ],
    [
      'ended, without a colour, where it was canceled',
      { subscriptionStatus: 'canceled', planExpiresAt: past },
      'Ended 22 Oct 2026 · 31 days ago',
    ],
    [
      'ended where it expired',
      { subscriptionStatus: 'expired', planExpiresAt: past },
      'Ended 22 Oct 2026 · 31 days ago',
    ],
    ...['expired', 'failed', 'DECLINED', 'incomplete_expired', 'completed'].flatMap(
      (subscriptionStatus): [string, Partial<Account>, null][] => [
        [
          `is not there, while it is ahead, for what is ${subscriptionStatus}`,
          { subscriptionStatus, planExpiresAt: soon },
          null,
        ],
        [
          `is not there, while it is ahead, for what is ${subscriptionStatus} and was to end`,
          { subscriptionStatus, planExpiresAt: soon, cancelAtPeriodEnd: true },
          null,
        ],
      ],
    ),
    [
      'does not renew after a trial that is over',
      {
        subscriptionStatus: 'trialing',
        trialEndsAt: past,
        cancelAtPeriodEnd: false,
        planExpiresAt: later,
      },
      'Plan expires 12 Mar 2027 · in 110 days',
    ],
    [
      'does not renew where the status says that the trial is over',
      { subscriptionStatus: 'trial_expired', cancelAtPeriodEnd: false, planExpiresAt: later },
      'Plan expires 12 Mar 2027 · in 110 days',
    ],
    [
      'expires where nothing else is known',
      { planExpiresAt: later },
      'Plan expires 12 Mar 2027 · in 110 days',
    ],
    [
      'expires, with a colour in the last week, where nothing else is known',
      { planExpiresAt: soon },
      'Plan expires 25 Nov 2026 · in 3 days (orange)',
    ],
    [
      'expired, in red, where nothing else is known',
      { planExpiresAt: past },
      'Plan expires 22 Oct 2026 · 31 days ago (red)',
    ],
    [
      'expires without a colour where it may renew by itself',
      { subscriptionStatus: 'active', planExpiresAt: soon },
      'Plan expires 25 Nov 2026 · in 3 days',
    ],
    [
      'expires, with a colour, where a payment is missing',
      { subscriptionStatus: 'past_due', cancelAtPeriodEnd: false, planExpiresAt: soon },
      'Plan expires 25 Nov 2026 · in 3 days (orange)',
    ],
    [
      'does not renew what is paused',
      { subscriptionStatus: 'paused', cancelAtPeriodEnd: false, planExpiresAt: soon },
      'Plan expires 25 Nov 2026 · in 3 days',
    ],
    ['is not there for what was canceled without one', { subscriptionStatus: 'canceled' }, null],
    ['is not there where no column has one', { subscriptionStatus: 'active' }, null],
  ] satisfies [string, Partial<Account>, string | null][])('%s', (_, known, shown) => {
    expect(dateOf(known)).toBe(shown);
  });

  test.each([
    [8, null],
    [7, 'orange'],
    [1, 'orange'],
    [0.001, 'orange'],
    [0, 'red'],
    [-1, 'red'],
  ])('of a plan of which nothing else is known, %d days away, is %s', (days, tone) => {
    expect(viewOf({ planExpiresAt: inDays(days) }).planExpires?.tone).toBe(tone);
  });

  test('is a whole day where it is a day', () => {
    const ending = { subscriptionStatus: 'canceled', planExpiresAt: '2026-11-22' as CalendarDay };
    expect(dateOf(ending)).toBe('Runs until 22 Nov 2026 · today (orange)');
    expect(dateOf({ ...ending, planExpiresAt: '2026-11-21' as CalendarDay })).toBe(
      'Ended 21 Nov 2026 · yesterday',
    );
  });
});

describe('an account that is over', () => {
  const full = { employeeCount: 50, employeeLimit: 50 };

  test.each(['canceled', 'cancelled', 'expired', 'failed', 'incomplete_expired', 'wc-cancelled'])(
    '%s, has no colour for its seats, and does not expire',
    (subscriptionStatus) => {
      const view = viewOf({ subscriptionStatus, planExpiresAt: inDays(-31), ...full });
      expect(view.employees).toEqual({ text: '50 of 50 · limit reached', tone: null, link: null });
      expect(view.planExpiresLabel).toBe('Ended');
      expect(
        viewOf({ subscriptionStatus, employeeCount: 60, employeeLimit: 50 }).employees,
      ).toEqual({
        text: '60 of 50 · 10 over the limit',
        tone: null,
        link: null,
      });
    },
  );

  test('is canceled without a status, when the date for which it was canceled is past', () => {
    const view = viewOf({ cancelsAt: inDays(-31), ...full });
    expect(view.badges).toEqual([{ text: 'Canceled', tone: null }]);
    expect(view.employees?.tone).toBeNull();
    expect(view.planExpiresLabel).toBe('Ended');
    expect(viewOf({ cancelsAt: inDays(31), ...full }).badges).toEqual([]);
  });

  test('does not take the colour from the seats of one that is not', () => {
    for (const subscriptionStatus of ['active', 'past_due', 'non_renewing', 'paused', null])
      expect(viewOf({ subscriptionStatus, ...full }).employees?.tone).toBe('orange');
  });
});
