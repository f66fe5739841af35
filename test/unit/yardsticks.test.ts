import { expect, test } from 'vitest';
import { cachedFormat, plainFormat, type Row, show } from '../../bench/yardsticks/words.ts';
import { toAccount } from '../../src/domain/account.ts';
import { createToSidebar } from '../../src/sidebar/sidebar.ts';
import { now } from '../examples.ts';

const toSidebar = createToSidebar({
  locale: 'en-GB',
  stripeDashboardUrl: 'https://dashboard.stripe.com',
});
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);

// `npm run bench` refuses to measure servers whose answers differ.
test.each([
  ['active', 100, null],
  ['active', 3, null],
  ['active', -2, null],
  ['trialing', null, 5],
  ['trialing', null, -5],
  ['past_due', 3, null],
  ['past_due', -3, null],
  ['past_due', null, -40],
])('the servers of the bench say the same: %s, plan %s, trial %s', (status, plan, trial) => {
  const row: Row = {
    email: 'a@example.com',
    person_name: 'Ann',
    person_timezone: 'Europe/Paris',
    is_owner: true,
    company_name: 'Ann & Co',
    company_timezone: 'Australia/Sydney',
    admin_url: 'https://admin.example.com/1',
    customer_since: inDays(-400),
    plan_name: 'Business',
    subscription_status: status,
    plan_expires_at: plan === null ? null : inDays(plan),
    cancel_at_period_end: false,
    trial_ends_at: trial === null ? null : inDays(trial),
    employee_count: '1048',
    employee_limit: 1_050,
    stripe_customer_id: 'cus_1',
    stripe_subscription_id: 'sub_1',
    modules: ['Leave'],
  };
  const account = toAccount({
    email: row.email,
    personName: row.person_name,
    personTimezone: row.person_timezone,
    isOwner: true,
    companyName: row.company_name,
    companyTimezone: row.company_timezone,
    adminUrl: row.admin_url,
    customerSince: row.customer_since,
    planName: row.plan_name,
    subscriptionStatus: status,
    planExpiresAt: row.plan_expires_at,
    cancelAtPeriodEnd: false,
    trialEndsAt: row.trial_ends_at,
    employeeCount: 1_048,
    employeeLimit: 1_050,
    stripeCustomerId: row.stripe_customer_id,
    stripeSubscriptionId: row.stripe_subscription_id,
    modules: row.modules,
  });
  const [view] = toSidebar([row.email], [account], now).accounts;
  const lines = [
    ['Name', view?.person],
    ['Plan', view?.plan],
    [view?.planExpiresLabel, view?.planExpires],
    ['Trial', view?.trial],
    ['Employees', view?.employees],
    ['Person’s time zone', view?.personTime],
    ['Company time zone', view?.companyTime],
    ['Customer since', view?.customerSince],
    ['Stripe customer', view?.stripeCustomer],
    ['Stripe subscription', view?.stripeSubscription],
  ] as const;
  const said = lines.flatMap(([label, fact]) =>
    fact ? [[label, fact.text, fact.tone ?? '']] : [],
  );
  for (const format of [cachedFormat(), plainFormat]) {
    const shown = show(row, now, format);
    expect(shown.lines.map(([label, { text, tone }]) => [label, text, tone])).toEqual(said);
    expect(shown.badges).toEqual(view?.badges);
  }
});
