// What the yardsticks say of a row of the demo's query: the same words as the sidebar's, without
// its care for invisible characters, unsafe links, missing tables or settings.

export type Row = {
  email: string;
  person_name: string | null;
  person_timezone: string | null;
  is_owner: boolean | null;
  company_name: string | null;
  company_timezone: string | null;
  admin_url: string | null;
  customer_since: Date | null;
  plan_name: string | null;
  subscription_status: string | null;
  plan_expires_at: Date | null;
  cancel_at_period_end: boolean | null;
  trial_ends_at: Date | null;
  employee_count: string | null;
  employee_limit: number | null;
  stripe_customer_id: string | null;
  stripe_subscription_id: string | null;
  modules: string[];
};

export type Words = { text: string; tone: string; link?: string };
export type Line = [label: string, words: Words];
export type Shown = {
  heading: string;
  link: string | null;
  badges: Words[];
  lines: Line[];
  modules: string[];
};

export type Format = {
  /** "12 Mar 2027" */
  day: (date: Date, zone: string) => string;
  /** "2027-03-12" */
  isoDay: (date: Date, zone: string) => string;
  /** "02:14, Tue" */
  clock: (date: Date, zone: string) => string;
  number: (number: number) => string;
};

const day = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** As most people write it. */
export const plainFormat: Format = {
  day: (date, timeZone) => date.toLocaleDateString('en-GB', { ...day, timeZone }),
  isoDay: (date, timeZone) => date.toLocaleDateString('en-CA', { timeZone }),
  clock: (date, timeZone) =>
    `${date.toLocaleTimeString('en-GB', { ...time, timeZone })}, ${date.toLocaleDateString('en-GB', { weekday: 'short', timeZone })}`,
  number: (number) => number.toLocaleString('en-GB'),
};

/** With every formatter made once. */
export function cachedFormat(): Format {
  const perZone = (locale: string, options: Intl.DateTimeFormatOptions) => {
    const made = new Map<string, Intl.DateTimeFormat>();
    return (date: Date, timeZone: string) => {
      let format = made.get(timeZone);
      if (format === undefined) {
        format = new Intl.DateTimeFormat(locale, { ...options, timeZone });
        made.set(timeZone, format);
      }
      return format.format(date);
    };
  };
  const hours = perZone('en-GB', time);
  const weekday = perZone('en-GB', { weekday: 'short' });
  const numbers = new Intl.NumberFormat('en-GB');
  return {
    day: perZone('en-GB', day),
    isoDay: perZone('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' }),
    clock: (date, zone) => `${hours(date, zone)}, ${weekday(date, zone)}`,
    number: (number) => numbers.format(number),
  };
}

export function show(row: Row, now: Date, format: Format): Shown {
  const zone = row.company_timezone ?? 'UTC';
  const days = (date: Date) =>
    (Date.parse(format.isoDay(date, zone)) - Date.parse(format.isoDay(now, zone))) / 86_400_000;
  const urgency = (date: Date) => (date <= now ? 'red' : days(date) <= 7 ? 'orange' : '');
  const badge = badgeOf(row, now);
  const lines: Line[] = [];
  const line = (label: string, text: string | null, tone = '', link?: string) => {
    if (text !== null) lines.push([label, link ? { text, tone, link } : { text, tone }]);
  };

  if (row.company_name !== null) line('Name', row.person_name);
  line('Plan', row.plan_name);
  if (row.plan_expires_at !== null) {
    const when = row.plan_expires_at;
    const renews = row.cancel_at_period_end === false && /^(Paid|Trial)$/.test(badge?.text ?? '');
    const [label, tone] = !renews
      ? ['Plan expires', urgency(when)]
      : when <= now
        ? ['Renewal was due', 'orange']
        : ['Renews', ''];
    line(label, `${format.day(when, zone)} · ${distance(days(when))}`, tone);
  }
  if (row.trial_ends_at !== null && badge?.text.startsWith('Trial')) {
    const when = row.trial_ends_at;
    const verb = when <= now ? 'ended' : 'ends';
    line('Trial', `${verb} ${distance(days(when))} · ${format.day(when, zone)}`, urgency(when));
  }
  if (row.employee_count !== null) {
    const { text, tone } = employees(row, badge !== null, format);
    line('Employees', text, tone);
  }
  line('Person’s time zone', zoneText(row.person_timezone, now, format));
  line('Company time zone', zoneText(row.company_timezone, now, format));
  line('Customer since', row.customer_since && format.day(row.customer_since, zone));
  line('Stripe customer', row.stripe_customer_id, '', stripe('customers', row.stripe_customer_id));
  line(
    'Stripe subscription',
    row.stripe_subscription_id,
    '',
    stripe('subscriptions', row.stripe_subscription_id),
  );
  return {
    heading: row.company_name ?? row.person_name ?? row.email.toLowerCase(),
    link: row.admin_url,
    badges: [...(row.is_owner ? [{ text: 'Owner', tone: 'blue' }] : []), ...(badge ? [badge] : [])],
    lines,
    modules: row.modules,
  };
}

const stripe = (kind: string, id: string | null) =>
  `https://dashboard.stripe.com/${kind}/${encodeURIComponent(id ?? '')}`;

const zoneText = (zone: string | null, now: Date, format: Format) =>
  zone && `${zone} · ${format.clock(now, zone)}`;

function badgeOf(row: Row, now: Date): Words | null {
  switch (row.subscription_status) {
    case null:
      return null;
    case 'trialing':
      return row.trial_ends_at !== null && row.trial_ends_at <= now
        ? { text: 'Trial expired', tone: 'red' }
        : { text: 'Trial', tone: 'orange' };
    case 'active':
      return { text: 'Paid', tone: 'green' };
    case 'past_due':
      return { text: 'Past due', tone: 'red' };
    default:
      return { text: row.subscription_status, tone: '' };
  }
}

function employees(row: Row, hasBadge: boolean, format: Format): Words {
  const count = Number(row.employee_count);
  const limit = row.employee_limit;
  if (limit === null)
    return {
      text: hasBadge ? `${format.number(count)} · no limit` : format.number(count),
      tone: '',
    };
  const text = `${format.number(count)} of ${format.number(limit)}`;
  const left = limit - count;
  if (left < 0) return { text: `${text} · ${format.number(-left)} over the limit`, tone: 'red' };
  if (left === 0) return { text: `${text} · limit reached`, tone: 'orange' };
  if (count >= limit * 0.9) return { text: `${text} · ${left} left`, tone: 'orange' };
  return { text, tone: '' };
}

function distance(days: number): string {
  if (days === 0) return 'today';
  if (days === 1) return 'tomorrow';
  if (days === -1) return 'yesterday';
  return days > 0 ? `in ${days} days` : `${-days} days ago`;
}
