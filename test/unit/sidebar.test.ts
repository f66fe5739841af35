import { describe, expect, test } from 'vitest';
import type { Account, CalendarDay } from '../../src/domain/account.ts';
import { emptiest, fullest } from '../../src/sidebar/samples.ts';
import { createToSidebar, sentence } from '../../src/sidebar/sidebar.ts';
import { clockIn, now } from '../examples.ts';

const stripeDashboardUrl = 'https://dashboard.stripe.com';
const toSidebar = createToSidebar({ locale: 'en-GB', stripeDashboardUrl });

/** What is shown of one account that one address found. */
function viewOf(account: Account) {
  const { accounts } = toSidebar([account.email], [account], now);
  expect(accounts).toHaveLength(1);
  return accounts[0] as (typeof accounts)[number];
}

const plain = (text: string) => ({ text, tone: null, link: null });

const invoice = (number: number) => ({
  text: `INV-${number}`,
  link: `https://admin.example.com/invoices/${number}`,
  details: '€49.90',
  tone: null,
});

const known = fullest(now);
const subscribed: Account = { ...known, subscriptionStatus: 'active' };

test('says everything that is known', () => {
  expect(toSidebar([known.email], [known], now)).toEqual({
    notices: [
      {
        text: 'Payroll exports are delayed today',
        tone: 'orange',
        link: 'https://status.example.com/',
      },
    ],
    sentence: null,
    accounts: [
      {
        heading: 'Example & Sons',
        headingLink: 'https://admin.example.com/companies/1',
        badges: [
          { text: 'Owner', tone: 'blue' },
          { text: 'Trial', tone: 'orange' },
        ],
        links: [
          { text: 'Audit log', tone: null, link: 'https://admin.example.com/companies/1/log' },
        ],
        matched: null,
        person: plain('Robin Example'),
        plan: plain('Business'),
        planExpires: plain('12 Mar 2027 · in 110 days'),
        planExpiresLabel: 'Renews',
        trial: { text: 'ends in 2 days · 24 Nov 2026', tone: 'orange', link: null },
        employees: { text: '48 of 50 · 2 left', tone: 'orange', link: null },
        personTime: plain(`Europe/Paris · ${clockIn('Europe/Paris')}`),
        companyTime: plain(`Europe/Paris · ${clockIn('Europe/Paris')}`),
        customerSince: plain('26 Feb 2024'),
        stripeCustomer: {
          text: 'cus_Example1',
          tone: null,
          link: 'https://dashboard.stripe.com/customers/cus_Example1',
        },
        stripeSubscription: {
          text: 'sub_Example1',
          tone: null,
          link: 'https://dashboard.stripe.com/subscriptions/sub_Example1',
        },
        modules: ['Leave', 'Payroll'],
        others: [
          { label: 'Nps score', value: plain('9'), list: null },
          {
            label: 'Last login at',
            value: plain('21 Nov 2026, 16:14 · yesterday'),
            list: null,
          },
          {
            label: 'Invoices',
            value: plain(
              'INV-0 · €49.90, INV-1 · €49.90, INV-2 · €49.90, INV-3 · €49.90, INV-4 · €49.90, + 1 more',
            ),
            list: {
              title: 'Invoices (6)',
              items: [0, 1, 2, 3, 4].map(invoice),
              more: '+ 1 more',
              rest: [invoice(5)],
            },
          },
        ],
        modulesOpen: true,
        nothingElse: null,
      },
    ],
  });
});

test('says that nothing else is known of an address alone', () => {
  expect(viewOf(emptiest)).toEqual({
    heading: 'sam@example.com',
    headingLink: null,
    badges: [],
    links: [],
    matched: null,
    person: null,
    plan: null,
    planExpires: null,
    planExpiresLabel: 'Plan expires',
    trial: null,
    employees: null,
    personTime: null,
    companyTime: null,
    customerSince: null,
    stripeCustomer: null,
    stripeSubscription: null,
    modules: [],
    others: [],
    modulesOpen: true,
    nothingElse: 'Nothing else is known about this account.',
  });
});

describe('a fact that is not known', () => {
  test.each([
    ['personName', 'person'],
    ['personTimezone', 'personTime'],
    ['companyTimezone', 'companyTime'],
    ['adminUrl', 'headingLink'],
    ['planName', 'plan'],
    ['planExpiresAt', 'planExpires'],
    ['trialEndsAt', 'trial'],
    ['customerSince', 'customerSince'],
    ['stripeCustomerId', 'stripeCustomer'],
    ['stripeSubscriptionId', 'stripeSubscription'],
  ] as const)('%s, is absent, and everything else is still there', (fact, shown) => {
    const complete = viewOf(known);
    const view = viewOf({ ...known, [fact]: null });
    expect(complete[shown]).not.toBeNull();
    expect(view[shown]).toBeNull();
    const keys = Object.keys(complete) as (keyof typeof complete)[];
    expect(keys.filter((key) => (view[key] === null) !== (complete[key] === null))).toEqual([
      shown,
    ]);
  });

  test('leaves the employees that are known', () => {
    const employees = (count: number | null, limit: Account['employeeLimit']) =>
      viewOf({ ...known, employeeCount: count, employeeLimit: limit }).employees?.text ?? null;
    expect(employees(48, null)).toBe('48');
    expect(employees(48, 'none')).toBe('48 · no limit');
    expect(employees(null, 50)).toBe('up to 50');
    expect(employees(null, null)).toBeNull();
    expect(employees(null, 'none')).toBeNull();
  });

  test('leaves no empty module or badge', () => {
    expect(viewOf({ ...known, modules: [' ', '\u200b', 'Leave'] }).modules).toEqual(['Leave']);
    const nobody = { ...known, isOwner: false, subscriptionStatus: null, trialEndsAt: null };
    expect(viewOf(nobody).badges).toEqual([]);
  });

  const facts: Partial<Account>[] = [
    { isOwner: true },
    { subscriptionStatus: 'active' },
    { planName: 'Business' },
    { planExpiresAt: now },
    { trialEndsAt: now },
    { customerSince: now },
    { employeeCount: 0 },
    { employeeLimit: 50 },
    { personTimezone: 'UTC' },
    { companyTimezone: 'UTC' },
    { stripeCustomerId: 'cus_1' },
    { stripeSubscriptionId: 'sub_1' },
    { modules: ['Leave'] },
    { links: [{ text: 'Audit log', url: 'https://admin.example.com' }] },
  ];

  test.each(facts)('is not all: %j', (fact) => {
    expect(viewOf({ ...emptiest, ...fact }).nothingElse).toBeNull();
  });

  const invisible: Partial<Account>[] = [
    { companyName: '\u200b' },
    { planName: '\u202e' },
    { subscriptionStatus: '\u200b' },
    { personTimezone: '\u200b' },
    { stripeCustomerId: '\u200b' },
    { modules: ['\u200b'] },
    { links: [{ text: '\u200b', url: 'https://admin.example.com' }] },
    { otherFacts: [{ name: 'tags', kind: 'list', value: ['\u200b'] }] },
    { employeeLimit: 'none' },
  ];

  test.each(invisible)('is as good as one that nobody sees: %j', (fact) => {
    expect(viewOf({ ...emptiest, ...fact })).toEqual(viewOf(emptiest));
  });
});

describe('the heading', () => {
  test('is the company, else the person, else the address', () => {
    const view = viewOf(known);
    expect([view.heading, view.person?.text]).toEqual(['Example & Sons', 'Robin Example']);

    const alone = viewOf({ ...known, companyName: null });
    expect([alone.heading, alone.person]).toEqual(['Robin Example', null]);

    const nameless = viewOf({ ...known, companyName: null, personName: null });
    expect([nameless.heading, nameless.person]).toEqual(['robin@example.com', null]);
    // Found by the customer's number, in a row without an address.
    for (const email of ['', ' \u200b']) {
      const unnamed = viewOf({ ...known, companyName: null, personName: '\u2060', email });
      expect(unnamed.heading).toBe('An account without a name');
    }
  });

  test.each(['javascript:alert(1)', '//evil.example', 'https://a@evil.example', 'companies/1'])(
    'does not link to %s',
    (adminUrl) => {
      expect(viewOf({ ...known, adminUrl }).headingLink).toBeNull();
    },
  );
});

describe('the subscription', () => {
  const badgesOf = (account: Partial<Account>) =>
    viewOf({ ...known, isOwner: false, ...account }).badges.map(({ text }) => text);

  test('has a trial only while it is one', () => {
    for (const subscriptionStatus of ['active', 'past_due', 'canceled', 'Grandfathered'])
      expect(viewOf({ ...known, subscriptionStatus }).trial, subscriptionStatus).toBeNull();
    expect(viewOf({ ...known, subscriptionStatus: null }).trial).not.toBeNull();
  });

  test('is a trial until the moment at which that ends', () => {
    const trialEnding = (ms: number) => ({ trialEndsAt: new Date(now.getTime() + ms) });
    expect(badgesOf(trialEnding(1))).toEqual(['Trial']);
    expect(badgesOf(trialEnding(0))).toEqual(['Trial expired']);
    expect(viewOf({ ...known, ...trialEnding(1) }).trial).toMatchObject({
      text: 'ends today · 22 Nov 2026',
      tone: 'orange',
    });
    expect(viewOf({ ...known, ...trialEnding(0) }).trial).toMatchObject({
      text: 'ended today · 22 Nov 2026',
      tone: 'red',
    });
  });

  test('is a trial until the end of the day when it ends on a day', () => {
    const trialOf = (text: string) =>
      viewOf({ ...known, trialEndsAt: text as CalendarDay }).trial?.text;
    expect(trialOf('2026-11-23')).toBe('ends tomorrow · 23 Nov 2026');
    expect(trialOf('2026-11-22')).toBe('ends today · 22 Nov 2026');
    expect(trialOf('2026-11-21')).toBe('ended yesterday · 21 Nov 2026');
    expect(badgesOf({ trialEndsAt: '2026-11-22' as CalendarDay })).toEqual(['Trial']);
    expect(badgesOf({ trialEndsAt: '2026-11-21' as CalendarDay })).toEqual(['Trial expired']);
  });

  test('goes by the calendar of the company', () => {
    // It is 23 November in Sydney already.
    const inSydney = { ...known, companyTimezone: 'Australia/Sydney' };
    const trialOf = (account: Account) => viewOf(account).trial?.text;
    expect(trialOf({ ...inSydney, trialEndsAt: '2026-11-22' as CalendarDay })).toBe(
      'ended yesterday · 22 Nov 2026',
    );
    expect(trialOf({ ...inSydney, trialEndsAt: new Date('2026-11-23T12:59:59Z') })).toBe(
      'ends today · 23 Nov 2026',
    );
    expect(trialOf({ ...inSydney, trialEndsAt: new Date('2026-11-23T13:00:00Z') })).toBe(
      'ends tomorrow · 24 Nov 2026',
    );
    const customerSince = new Date('2021-03-16T15:14:00Z');
    expect(viewOf({ ...inSydney, customerSince }).customerSince?.text).toBe('17 Mar 2021');
    expect(viewOf({ ...inSydney, customerSince }).companyTime?.text).toBe(
      `Australia/Sydney · ${clockIn('Australia/Sydney')}`,
    );
  });

  test('is over from the moment at which the plan expires', () => {
    const planOf = (planExpiresAt: Account['planExpiresAt']) =>
      viewOf({ ...emptiest, planExpiresAt }).planExpires;
    expect(planOf(new Date(now.getTime() + 1))).toMatchObject({
      text: '22 Nov 2026 · today',
      tone: 'orange',
    });
    expect(planOf(now)).toMatchObject({ text: '22 Nov 2026 · today', tone: 'red' });
    expect(planOf('2026-11-22' as CalendarDay)).toMatchObject({ tone: 'orange' });
    expect(planOf('2026-11-21' as CalendarDay)).toMatchObject({
      text: '21 Nov 2026 · yesterday',
      tone: 'red',
    });
  });

  test('is shown in the database’s own word when that is not a known one', () => {
    expect(badgesOf({ subscriptionStatus: '\u202eGrand\u0000fathered' })).toEqual([
      'Grand fathered',
    ]);
    expect(badgesOf({ subscriptionStatus: 'x'.repeat(500) })).toEqual([`${'x'.repeat(200)}…`]);
  });

  test('promises no limit only to who subscribed to something', () => {
    const unlimited: Account = { ...emptiest, employeeCount: 48, employeeLimit: 'none' };
    expect(viewOf(unlimited).employees?.text).toBe('48');
    expect(viewOf({ ...unlimited, planName: 'Business' }).employees?.text).toBe('48 · no limit');
    expect(viewOf({ ...unlimited, subscriptionStatus: 'active' }).employees?.text).toBe(
      '48 · no limit',
    );
    expect(viewOf({ ...unlimited, employeeLimit: 50 }).employees?.text).toBe('48 of 50 · 2 left');
  });
});

test('accounts of an app that knows no links are shown', () => {
  const { links: _, ...older } = known;
  expect(viewOf(older as Account).links).toEqual([]);
});

test('a row of links ends', () => {
  const links = Array.from({ length: 30 }, (_, i) => ({ text: `${i}`, url: 'https://x.example' }));
  expect(viewOf({ ...known, links }).links).toHaveLength(20);
});

describe('a time zone', () => {
  test('that is not known is called so, and dates are called UTC', () => {
    const view = viewOf({ ...known, personTimezone: 'Mars/Olympus', companyTimezone: 'Nowhere' });
    expect(view.personTime).toEqual(plain('Mars/Olympus · unknown time zone'));
    expect(view.companyTime).toEqual(plain('Nowhere · unknown time zone'));
    expect(view.planExpires?.text).toBe('12 Mar 2027 UTC · in 110 days');
    expect(view.trial?.text).toBe('ends in 2 days · 24 Nov 2026 UTC');
    expect(view.customerSince?.text).toBe('26 Feb 2024 UTC');
    expect(view.others.map(({ value }) => value.text)).toContain(
      '21 Nov 2026, 15:14 UTC · yesterday',
    );
  });

  test('that is not known does not move a plain day', () => {
    const planExpiresAt = '2027-03-12' as CalendarDay;
    const view = viewOf({ ...known, companyTimezone: 'Nowhere', planExpiresAt });
    expect(view.planExpires?.text).toBe('12 Mar 2027 · in 110 days');
  });

  test('that is not given leaves dates in UTC as they are', () => {
    for (const companyTimezone of [null, '', ' ', '\u200b'])
      expect(viewOf({ ...known, companyTimezone }).planExpires?.text).toBe(
        '12 Mar 2027 · in 110 days',
      );
  });

  test('of the person does not matter for dates', () => {
    const view = viewOf({ ...known, personTimezone: 'Nowhere' });
    expect(view.planExpires?.text).toBe('12 Mar 2027 · in 110 days');
  });

  test('with blanks around it has the dates and the time of the zone', () => {
    // 23:30 in UTC is the next day in Paris.
    const planExpiresAt = new Date('2027-03-11T23:30:00Z');
    for (const companyTimezone of [
      'Europe/Paris'.padEnd(40),
      '\tEurope/Paris\n',
      'Europe/Paris\u200b',
    ]) {
      const view = viewOf({ ...known, companyTimezone, planExpiresAt });
      expect(view.planExpires?.text).toBe('12 Mar 2027 · in 110 days');
      expect(view.companyTime?.text).toBe(`Europe/Paris · ${clockIn('Europe/Paris')}`);
    }
  });

  test('is the person’s own and the company’s own', () => {
    const view = viewOf({
      ...known,
      personTimezone: 'Asia/Kathmandu',
      companyTimezone: ' Australia/Sydney ',
    });
    expect(view.personTime).toEqual(plain(`Asia/Kathmandu · ${clockIn('Asia/Kathmandu')}`));
    expect(view.companyTime).toEqual(plain(`Australia/Sydney · ${clockIn('Australia/Sydney')}`));
  });
});

describe('on Stripe', () => {
  test('an id leads to the configured dashboard', () => {
    const toTestSidebar = createToSidebar({
      locale: 'en-GB',
      stripeDashboardUrl: 'https://dashboard.stripe.com/test',
    });
    const [view] = toTestSidebar([known.email], [known], now).accounts;
    expect(view?.stripeCustomer?.link).toBe(
      'https://dashboard.stripe.com/test/customers/cus_Example1',
    );
    expect(view?.stripeSubscription?.link).toBe(
      'https://dashboard.stripe.com/test/subscriptions/sub_Example1',
    );
  });

  test.each([
    ['cus_1?x=y#z', 'cus_1%3Fx%3Dy%23z'],
    ['../../evil', '..%2F..%2Fevil'],
    ['//evil.example', '%2F%2Fevil.example'],
    ['"><b>', '%22%3E%3Cb%3E'],
    ['cus_\ud83d1', 'cus_1'],
  ])('an id such as %j does not lead elsewhere', (stripeCustomerId, encoded) => {
    expect(viewOf({ ...known, stripeCustomerId }).stripeCustomer?.link).toBe(
      `https://dashboard.stripe.com/customers/${encoded}`,
    );
  });
});

test('folds a list of modules that is longer than eight', () => {
  const modules = (count: number) => Array.from({ length: count }, (_, i) => `Module ${i}`);
  expect(viewOf({ ...known, modules: modules(8) }).modulesOpen).toBe(true);
  expect(viewOf({ ...known, modules: modules(9) })).toMatchObject({
    modulesOpen: false,
    modules: modules(9),
  });
});

describe('which address matched', () => {
  test('is said where more than one was looked up', () => {
    const { sentence, accounts } = toSidebar(['sam@example.com', known.email], [known], now);
    expect(sentence).toBeNull();
    expect(accounts.map(({ matched }) => matched)).toEqual([plain('robin@example.com')]);
  });

  test('is said where more than one account was found', () => {
    const { sentence, accounts } = toSidebar([known.email], [known, subscribed], now);
    expect(sentence).toBe('2 accounts match.');
    expect(accounts.map(({ matched }) => matched)).toEqual([
      plain('robin@example.com'),
      plain('robin@example.com'),
    ]);
  });

  test('is each account’s own, in the order in which they were found', () => {
    const { sentence, accounts } = toSidebar(
      [emptiest.email, known.email],
      [emptiest, known, subscribed],
      now,
    );
    expect(sentence).toBe('3 accounts match.');
    expect(accounts.map(({ heading, matched }) => [heading, matched?.text])).toEqual([
      ['sam@example.com', 'sam@example.com'],
      ['Example & Sons', 'robin@example.com'],
      ['Example & Sons', 'robin@example.com'],
    ]);
  });
});

describe('a stranger', () => {
  test('is told by the addresses that were looked up', () => {
    expect(toSidebar(['a@x.com', 'b@x.com'], [], now)).toEqual({
      notices: [],
      sentence: 'No account found for a@x.com or b@x.com.',
      accounts: [],
    });
  });

  test('cannot turn the sentence around', () => {
    expect(toSidebar(['\u202ea\u200b@x.com'], [], now).sentence).toBe(
      'No account found for a@x.com.',
    );
  });
});

test('a sentence alone shows no account', () => {
  expect(sentence('This is a draft.')).toEqual({
    notices: [],
    sentence: 'This is a draft.',
    accounts: [],
  });
});

test('speaks the numbers, months and weekdays of another locale', () => {
  const toSidebar = createToSidebar({ locale: 'de-DE', stripeDashboardUrl });
  const many = { ...subscribed, employeeCount: 1_240, employeeLimit: 2_500 };
  const [view] = toSidebar([many.email], [many], now).accounts;
  expect(view?.employees?.text).toBe('1.240 of 2.500');
  expect(view?.planExpires?.text).toBe('12. März 2027 · in 110 days');
  expect(view?.companyTime?.text).toBe(`Europe/Paris · ${clockIn('Europe/Paris', 'de-DE')}`);
});

test('cuts a list that has no end, and says how much is missing', () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `Module ${i}`);
  const { modules } = viewOf({ ...known, modules: names });
  expect(modules).toHaveLength(41);
  expect(modules.at(-1)).toBe('+ 960 more');
  expect(viewOf({ ...known, modules: names.slice(0, 40) }).modules).toHaveLength(40);
});

test('shows ten accounts of more, and says that there are more', () => {
  const shown = toSidebar([known.email], new Array(11).fill(known), now);
  expect(shown.accounts).toHaveLength(10);
  expect(shown.sentence).toBe('More than 10 accounts match; these are the first 10.');
  const all = toSidebar([known.email], new Array(10).fill(known), now);
  expect(all.accounts).toHaveLength(10);
  expect(all.sentence).toBe('10 accounts match.');
});

test('never says null, undefined, NaN or Invalid Date, whatever is missing', () => {
  const facts = Object.keys(emptiest).filter((fact) => fact !== 'email');
  const pick = (from: Account, fact: string) =>
    Object.fromEntries(Object.entries(from).filter(([key]) => key === fact));
  const withoutOne = facts.map((fact) => ({ ...known, ...pick(emptiest, fact) }));
  const withOne = facts.map((fact) => ({ ...emptiest, ...pick(known, fact) }));
  const withoutTwo = withoutOne.flatMap((account) =>
    facts.map((fact) => ({ ...account, ...pick(emptiest, fact) })),
  );
  const accounts = [known, emptiest, ...withoutOne, ...withOne, ...withoutTwo];
  const said = accounts.flatMap((account) => textsIn(toSidebar([known.email], [account], now)));
  expect(said.length).toBeGreaterThan(accounts.length);
  expect(
    said.filter((text) => /null|undefined|NaN|Invalid|Infinity|\[object|^$/.test(text)),
  ).toEqual([]);
});

function textsIn(shown: unknown): string[] {
  if (typeof shown === 'string') return [shown];
  return typeof shown === 'object' && shown !== null ? Object.values(shown).flatMap(textsIn) : [];
}
