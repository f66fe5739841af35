import type { Account, Moment, OtherFact } from '../account.ts';
import type { Dates } from './dates.ts';
import { createDates } from './dates.ts';
import { safeLink } from './links.ts';
import { clean } from './text.ts';
import type { Tone, Words } from './words.ts';
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
  /** The address that matched, where more than one could have. */
  matched: Fact | null;
  person: Fact | null;
  plan: Fact | null;
  planExpires: Fact | null;
  trial: Fact | null;
  employees: Fact | null;
  personTime: Fact | null;
  companyTime: Fact | null;
  customerSince: Fact | null;
  stripeCustomer: Fact | null;
  stripeSubscription: Fact | null;
  /** The query's own columns, in its order. */
  others: { label: string; value: Fact }[];
  modules: string[];
  /** A list that is longer than the sidebar has room for begins folded. */
  modulesOpen: boolean;
  /** Said when all of the above is missing. */
  nothingElse: string | null;
};

/** One line of the sidebar; `link` is safe to click. */
export type Fact = { text: string; tone: Tone; link: string | null };

export type SidebarOptions = { locale: string; stripeDashboardUrl: string };

/** The accounts found for these addresses, in words, as of `now`. */
export type ToSidebar = (emails: readonly string[], accounts: Account[], now: Date) => Sidebar;

export function createToSidebar({ locale, stripeDashboardUrl }: SidebarOptions): ToSidebar {
  const dates = createDates(locale);
  const numbers = new Intl.NumberFormat(locale);
  const digits = (number: number) => numbers.format(number);
  const decimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 });

  return (emails, accounts, now) => {
    if (accounts.length === 0) return sentence(words.nobody(emails.map(clean)));
    const severalCouldMatch = emails.length > 1 || accounts.length > 1;
    return {
      notices: distinct(accounts.map(toNotice).filter((notice) => notice !== null)),
      sentence: accounts.length > 1 ? words.severalAccounts(accounts.length, mostAccounts) : null,
      accounts: accounts.slice(0, mostAccounts).map((account) => ({
        ...toView(account, now),
        matched: severalCouldMatch ? plain(account.email) : null,
      })),
    };
  };

  function toView(account: Account, now: Date): Omit<AccountView, 'matched'> {
    const zone = account.companyTimezone;
    const daysUntil = (moment: Moment) => dates.daysUntil(moment, zone, now);
    const { planExpiresAt, trialEndsAt, customerSince } = account;
    const isOver = (moment: Moment) =>
      moment instanceof Date ? moment <= now : daysUntil(moment) < 0;
    const badge = words.subscription(
      account.subscriptionStatus && clean(account.subscriptionStatus),
      trialEndsAt && isOver(trialEndsAt),
      planExpiresAt !== null && !isOver(planExpiresAt),
    );

    // Where nobody subscribed to anything, nobody promised "no limit" either.
    const limit =
      badge || account.planName || account.employeeLimit !== 'none' ? account.employeeLimit : null;

    const facts = {
      plan: plain(account.planName),
      planExpires:
        planExpiresAt &&
        fact(
          words.planExpires(
            dates.day(planExpiresAt, zone),
            daysUntil(planExpiresAt),
            isOver(planExpiresAt),
          ),
        ),
      trial:
        trialEndsAt && words.isTrial(badge)
          ? fact(
              words.trialEnds(
                dates.day(trialEndsAt, zone),
                daysUntil(trialEndsAt),
                isOver(trialEndsAt),
              ),
            )
          : null,
      employees: fact(words.employees(account.employeeCount, limit, digits)),
      personTime: timeThere(dates, account.personTimezone, now),
      companyTime: timeThere(dates, account.companyTimezone, now),
      customerSince: plain(customerSince && dates.day(customerSince, zone)),
      stripeCustomer: onStripe('customers', account.stripeCustomerId),
      stripeSubscription: onStripe('subscriptions', account.stripeSubscriptionId),
    };
    const others = account.otherFacts
      .map((other) => ({ label: words.label(other.name), value: toOther(other, zone, now) }))
      .filter((other): other is { label: string; value: Fact } => other.value !== null);
    const badges = [account.isOwner ? words.owner : null, badge].filter((b) => b !== null);
    const modules = account.modules.map(clean).filter((name) => name !== '');
    const companyName = plain(account.companyName);
    const personName = plain(account.personName);
    const isBare =
      badges.length + modules.length + others.length === 0 && Object.values(facts).every((f) => !f);
    return {
      heading: (companyName ?? personName)?.text ?? clean(account.email),
      headingLink: safeLink(account.adminUrl),
      badges,
      person: companyName && personName,
      ...facts,
      others,
      modules,
      modulesOpen: modules.length <= mostOpenModules,
      nothingElse: isBare ? words.nothingElse : null,
    };
  }

  function toOther(other: OtherFact, zone: string | null, now: Date): Fact | null {
    switch (other.kind) {
      case 'text':
        return withLink(other.value, other.value);
      case 'number':
        return plain(decimals.format(other.value as unknown as number));
      case 'flag':
        return plain(words.flag(other.value));
      case 'list':
        return plain(other.value.map(clean).join(', '));
      case 'moment':
        return plain(
          words.moment(
            dates.day(other.value, zone),
            other.value instanceof Date ? dates.timeOfDay(other.value, zone) : null,
            dates.daysUntil(other.value, zone, now),
          ),
        );
    }
  }

  function onStripe(kind: string, id: string | null): Fact | null {
    const shown = plain(id);
    if (shown === null) return null;
    const link = safeLink(`${stripeDashboardUrl}/${kind}/${encodeURIComponent(shown.text)}`);
    return { ...shown, link };
  }
}

/** The same, saying first of all that it is what was known at that time. */
export function asOf(sidebar: Sidebar, known: Date, now: Date): Sidebar {
  return { ...sidebar, notices: [{ ...words.stale(known, now), link: null }, ...sidebar.notices] };
}

const mostOpenModules = 8;

/** Two kilobytes of html each. The query returns one more, which tells that there are more. */
const mostAccounts = 10;

export const sentence = (text: string): Sidebar => ({ notices: [], sentence: text, accounts: [] });

function toNotice({ notice }: Account): Fact | null {
  const said = notice && withLink(notice.text, notice.url);
  return said && { ...said, tone: words.noticeTone(notice.level) };
}

function distinct(notices: Fact[]): Fact[] {
  return notices.filter(
    (notice, i) =>
      i === notices.findIndex(({ text, link }) => text === notice.text && link === notice.link),
  );
}

/** A text that leads somewhere, where that is safe to click. */
function withLink(text: string, address: string | null): Fact | null {
  const shown = plain(text);
  return shown && { ...shown, link: safeLink(address) };
}

function fact(said: Words | null): Fact | null {
  return said && { ...said, link: null };
}

function plain(text: string | null): Fact | null {
  const shown = text === null ? '' : clean(text);
  return shown === '' ? null : { text: shown, tone: null, link: null };
}

function timeThere(dates: Dates, zone: string | null, now: Date): Fact | null {
  const name = plain(zone)?.text;
  return name === undefined ? null : fact(words.timeZone(name, dates.localTime(name, now)));
}
