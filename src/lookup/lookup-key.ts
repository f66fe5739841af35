import type { FindAccounts } from '../domain/account.ts';

/** One text for each different question: addresses and ids have no white space. */
export const questionOf = ([emails, customerId = '']: Parameters<FindAccounts>): string =>
  `${customerId} ${emails.join(' ')}`;
