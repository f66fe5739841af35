import { type Account, toAccount, type Value } from '../domain/account.ts';

/** Somebody of whom everything is known. */
export function fullest(now: Date): Account {
  const fromNow = (days: number) => new Date(now.getTime() + days * 86_400_000);
  return {
    email: 'robin@example.com',
    helpScoutCustomerId: null,
    personName: 'Robin Example',
    isOwner: true,
    personTimezone: 'Europe/Paris',
    companyName: 'Example & Sons',
    companyTimezone: 'Europe/Paris',
    adminUrl: 'https://admin.example.com/companies/1',
    planName: 'Business',
    subscriptionStatus: 'trialing',
    planExpiresAt: fromNow(110),
    cancelAtPeriodEnd: false,
    cancelsAt: null,
    trialEndsAt: fromNow(2),
    customerSince: fromNow(-1000),
    employeeCount: 48,
    employeeLimit: 50,
    stripeCustomerId: 'cus_Example1',
    stripeSubscriptionId: 'sub_Example1',
    modules: ['Leave', 'Payroll'],
    links: [{ text: 'Audit log', url: 'https://admin.example.com/companies/1/log' }],
    notice: {
      text: 'Payroll exports are delayed today',
      url: 'https://status.example.com',
      level: 'warning',
    },
    otherFacts: [
      { name: 'nps_score', kind: 'number', value: '9' },
      { name: 'last_login_at', kind: 'moment', value: fromNow(-1) },
      { name: 'invoices', kind: 'list', value: Array.from({ length: 6 }, (_, i) => invoice(i)) },
    ],
  };
}

const invoice = (number: number): Value => ({
  kind: 'object',
  value: [
    { name: 'text', kind: 'text', value: `INV-${number}` },
    { name: 'amount', kind: 'number', value: '49.90', currency: 'EUR' },
    { name: 'url', kind: 'text', value: `https://admin.example.com/invoices/${number}` },
  ],
});

/** Somebody of whom nothing is known but the address. */
export const emptiest: Account = toAccount({ email: 'sam@example.com' });
