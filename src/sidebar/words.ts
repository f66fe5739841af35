import type { LookupError } from '../domain/account.ts';
import type { Seen } from './dates.ts';
import { clean } from './text.ts';

/** The words that an agent reads; those of subscriptions are in subscription.ts, labels in the views. */

/** How a word stands out. Each colour is also said in words: Help Scout may strip the class. */
export type Tone = 'red' | 'orange' | 'green' | 'blue' | null;

export type Words = { text: string; tone: Tone };

export const draft =
  'This is a draft, and nobody is addressed yet. Add a recipient, save it and reload.';

export const noAddress =
  'There is no e-mail address on this conversation. Add one to the customer’s profile and reload.';

export function nobody(emails: readonly string[], teamDomain: string | null = null): string {
  const said = `No account found for ${alternatives.format(named(emails))}.`;
  if (emails.every((email) => machines.test(email)))
    return `${said} It looks like a machine’s address, not a person’s.`;
  const areOurs = teamDomain !== null && emails.every((email) => email.endsWith(`@${teamDomain}`));
  return areOurs ? `${said} It has the domain of this inbox: a colleague?` : said;
}

/** More than an agent reads. */
const maxNamed = 10;

const named = (emails: readonly string[]): readonly string[] =>
  emails.length <= maxNamed
    ? emails
    : [...emails.slice(0, maxNamed), `${emails.length - maxNamed} more`];

/** Above what was found: the address that has an account may be among them. */
export const omitted = (count: number): Words => ({
  text:
    count === 1
      ? '1 more address was not looked up.'
      : `${count} more addresses were not looked up.`,
  tone: null,
});

const machines = /^(?:mailer-daemon|postmaster|bounces?|no-?reply|do-?not-?reply)(?:[+-][^@]*)?@/;

export const noCustomer =
  'There is no customer on this conversation yet. Add one, save it and reload.';

export const needsCredentials =
  'Help Scout tells this kind of app a customer’s number and no address. Admin: set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET, as docs/platform.md explains.';

export const notLinked = 'No account is linked to this customer of Help Scout.';

/** Above the accounts: they need not be those of who wrote. */
export const searched = (address: string): Words => ({
  text: `Found by your search for ${address}, not by this conversation:`,
  tone: 'blue',
});

export const notAnAddress = 'That is not an e-mail address.';

export const tooManySearches = 'Too many searches. Try again in 15 minutes.';

export const searchFailed = 'The search got no answer. Refresh, and search again.';

/** For whoever opens the Callback URL in a browser. */
export const callbackPage = {
  heading: 'This is the Callback URL of a help desk’s sidebar',
  paragraphs: [
    'The help desk asks here who a customer is, and proves by a signature that it is the one who asks. Anybody else is told nothing, and there is nothing to sign in to.',
    'Help Scout’s App Platform: Manage > Apps, Create, Create App. Enter an App Name, this address as the Callback URL, the server’s Secret Key and the Mailboxes, and save.',
    'Help Scout’s legacy dynamic apps: secure.helpscout.net/apps/custom, Create App, Content Type “Dynamic Content”, with the same address and the same key. An app of this kind is told the customer’s addresses; one of the App Platform is not, so the server needs more settings for it, which docs/platform.md explains.',
    'FreeScout’s custom apps may use this address, too.',
  ],
};

/** For an admin whose app asks with a signature that is not good. The same for every reason. */
export const refusedPage = {
  heading: 'This request is not signed with the server’s Secret Key',
  paragraphs: [
    'Admin: the Secret Key of the app and HELPSCOUT_SECRET_KEY of the server must be the same, to the letter. The server’s log says, at “refused”, what the signature looks like.',
  ],
};

/** In UTC, since nobody knows where the agent sits; how long ago is what counts. */
export const stale = (asOf: Date, now: Date, why: LookupError['reason']): Words => {
  const minutes = Math.round((now.getTime() - asOf.getTime()) / 60_000);
  const ago = minutes < 1 ? 'less than a minute ago' : `${minutes} min ago`;
  const time = `${asOf.toISOString().slice(11, 16)} UTC (${ago})`;
  return { text: `As of ${time}: ${staleBecause[why]}.`, tone: 'orange' };
};

const staleBecause: Readonly<Record<LookupError['reason'], string>> = {
  unreachable: 'the database can’t be reached right now',
  busy: 'the sidebar is busy right now',
  misconfigured: 'newer data can’t be read',
};

export const mailboxErrorMessages = {
  unreachable: (ref: string) =>
    `Help Scout’s API can’t be reached right now (${ref}). Reload in a minute.`,
  busy: (ref: string) =>
    `Help Scout’s API takes no more questions at this moment (${ref}). Reload in a minute.`,
  unknown: (ref: string) =>
    `Help Scout’s API does not know this customer (${ref}). Search for their address.`,
  refused: (ref: string) =>
    `Help Scout’s API refuses this sidebar’s credentials (${ref}). Admin: see the server log.`,
};

export const errorMessages = {
  connecting: (ref: string) =>
    `The database is still connecting, or waking up (${ref}). Reload in a few seconds.`,
  unreachable: (ref: string) =>
    `Customer data can’t be reached right now (${ref}). Reload in a minute.`,
  busy: (ref: string) => `The sidebar is busy (${ref}). Try again in a few seconds.`,
  misconfigured: (ref: string) =>
    `This sidebar is misconfigured (${ref}). Admin: see the server log.`,
};

const alternatives = new Intl.ListFormat('en-GB', { type: 'disjunction' });

export const severalAccounts = (count: number, shown: number) =>
  count > shown
    ? `More than ${shown} accounts match; these are the first ${shown}.`
    : `${count} accounts match.`;

/** Of an account that was found by the customer's number, without an address. */
export const unnamed = 'An account without a name';

export const nothingElse = 'Nothing else is known about this account.';

export const owner: Words = { text: 'Owner', tone: 'blue' };

/** "ends in 2 days · 24 Nov 2026" */
export const trialEnds = (end: Seen): Words => ({
  text: `${end.isOver ? 'ended' : 'ends'} ${distance(end.days)} · ${day(end)}`,
  tone: urgency(end),
});

export const urgency = ({ days, isOver }: Seen): Tone =>
  isOver ? 'red' : days <= 7 ? 'orange' : null;

/** "12 Mar 2027", or "21 Nov 2026, 14:05 UTC" where the account's own zone is not known. */
export const day = ({ date, zone }: Seen, time: string | null = null) =>
  `${date}${time === null ? '' : `, ${time}`}${zone === null ? '' : ` ${zone}`}`;

/** "21 Nov 2026, 14:05 · yesterday"; a day has no time. */
export const dayAndDistance = (seen: Seen, time: string | null = null) =>
  `${day(seen, time)} · ${distance(seen.days)}`;

export function distance(days: number): string {
  if (days === 0) return 'today';
  if (days === 1) return 'tomorrow';
  if (days === -1) return 'yesterday';
  return days > 0 ? `in ${days} days` : `${-days} days ago`;
}

/** "48 of 50 · 2 left". A count or a limit that is not known is left out, and so is a limit of 0. */
export function employees(
  count: number | null,
  limit: number | 'none' | null,
  digits: (number: number) => string,
): Words | null {
  if (limit === 0) return employees(count, null, digits);
  if (count === null)
    return typeof limit === 'number' ? { text: `up to ${digits(limit)}`, tone: null } : null;
  if (limit === null) return { text: digits(count), tone: null };
  if (limit === 'none') return { text: `${digits(count)} · no limit`, tone: null };
  const text = `${digits(count)} of ${digits(limit)}`;
  const left = limit - count;
  if (left < 0) return { text: `${text} · ${digits(-left)} over the limit`, tone: 'red' };
  if (left === 0) return { text: `${text} · limit reached`, tone: 'orange' };
  if (count >= limit * 0.9) return { text: `${text} · ${digits(left)} left`, tone: 'orange' };
  return { text, tone: null };
}

export const more = (count: number) => `+ ${count} more`;

export const flag = (isSo: boolean) => (isSo ? 'Yes' : 'No');

/** "1 Jan 2026 – 31 Dec 2026"; an end that is null is open. */
export function range(ends: {
  from: string | null;
  to: string | null;
  isAbove: boolean;
  isBelow: boolean;
}): string {
  const from = ends.from && (ends.isAbove ? `above ${ends.from}` : ends.from);
  const to = ends.to && (ends.isBelow ? `below ${ends.to}` : ends.to);
  if (from === null) return to === null ? 'unlimited' : ends.isBelow ? to : `until ${to}`;
  if (to === null) return ends.isAbove ? from : `from ${from}`;
  return from === to ? from : `${from} – ${to}`;
}

/** "1 year 2 months 3 days 4 hours", from Postgres's "1 year 2 mons 3 days 04:00:00". */
export function duration(interval: string): string {
  const days = [...interval.matchAll(/([+-]?\d+) (year|mon|day)s?/g)].map(
    ([, count = '', unit = '']) => units(count, unit === 'mon' ? 'month' : unit),
  );
  const [, sign = '', hours = '', minutes = '', seconds = ''] =
    /([+-]?)(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(interval) ?? [];
  const clock = [
    units(sign + hours, 'hour'),
    units(sign + minutes, 'minute'),
    units(sign + seconds, 'second'),
  ];
  const parts = [...days, ...clock].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(' ') : hours === '' ? interval : '0 seconds';
}

/** Null for none of them: "3 days", "-1 day", "1.5 seconds". */
function units(count: string, unit: string): string | null {
  const digits = count.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1');
  if (Number(digits) === 0) return null;
  return `${digits} ${unit}${/^-?1$/.test(digits) ? '' : 's'}`;
}

/** A name as a label: "last_login_at" and "lastLoginAt" are "Last login at", "NPS score" stays. */
export function label(name: string): string {
  if (!/^[a-z0-9_]\w*$/.test(name)) return clean(name);
  const spaced = name
    .replaceAll('_', ' ')
    .replace(/(?<=[a-z0-9])[A-Z]+/g, (caps) => ` ${caps.length > 1 ? caps : caps.toLowerCase()}`)
    .trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** A colour, or the level of a notice, by its name. */
export function toneOf(name: string): Tone {
  return tones.get(name.toLowerCase()) ?? null;
}

const tones = new Map<string, Tone>([
  ...(['red', 'orange', 'green', 'blue'] as const).map((tone) => [tone, tone] as const),
  ['critical', 'red'],
  ['warning', 'orange'],
  ['info', 'blue'],
]);

export const noticeTone = (level: string | null): Tone => toneOf(level?.trim() ?? '') ?? 'blue';

/** "Australia/Sydney · 02:14, Tue" */
export const timeZone = (zone: string, localTime: string | null): string =>
  `${zone} · ${localTime ?? 'unknown time zone'}`;
