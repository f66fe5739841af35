import { type Account, toAccount } from '../domain/account.ts';

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
    notice: {
      text: 'Payroll exports are delayed today',
      url: 'https://status.example.com',
      level: 'warning',
    },
    otherFacts: [
      { name: 'nps_score', kind: 'number', value: '9' },
      { name: 'last_login_at', kind: 'moment', value: fromNow(-1) },
    ],
  };
}

/** Somebody of whom nothing is known but the address. */
export const emptiest: Account = toAccount({ email: 'sam@example.com' });
