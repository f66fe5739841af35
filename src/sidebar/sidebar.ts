import type { Account, LookupError, Moment } from '../domain/account.ts';
import { foldEmail } from '../domain/email.ts';
import { createDates } from './dates.ts';
import { memoize } from './memoize.ts';
import { createShowNumber } from './numbers.ts';
import {
  isOver,
  isTrial,
  planEnd,
  planExpires,
  type Subscription,
  subscriptionOf,
} from './subscription.ts';
import { clean, safeLink } from './text.ts';
import { createShowOther, type Fact, type Other, shortened } from './values.ts';
import type { Words } from './words.ts';
import * as words from './words.ts';

/** What `views/sidebar.ejs` shows: a sentence, accounts, or both. Every key is always there. */
export type Sidebar = {
  /** What to know above all else, for whichever account. */
  notices: Fact[];
  sentence: string | null;
  accounts: AccountView[];
};

/** What `views/account.ejs` shows. Null is a fact that is not known, and gets no line. */
export type AccountView = {
  heading: string;
  headingLink: string | null;
  badges: Words[];
  /** The query's named links. */
  links: Fact[];
  /** The address that matched, where more than one could have. */
  matched: Fact | null;
  person: Fact | null;
  plan: Fact | null;
  planExpires: Fact | null;
  /** What that date means: "Renews", "Ends", "Runs until", "Ended", "Plan expires" … */
  planExpiresLabel: string;
  trial: Fact | null;
  employees: Fact | null;
  personTime: Fact | null;
  companyTime: Fact | null;
  customerSince: Fact | null;
  stripeCustomer: Fact | null;
  stripeSubscription: Fact | null;
  /** The query's own columns, in its order. */
  others: Other[];
  modules: string[];
  /** A list that is longer than the sidebar has room for begins folded. */
  modulesOpen: boolean;
  /** Said when all of the above is missing. */
  nothingElse: string | null;
};

export type SidebarOptions = { locale: string; stripeDashboardUrl: string };

/** The accounts found for these addresses, in words, as of `now`. */
export type ToSidebar = (
  emails: readonly string[],
  accounts: Account[],
  now: Date,
  /** The domain of the inbox, which tells colleagues from customers. */
  teamDomain?: string | null,
) => Sidebar;

export function createToSidebar({ locale, stripeDashboardUrl }: SidebarOptions): ToSidebar {
  const dates = createDates(locale);
  const showNumber = createShowNumber(locale);
  const digits = memoize(maxNumbers, (number: number) => showNumber('employees', String(number)));
  const showOther = createShowOther(dates, showNumber);

  return (emails, accounts, now, teamDomain = null) => {
    if (accounts.length === 0) return sentence(words.nobody(emails.map(clean), teamDomain));
    const severalCouldMatch = emails.length > 1 || accounts.length > 1;
    const isOther = ({ email }: Account) => emails.length > 0 && !emails.includes(foldEmail(email));
    return {
      notices: distinct(accounts.map(toNotice).filter((notice) => notice !== null)),
      sentence: accounts.length > 1 ? words.severalAccounts(accounts.length, maxAccounts) : null,
      accounts: accounts
        .slice(0, maxAccounts)
        .map((one) => toView(one, severalCouldMatch || isOther(one), now)),
    };
  };

  function toView(account: Account, severalCouldMatch: boolean, now: Date): AccountView {
    const seen = (moment: Moment | null) =>
      moment && dates.seen(moment, account.companyTimezone, now);
    const planDate = seen(endOf(account));
    const trialEnd = seen(account.trialEndsAt);
    const since = seen(account.customerSince);
    const canceled = isCanceled(account);
    const subscription = subscriptionOf(clean(account.subscriptionStatus ?? ''), {
      isTrialOver: trialEnd?.isOver ?? null,
      planRuns: planDate?.isOver === false,
      hasEnded: canceled === true && planDate?.isOver === true,
    });
    const end = planEnd(subscription, canceled, planDate);
    const others = account.otherFacts
      .map((fact) => showOther(fact, account.companyTimezone, now))
      .filter((other) => other !== null);
    const badges = [account.isOwner ? words.owner : null, subscription.badge].filter(
      (one) => one !== null,
    );
    const modules = shortened(account.modules.map(clean).filter((name) => name !== ''));
    const companyName = plain(account.companyName);
    const personName = plain(account.personName);
    const view: AccountView = {
      heading: (companyName ?? personName ?? plain(account.email))?.text ?? words.unnamed,
      headingLink: safeLink(account.adminUrl),
      badges,
      links: toLinks(account),
      matched: severalCouldMatch ? plain(account.email) : null,
      person: companyName && personName,
      plan: plain(account.planName),
      planExpires: end && fact(end.words),
      planExpiresLabel: end?.label ?? planExpires,
      trial: trialEnd && isTrial(subscription) ? fact(words.trialEnds(trialEnd)) : null,
      employees: employees(account, subscription),
      personTime: timeThere(account.personTimezone, now),
      companyTime: timeThere(account.companyTimezone, now),
      customerSince: since && plain(words.day(since)),
      stripeCustomer: onStripe('customers', account.stripeCustomerId),
      stripeSubscription: onStripe('subscriptions', account.stripeSubscriptionId),
      others,
      modules,
      modulesOpen: modules.length <= maxOpenModules,
      nothingElse: null,
    };
    return isBare(view) ? { ...view, nothingElse: words.nothingElse } : view;
  }

  /** Where nobody subscribed to anything, nobody promised "no limit" either. */
  function employees(account: Account, subscription: Subscription): Fact | null {
    const isSubscribed = subscription.badge !== null || account.planName !== null;
    const limit = account.employeeLimit === 'none' && !isSubscribed ? null : account.employeeLimit;
    const said = fact(words.employees(account.employeeCount, limit, digits));
    return said && isOver(subscription) ? { ...said, tone: null } : said;
  }

  function timeThere(zone: string | null, now: Date): Fact | null {
    const name = plain(zone)?.text;
    if (name === undefined) return null;
    return { text: words.timeZone(name, dates.localTime(name, now)), tone: null, link: null };
  }

  function onStripe(kind: string, id: string | null): Fact | null {
    const text = plain(id)?.text;
    if (text === undefined) return null;
    const link = safeLink(`${stripeDashboardUrl}/${kind}/${encodeURIComponent(text)}`);
    return { text, tone: null, link };
  }
}

const endOf = ({ cancelsAt, planExpiresAt }: Account) =>
  (cancelsAt === 'never' ? null : cancelsAt) ?? planExpiresAt;

/** Null where no column tells. An app's own accounts may be older than these columns. */
function isCanceled({ cancelAtPeriodEnd = null, cancelsAt = null }: Account): boolean | null {
  if (cancelAtPeriodEnd === true || cancelsAt === null) return cancelAtPeriodEnd;
  return cancelsAt !== 'never';
}

/** The same, saying first of all that it is what was known at that time. */
export function asOf(
  sidebar: Sidebar,
  known: Date,
  now: Date,
  why: LookupError['reason'],
): Sidebar {
  const notice = { ...words.stale(known, now, why), link: null };
  return { ...sidebar, notices: [notice, ...sidebar.notices] };
}

/** The same, and how many addresses of the customer were not looked up. */
export function withOmitted(sidebar: Sidebar, count: number): Sidebar {
  if (count === 0) return sidebar;
  const notice = { ...words.omitted(count), link: null };
  return { ...sidebar, notices: [...sidebar.notices, notice] };
}

function isBare(view: AccountView): boolean {
  const { badges, links, modules, others } = view;
  const facts = [view.plan, view.planExpires, view.trial, view.employees, view.customerSince];
  const more = [view.personTime, view.companyTime, view.stripeCustomer, view.stripeSubscription];
  const listed = badges.length + links.length + modules.length + others.length;
  return listed === 0 && [...facts, ...more].every((fact) => fact === null);
}

/** Counts of employees, mostly: the same ones again and again. */
const maxNumbers = 10_000;
const maxOpenModules = 8;
/** A row of more would be no row. */
const maxLinks = 20;

/** An app's own accounts may be older than links. */
const toLinks = ({ links = [] }: Partial<Account>): Fact[] =>
  links
    .slice(0, maxLinks)
    .map(({ text, url }) => withLink(text, url))
    .filter((link) => link !== null);

/** Two kilobytes of html each. The query returns one more, which tells that there are more. */
const maxAccounts = 10;

export const sentence = (text: string): Sidebar => ({ notices: [], sentence: text, accounts: [] });

function toNotice({ notice }: Account): Fact | null {
  const said = notice && withLink(notice.text, notice.url);
  return said && { ...said, tone: words.noticeTone(notice.level) };
}

const distinct = (notices: Fact[]): Fact[] =>
  notices.filter(
    (one, i) => i === notices.findIndex(({ text, link }) => text === one.text && link === one.link),
  );

/** A text that leads somewhere, where that is safe to click. */
function withLink(text: string, address: string | null): Fact | null {
  const shown = plain(text);
  return shown && { ...shown, link: safeLink(address) };
}

function fact(said: Words | null): Fact | null {
  // Key by key, so that all have one shape: with spread ones, words and html took half as long again.
  return said && { text: said.text, tone: said.tone, link: null };
}

function plain(text: string | null): Fact | null {
  const shown = text === null ? '' : clean(text);
  return shown === '' ? null : { text: shown, tone: null, link: null };
}
