import type { Context } from './context.ts';
import type { Deadline } from './deadline.ts';

/** A day without a time or a zone, as Postgres's `date` has it: "2027-03-12". */
export type CalendarDay = string & { readonly calendarDay: unique symbol };

/** When something is: an instant (`timestamptz`) or a plain day (`date`). */
export type Moment = Date | CalendarDay;

/**
 * Who a customer is in the company's own database: one row of `sql/account.sql`. A fact that the
 * database does not have is null. Every text is as strangers typed it: hostile until escaped.
 */
export class Account {
  /** The address that matched, folded. */
  email = '';
  /** Help Scout's id of the customer, by which it was found. Not shown. */
  helpScoutCustomerId: string | null = null;
  personName: string | null = null;
  isOwner = false;
  /** As in the database: "Australia/Sydney", Rails' "Sydney", "UTC+10". */
  personTimezone: string | null = null;
  companyTimezone: string | null = null;
  companyName: string | null = null;
  adminUrl: string | null = null;
  planName: string | null = null;
  /** In the billing system's word, such as "trialing" or "past_due". */
  subscriptionStatus: string | null = null;
  planExpiresAt: Moment | null = null;
  /** Whether it was canceled, and runs until `planExpiresAt`. */
  cancelAtPeriodEnd: boolean | null = null;
  /** When it ends since it was canceled; "never" when the query returns the column and it is null. */
  cancelsAt: Moment | 'never' | null = null;
  trialEndsAt: Moment | null = null;
  customerSince: Moment | null = null;
  employeeCount: number | null = null;
  /** "none" when the query returns the column and it is null. */
  employeeLimit: number | 'none' | null = null;
  stripeCustomerId: string | null = null;
  stripeSubscriptionId: string | null = null;
  modules: string[] = [];
  /** In the query's order. */
  links: Link[] = [];
  /** What an agent should know today about this customer, above all else. */
  notice: Notice | null = null;
  /** In the query's order. */
  otherFacts: OtherFact[] = [];
}

export type Notice = {
  text: string;
  url: string | null;
  /** "info", "warning" or "critical"; anything else counts as "info". */
  level: string | null;
};

/** An account of which only this is known. */
export function toAccount(known: Pick<Account, 'email'> & Partial<Account>): Account {
  return { ...new Account(), ...known };
}

/** A value of a column of the query that is not among the known ones, or a part of one. */
export type Value =
  | { kind: 'text'; value: string }
  /** In Postgres's digits, of which there may be more than a JavaScript number holds. */
  | { kind: 'number'; value: string; currency?: string }
  | { kind: 'flag'; value: boolean }
  | { kind: 'moment'; value: Moment }
  /** An interval as Postgres writes it: "1 year 2 mons 3 days 04:05:06". */
  | { kind: 'duration'; value: string }
  | { kind: 'range'; value: Range }
  /** `more` were left out. */
  | { kind: 'list'; value: readonly (string | Value)[]; more?: number }
  | { kind: 'object'; value: readonly OtherFact[]; more?: number };

/** From its first to its last day or number; null where it has none. */
export type Range = {
  from: Value | null;
  to: Value | null;
  /** Whether it begins above, or ends below, that number. */
  isAbove: boolean;
  isBelow: boolean;
};

/** A value by the name that the query, or its JSON, gave it. */
export type OtherFact = { name: string } & Value;

/** A page to open; `url` may be anything that a database holds. */
export type Link = { text: string; url: string };

/**
 * The accounts of these folded addresses or of this customer of Help Scout, best match first. The
 * id is digits, and undefined unless Help Scout vouched for it. Throws `LookupError`. The context
 * has only keys that equal lookups share.
 */
export type FindAccounts = (
  emails: readonly string[],
  helpScoutCustomerId?: string,
  deadline?: Deadline,
  context?: Context,
) => Promise<Account[]>;

/** What `FindAccounts` throws when there is no telling who it is. */
export class LookupError extends Error {
  /** It may come back, has too much to do, or an admin must change query, tables or credentials. */
  readonly reason: 'unreachable' | 'busy' | 'misconfigured';
  /** A code for the log, such as "ECONNREFUSED" or "42P01". */
  readonly class: string;

  constructor(reason: LookupError['reason'], failure: string, options: ErrorOptions) {
    super(`The account lookup failed: ${failure}`, options);
    this.name = 'LookupError';
    this.reason = reason;
    this.class = failure;
  }
}
