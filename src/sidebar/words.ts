import type { Seen } from './dates.ts';
import { clean } from './text.ts';

/** Every word that an agent reads, except the labels: those stand in the views. */

/** How a word stands out. Each colour is also said in words: Help Scout may strip the class. */
export type Tone = 'red' | 'orange' | 'green' | 'blue' | null;

export type Words = { text: string; tone: Tone };

// What is said instead of an account.

export const draft =
  'This is a draft, and nobody is addressed yet. Add a recipient, save it and reload.';

export const noAddress =
  'There is no e-mail address on this conversation. Add one to the customer’s profile and reload.';

export function nobody(emails: readonly string[], teamDomain: string | null = null): string {
  const said = `Nobody has an account with ${alternatives.format(emails)}.`;
  if (emails.every((email) => machines.test(email)))
    return `${said} It looks like a machine’s address, not a person’s.`;
  if (teamDomain !== null && emails.every((email) => email.endsWith(`@${teamDomain}`)))
    return `${said} It has the domain of this inbox: a colleague?`;
  return said;
}

/** Mail servers and those that want no answer. */
const machines = /^(?:mailer-daemon|postmaster|bounces?|no-?reply|do-?not-?reply)(?:[+-][^@]*)?@/;

export const unreachable = (ref: string) =>
  `Customer data can’t be reached right now (${ref}). Reload in a minute.`;

export const busy = (ref: string) =>
  `Too much is being looked up at this moment (${ref}). Reload in a few seconds.`;

/** In UTC, since nobody knows where the agent sits; how long ago is what counts. */
export const stale = (asOf: Date, now: Date): Words => {
  const minutes = Math.round((now.getTime() - asOf.getTime()) / 60_000);
  const ago = minutes < 1 ? 'less than a minute ago' : `${minutes} min ago`;
  const time = asOf.toISOString().slice(11, 16);
  return {
    text: `As of ${time} UTC (${ago}): the database can’t be reached right now.`,
    tone: 'orange',
  };
};

export const misconfigured = (ref: string) =>
  `This sidebar is misconfigured (${ref}). Admin: see the server log.`;

/** What an agent reads when the lookup failed, for each reason. */
export const apologies = { unreachable, busy, misconfigured };

const alternatives = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** `shown` of them are shown. */
export const severalAccounts = (count: number, shown: number) =>
  count > shown
    ? `More than ${shown} accounts match; these are the first ${shown}.`
    : `${count} accounts match.`;

export const nothingElse = 'Nothing else is known about this account.';

// Badges.

export const owner: Words = { text: 'Owner', tone: 'blue' };

/**
 * How a subscription stands. `isTrialOver` is null where no trial is known; without a status, an
 * old trial says nothing about somebody whose plan runs.
 */
export function subscription(
  status: string | null,
  isTrialOver: boolean | null,
  planRuns: boolean,
): Words | null {
  const said = status?.trim() ?? '';
  const state = said.toLowerCase().replace(/[\s-]+/g, '_');
  const isKnownByTrial = state === '' && (isTrialOver === false || (isTrialOver && !planRuns));
  if (onTrial.has(state) || isKnownByTrial) return isTrialOver ? trialExpired : trial;
  if (state === '') return null;
  // A word that we do not know is still the best answer that there is.
  return badges.get(state) ?? { text: said, tone: null };
}

const trial: Words = { text: 'Trial', tone: 'orange' };
const trialExpired: Words = { text: 'Trial expired', tone: 'red' };
const paid: Words = { text: 'Paid', tone: 'green' };
const pastDue: Words = { text: 'Past due', tone: 'red' };
const canceled: Words = { text: 'Canceled', tone: null };

const onTrial = new Set(['trialing', 'trial', 'in_trial', 'on_trial']);

/** Stripe's words (https://docs.stripe.com/api/subscriptions/object) and their neighbours. */
const badges = new Map<string, Words>([
  ['active', paid],
  ['paid', paid],
  ['past_due', pastDue],
  ['unpaid', pastDue],
  ['canceled', canceled],
  ['cancelled', canceled],
  ['trial_expired', trialExpired],
  ['incomplete', { text: 'Incomplete', tone: 'orange' }],
  ['incomplete_expired', { text: 'Incomplete, expired', tone: 'red' }],
  ['paused', { text: 'Paused', tone: 'orange' }],
]);

export const isTrial = (badge: Words | null) => badge === trial || badge === trialExpired;

// Facts.

const soonDays = 7;

/** "12 Mar 2027 · in 110 days" */
export function planExpires(end: Seen): Words {
  return { text: `${end.date} · ${distance(end.days)}`, tone: urgency(end) };
}

/** "ends in 2 days · 24 Nov 2026" */
export function trialEnds(end: Seen): Words {
  const verb = end.isOver ? 'ended' : 'ends';
  return { text: `${verb} ${distance(end.days)} · ${end.date}`, tone: urgency(end) };
}

function urgency({ days, isOver }: Seen): Tone {
  return isOver ? 'red' : days <= soonDays ? 'orange' : null;
}

export function distance(days: number): string {
  if (days === 0) return 'today';
  if (days === 1) return 'tomorrow';
  if (days === -1) return 'yesterday';
  return days > 0 ? `in ${days} days` : `${-days} days ago`;
}

const nearLimit = 0.9;

/** "48 of 50 · 2 left". A count or a limit that is not known is left out. */
export function employees(
  count: number | null,
  limit: number | 'none' | null,
  digits: (number: number) => string,
): Words | null {
  if (count === null)
    return typeof limit === 'number' ? { text: `up to ${digits(limit)}`, tone: null } : null;
  if (limit === null) return { text: digits(count), tone: null };
  if (limit === 'none') return { text: `${digits(count)} · no limit`, tone: null };
  const text = `${digits(count)} of ${digits(limit)}`;
  const left = limit - count;
  if (left < 0) return { text: `${text} · ${digits(-left)} over the limit`, tone: 'red' };
  if (left === 0) return { text: `${text} · limit reached`, tone: 'orange' };
  if (count >= limit * nearLimit) return { text: `${text} · ${digits(left)} left`, tone: 'orange' };
  return { text, tone: null };
}

export const more = (count: number) => `+ ${count} more`;

export const flag = (isSo: boolean) => (isSo ? 'Yes' : 'No');

/** "21 Nov 2026, 14:05 · yesterday"; a day has no time. */
export const moment = ({ date, days }: Seen, time: string | null) =>
  `${date}${time === null ? '' : `, ${time}`} · ${distance(days)}`;

/** A column's name as a label: "last_login_at" is "Last login at", "NPS score" stays. */
export function label(name: string): string {
  if (!/^[a-z0-9_]+$/.test(name)) return clean(name);
  const spaced = name.replaceAll('_', ' ').trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

const noticeTones = new Map<string, Tone>([
  ['warning', 'orange'],
  ['critical', 'red'],
]);

export const noticeTone = (level: string | null) =>
  noticeTones.get(level?.trim().toLowerCase() ?? '') ?? 'blue';

/** "Australia/Sydney · 02:14, Tue" */
export const timeZone = (zone: string, localTime: string | null): Words => ({
  text: localTime === null ? zone : `${zone} · ${localTime}`,
  tone: null,
});
