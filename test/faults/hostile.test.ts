import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';
import { expect, test } from 'vitest';
import type { Account, OtherFact } from '../../src/domain/account.ts';
import { foldEmail } from '../../src/domain/email.ts';
import { viewsFolder } from '../../src/domain/package-files.ts';
import { emptiest, fullest } from '../../src/sidebar/samples.ts';
import { asOf, createToSidebar } from '../../src/sidebar/sidebar.ts';
import { clean } from '../../src/sidebar/text.ts';
import { compileViews } from '../../src/sidebar/views.ts';
import { now } from '../examples.ts';
import { hostileStrings, randomHostileStrings } from './tools/hostile-strings.ts';
import { digits, measured, randomFrom, seed, times } from './tools/scale.ts';

// Every text that can come from a customer's or an admin's hands, in every place where it is shown.

const toSidebar = createToSidebar({
  locale: 'en-GB',
  stripeDashboardUrl: 'https://dashboard.stripe.com',
});
const render = compileViews(viewsFolder, toSidebar);

type Put = (account: Account, text: string | null) => Account;

const textField =
  (name: keyof Account): Put =>
  (account, text) => ({ ...account, [name]: text });
const other =
  (make: (text: string) => OtherFact): Put =>
  (account, text) => ({ ...account, otherFacts: text === null ? [] : [make(text)] });
const noticeField =
  (name: 'url' | 'level'): Put =>
  (account, text) => ({
    ...account,
    notice: { text: 'Careful', url: null, level: null, [name]: text },
  });

const line =
  (make: (text: string) => OtherFact): Put =>
  (account, text) => {
    const line: OtherFact[] = [{ name: 'at', kind: 'text', value: 'today' }];
    const value = text === null ? line : [...line, make(text)];
    const lines = Array.from({ length: 6 }, () => ({ kind: 'object', value }) as const);
    return { ...account, otherFacts: [{ name: 'invoices', kind: 'list', value: lines }] };
  };

const fields = new Map<string, Put>([
  ...(
    [
      'personName',
      'personTimezone',
      'companyName',
      'companyTimezone',
      'adminUrl',
      'planName',
      'subscriptionStatus',
      'stripeCustomerId',
      'stripeSubscriptionId',
    ] as const
  ).map((name): [string, Put] => [name, textField(name)]),
  ['email', (account, text) => ({ ...account, email: text ?? '' })],
  ['modules', (account, text) => ({ ...account, modules: text === null ? [] : [text] })],
  [
    'notice.text',
    (account, text) => ({
      ...account,
      notice: text === null ? null : { text, url: null, level: null },
    }),
  ],
  ['notice.url', noticeField('url')],
  ['notice.level', noticeField('level')],
  ['a column of text', other((value) => ({ name: 'note', kind: 'text', value }))],
  // Whoever writes the query writes it, and Postgres takes no NUL in a name.
  ['a column’s name', other((name) => ({ name: clean(name), kind: 'text', value: 'x' }))],
  ['a line’s text', line((value) => ({ name: 'text', kind: 'text', value }))],
  ['a line’s note', line((value) => ({ name: 'note', kind: 'text', value }))],
  ['a line’s address', line((value) => ({ name: 'url', kind: 'text', value }))],
  ['a line’s tone', line((value) => ({ name: 'tone', kind: 'text', value }))],
  ['a key of a line', line((name) => ({ name, kind: 'text', value: 'x' }))],
  [
    'a link’s name',
    (account, text) => ({
      ...account,
      links: text === null ? [] : [{ text, url: 'https://example.com/1' }],
    }),
  ],
  [
    'a link’s address',
    (account, url) => ({ ...account, links: url === null ? [] : [{ text: 'Admin', url }] }),
  ],
  ['a column of a list', other((value) => ({ name: 'tags', kind: 'list', value: [value] }))],
]);

const day = (days: number) => new Date(now.getTime() + days * 86_400_000);
const full = { ...fullest(now), notice: null, otherFacts: [] };

const states = new Map<string, Account>([
  ['a paying account', { ...full, subscriptionStatus: 'active', trialEndsAt: null }],
  ['a trial', full],
  ['an expired trial', { ...full, trialEndsAt: day(-3) }],
  ['a past due account', { ...full, subscriptionStatus: 'past_due', planExpiresAt: day(-1) }],
  ['a person without a company', { ...full, companyName: null, companyTimezone: null }],
  ['a bare account', emptiest],
]);

/** How the account is shown: alone, as one of two, from memory, and in FreeScout, which trusts it. */
const pages = new Map<string, (account: Account) => string>([
  ['alone', (account) => render(toSidebar([foldEmail(account.email)], [account], now))],
  [
    'beside another',
    (account) => render(toSidebar([foldEmail(account.email), 'b@x.com'], [account, full], now)),
  ],
  [
    'from memory',
    (account) =>
      render(
        asOf(toSidebar([foldEmail(account.email)], [account], now), day(0), now, 'unreachable'),
      ),
  ],
  [
    'in FreeScout',
    (account) =>
      render(toSidebar([foldEmail(account.email), 'b@x.com'], [account, full], now), 'freescout'),
  ],
]);

const everyNth = times(5, 1);
const strings = [...hostileStrings, ...randomHostileStrings(randomFrom(seed), times(20, 400))];

test('hostile texts are shown as texts, whatever they are and wherever they stand', (context) => {
  let renders = 0;
  let turn = 0;
  const faults: string[] = [];
  for (const [field, put] of fields)
    for (const [state, account] of states)
      for (const [page, show] of pages) {
        const treeWith = (text: string | null) => parse(show(put(account, text))).tree;
        // What no browser takes for markup: a word, a link, and nothing at all.
        const harmless = [treeWith('word'), treeWith('https://example.com/')];
        const absent = treeWith(null);
        // In the short run each field gets each text in a few states only, in turn.
        turn++;
        for (const [number, text] of strings.entries()) {
          if ((number + turn) % everyNth !== 0) continue;
          const { tree, faults: found } = parse(show(put(account, text)));
          renders++;
          const mayBeAbsent = clean(text) === '' || field === 'adminUrl' || field === 'notice.url';
          const isSame = harmless.includes(tree) || (mayBeAbsent && tree === absent);
          if (!isSame) found.push('another tree');
          if (found.length > 0)
            faults.push(`${field} of ${state} ${page} with ${JSON.stringify(text)}: ${found}`);
        }
      }
  for (const helpDesk of ['helpscout', 'freescout'] as const) {
    const stranger = (text: string) =>
      parse(render(toSidebar([text, 'b@x.com'], [], now), helpDesk));
    const strangerTree = stranger('a@x.com').tree;
    for (const text of strings) {
      const { tree, faults: found } = stranger(text);
      renders++;
      if (tree !== strangerTree) found.push('another tree');
      if (found.length > 0) faults.push(`a stranger called ${JSON.stringify(text)}: ${found}`);
    }
  }
  measured(
    context,
    `${digits(renders)} renders of ${strings.length} texts, ${faults.length} faults`,
  );
  expect(renders).toBeGreaterThan(3_000);
  expect(faults.slice(0, 20)).toEqual([]);
}, 1_800_000);

type Node = DefaultTreeAdapterTypes.ChildNode;

/** The elements with their attributes, and what is unbalanced or leads elsewhere than to the web. */
function parse(html: string): { tree: string; faults: string[] } {
  const faults: string[] = [];
  const { childNodes } = parseFragment(html, {
    sourceCodeLocationInfo: true,
    onParseError: ({ code }) => {
      // Not a character, but no markup either.
      if (code !== 'noncharacter-in-input-stream') faults.push(code);
    },
  });
  const show = (node: Node): string => {
    if (!('tagName' in node)) return node.nodeName === '#text' ? '' : `<${node.nodeName}>`;
    if (!node.sourceCodeLocation?.endTag && node.tagName !== 'br')
      faults.push(`unclosed ${node.tagName}`);
    const attributes = node.attrs.map(({ name, value }) => {
      if (name !== 'href') return `${name}=${value}`;
      if (!isSafe(value)) faults.push(`a link to ${value}`);
      return name;
    });
    return `<${[node.tagName, ...attributes].join(' ')}>${node.childNodes.map(show).join('')}</>`;
  };
  return { tree: childNodes.map(show).join(''), faults };
}

function isSafe(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return /^(?:https?|mailto):$/.test(protocol) && username === '' && password === '';
}
