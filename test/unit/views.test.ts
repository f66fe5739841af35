import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DefaultTreeAdapterTypes, parseFragment, serialize } from 'parse5';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Account } from '../../src/domain/account.ts';
import { viewsFolder } from '../../src/domain/package-files.ts';
import { emptiest, fullest } from '../../src/sidebar/samples.ts';
import { createToSidebar, sentence } from '../../src/sidebar/sidebar.ts';
import { compileViews } from '../../src/sidebar/views.ts';
import { clockIn, now } from '../examples.ts';

const toSidebar = createToSidebar({
  locale: 'en-GB',
  stripeDashboardUrl: 'https://dashboard.stripe.com',
});
const render = compileViews(viewsFolder, toSidebar);
const show = (...accounts: Account[]) =>
  render(toSidebar([accounts[0]?.email ?? 'a@x.com'], accounts, now));

// Without the notice, the links and the query's own columns, which have tests of their own.
const known = { ...fullest(now), notice: null, links: [], otherFacts: [] };

/** Closes the attribute or the element that it stands in, and brings elements of its own. */
const attack = (who: string) =>
  `${who}'"></a></span></li></ul><script>alert(1)</script><img src=x onerror=alert(1)>&amp;<!--`;

const hostile: Account = {
  ...known,
  email: attack('email'),
  personName: attack('person'),
  companyName: attack('company'),
  adminUrl: `https://admin.example.com/${attack('admin')}`,
  planName: attack('plan'),
  subscriptionStatus: attack('status'),
  personTimezone: attack('zone'),
  companyTimezone: attack('place'),
  stripeCustomerId: attack('cus'),
  stripeSubscriptionId: attack('sub'),
  modules: [attack('leave'), attack('payroll')],
};

/** As many invoices, with a text of an attacker in each key. */
const listed = (count: number, text = 'INV', url = 'https://x.example/1'): Account => ({
  ...known,
  links: [{ text, url }],
  otherFacts: [
    {
      name: 'invoices',
      kind: 'list',
      value: Array.from({ length: count }, (_, i) => ({
        kind: 'object',
        value: [
          { name: 'text', kind: 'text', value: `${text} ${i + 1}` },
          { name: 'amount', kind: 'number', value: '49.90', currency: 'EUR' },
          { name: 'note', kind: 'text', value: text },
          { name: 'tone', kind: 'text', value: 'red' },
          { name: 'url', kind: 'text', value: url },
          { name: text, kind: 'text', value: text },
        ],
      })),
    },
  ],
});

const longModules = Array.from({ length: 9 }, (_, i) => `Module ${i}`);

const pages: [string, string][] = [
  ['of whom everything is known', show(known)],
  ['of whom nothing is known', show(emptiest)],
  ['with two accounts', show(known, emptiest)],
  ['with a long list of modules', show({ ...known, modules: longModules })],
  ['with a list', show(listed(7))],
  ['who attacks in a list', show(listed(7, attack('list'), 'javascript:alert(1)'))],
  ['who attacks', show(hostile)],
  ['who attacks with two accounts', show(hostile, hostile)],
  ['who is a stranger', render(toSidebar([known.email, 'a@x.com'], [], now))],
  ['who is a hostile stranger', render(toSidebar([attack('nobody')], [], now))],
];

type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.ChildNode;

function elementsIn(nodes: Node[]): Element[] {
  return nodes.flatMap((node) => ('tagName' in node ? [node, ...elementsIn(node.childNodes)] : []));
}

/** The elements of html that has to be balanced. */
function elementsOf(html: string): Element[] {
  const errors: string[] = [];
  const { childNodes } = parseFragment(html, {
    sourceCodeLocationInfo: true,
    onParseError: ({ code, startLine }) => errors.push(`${code} on line ${startLine}`),
  });
  const elements = elementsIn(childNodes);
  const unclosed = elements.filter((element) => !element.sourceCodeLocation?.endTag);
  expect([...errors, ...unclosed.map(({ tagName }) => `unclosed ${tagName}`)]).toEqual([]);
  return elements;
}

function textOf(node: Node): string {
  if ('tagName' in node) return node.childNodes.map(textOf).join('');
  return 'value' in node ? node.value : '';
}

const textOfPage = (html: string) =>
  parseFragment(html).childNodes.map(textOf).join('').replace(/\s+/g, ' ').trim();

const attribute = (element: Element, name: string) =>
  element.attrs.find((attr) => attr.name === name)?.value;

const linksIn = (html: string) =>
  elementsOf(html).filter((element) => attribute(element, 'href') !== undefined);

describe.each(pages)('the sidebar of somebody %s', (_, html) => {
  test('is balanced', () => {
    expect(elementsOf(html)).not.toEqual([]);
  });

  test('has only elements and attributes that Help Scout lets through', () => {
    const elements = elementsOf(html);
    const tags = new Set(elements.map(({ tagName }) => tagName));
    const attributes = new Set(elements.flatMap(({ attrs }) => attrs.map(({ name }) => name)));
    expect([...tags].filter((tag) => !/^(div|h4|p|ul|li|span|a|i)$/.test(tag))).toEqual([]);
    expect([...attributes].filter((name) => !/^(class|href|target|rel)$/.test(name))).toEqual([]);
  });

  test('has nothing but classes in its class attributes', () => {
    const classes = elementsOf(html).flatMap((element) => attribute(element, 'class') ?? []);
    expect(classes.filter((names) => !/^[a-z0-9 _-]+$/.test(names))).toEqual([]);
  });

  test('links only to the web, each link in a tab of its own', () => {
    for (const link of linksIn(html)) {
      expect(new URL(attribute(link, 'href') ?? '').protocol).toMatch(/^https?:$/);
      expect(attribute(link, 'target')).toBe('_blank');
      expect(attribute(link, 'rel')).toBe('noopener noreferrer');
      expect(textOf(link).trim()).not.toBe('');
    }
  });

  test('says nothing that only a program understands', () => {
    expect(textOfPage(html)).not.toMatch(/\b(null|undefined|NaN|Invalid Date)\b|\[object/);
    expect(html).not.toContain('<%');
  });
});

describe('the layout', () => {
  test('shows every fact behind its label', () => {
    const text = textOfPage(show(known, emptiest));
    for (const line of [
      '2 accounts match.',
      'Example & Sons Owner Trial',
      'Found by robin@example.com',
      'Name Robin Example',
      'Plan Business',
      'Renews 12 Mar 2027 · in 110 days',
      'Trial ends in 2 days · 24 Nov 2026',
      'Employees 48 of 50 · 2 left',
      `Person’s time zone Europe/Paris · ${clockIn('Europe/Paris')}`,
      `Company time zone Europe/Paris · ${clockIn('Europe/Paris')}`,
      'Customer since 26 Feb 2024',
      'Stripe customer cus_Example1',
      'Stripe subscription sub_Example1',
      'Modules (2) Leave Payroll',
    ])
      expect(text).toContain(line);
  });

  test('leads to the company and to Stripe', () => {
    expect(linksIn(show(known)).map((link) => [textOf(link), attribute(link, 'href')])).toEqual([
      ['Example & Sons', 'https://admin.example.com/companies/1'],
      ['cus_Example1', 'https://dashboard.stripe.com/customers/cus_Example1'],
      ['sub_Example1', 'https://dashboard.stripe.com/subscriptions/sub_Example1'],
    ]);
  });

  test('leads to the very address that is known, whatever it means in html', () => {
    const adminUrl = 'https://admin.example.com/?a=1&lt;b&copy;c=2&amp;d';
    const [link] = linksIn(show({ ...known, adminUrl }));
    expect(link && attribute(link, 'href')).toBe(adminUrl);
  });

  test('has no line for what is not known', () => {
    expect(textOfPage(show(emptiest))).toBe(
      'sam@example.com Nothing else is known about this account.',
    );
    expect(linksIn(show(emptiest))).toEqual([]);
  });

  test('colours what is urgent', () => {
    const red = elementsOf(show({ ...known, employeeCount: 51 })).filter((element) =>
      attribute(element, 'class')?.split(' ').includes('red'),
    );
    expect(red.map((element) => textOf(element).trim())).toEqual(['51 of 50 · 1 over the limit']);
  });

  test('folds a long list of modules and opens a short one', () => {
    const isOpen = (html: string) =>
      elementsOf(html).some((element) => attribute(element, 'class')?.split(' ').includes('open'));
    expect(isOpen(show(known))).toBe(true);
    expect(isOpen(show({ ...known, modules: longModules }))).toBe(false);
  });

  test('shows five lines of a list, and the others folded, in words without any class', () => {
    const html = show(listed(7));
    const line = (number: number) => `INV ${number} · €49.90 · INV · INV: INV`;
    expect(textOfPage(html)).toContain(
      `Invoices (7) ${[1, 2, 3, 4, 5].map(line).join(' ')} + 2 more ${[6, 7].map(line).join(' ')} Modules`,
    );
    const sections = elementsOf(html).filter((element) =>
      attribute(element, 'class')?.includes('c-sb-section--toggle'),
    );
    expect(
      sections.map((one) => [
        textOfPage(serialize(one)).split(' INV')[0],
        attribute(one, 'class')?.split(' ').includes('open'),
      ]),
    ).toEqual([
      ['Invoices (7)', true],
      ['+ 2 more', false],
      ['Modules (2) Leave Payroll', true],
    ]);
    expect(show(listed(5))).not.toContain('more');
  });

  test('has a row of named links, with a dot between them', () => {
    const links = [
      { text: 'Admin', url: 'https://admin.example.com/1' },
      { text: 'Write', url: 'mailto:billing@example.com' },
      { text: 'Broken', url: 'javascript:alert(1)' },
    ];
    const html = show({ ...emptiest, links });
    expect(textOfPage(html)).toBe('sam@example.com Admin · Write · Broken');
    expect(linksIn(html).map((link) => attribute(link, 'href'))).toEqual([
      'https://admin.example.com/1',
      'mailto:billing@example.com',
    ]);
  });

  test('shows a sentence alone', () => {
    expect(textOfPage(render(sentence('This is a draft.')))).toBe('This is a draft.');
  });
});

describe('what customers call themselves', () => {
  test('is escaped wherever it stands', () => {
    const text = textOfPage(show(hostile, emptiest));
    for (const who of [
      'email',
      'person',
      'company',
      'plan',
      'status',
      'zone',
      'place',
      'cus',
      'sub',
      'leave',
      'payroll',
    ])
      expect(text).toContain(attack(who));
    expect(textOfPage(render(toSidebar([attack('nobody')], [], now)))).toBe(
      `No account found for ${attack('nobody')}.`,
    );
  });

  test('is text to the agent even in a sentence', () => {
    expect(render(sentence('<b>"&\'</b>'))).toContain('&lt;b&gt;&#34;&amp;&#39;&lt;/b&gt;');
  });

  test('adds no element and no link', () => {
    const shapeOf = (account: Account) =>
      elementsOf(show(account)).map(({ tagName, attrs }) => [
        tagName,
        ...attrs.map(({ name }) => name),
      ]);
    expect(shapeOf({ ...hostile, subscriptionStatus: 'trialing' })).toEqual(shapeOf(known));
  });

  test.each(['javascript:alert(1)', 'data:text/html,<script>alert(1)</script>', '//evil.example'])(
    'does not become a link to %s',
    (adminUrl) => {
      const html = show({ ...known, adminUrl });
      expect(linksIn(html)).toHaveLength(2);
      expect(html).not.toContain(adminUrl);
    },
  );

  test('cannot switch the escaping off', () => {
    const keys = { escapeFn: String, escape: String, settings: {}, cache: true, filename: '/x' };
    const html = render(Object.assign(sentence('<b>'), keys));
    expect(textOfPage(html)).toBe('<b>');
  });
});

/** A folder with these views, gone when the test ends. */
function folderWith(views: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'views-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(views)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('views of one’s own', () => {
  test('see what they show under their own name, and the others as partials', () => {
    const render = compileViews(
      folderWith({
        'sidebar.ejs': '<p><%= sidebar.sentence %></p><%- partial.note({ text: "<b>" }) %>',
        'note.ejs': '<i><%= note.text %></i>',
        'README.md': 'Not a view: <% %',
      }),
      toSidebar,
    );
    expect(render(sentence('a & b'))).toBe('<p>a &amp; b</p><i>&lt;b&gt;</i>');
  });

  test('need one that is called sidebar', () => {
    const folder = folderWith({ 'account.ejs': '' });
    expect(() => compileViews(folder, toSidebar)).toThrow(`There is no sidebar.ejs in ${folder}`);
  });

  test('that know no lists show one as a line', () => {
    const facts =
      '<% for (const one of sidebar.accounts) for (const other of one.others) { %><%= other.label %>: <%= other.value.text %><% } %>';
    const render = compileViews(folderWith({ 'sidebar.ejs': facts }), toSidebar);
    expect(textOfPage(render(toSidebar([], [listed(7)], now)))).toMatch(
      /^Invoices: INV 1 · €49\.90 · INV · INV: INV, .*, \+ 2 more$/,
    );
  });

  test('are read from a folder that exists', () => {
    const folder = join(folderWith({}), 'missing');
    expect(() => compileViews(folder, toSidebar)).toThrow('ENOENT');
  });

  test.each([
    ['a tag that is not closed', 'sidebar.ejs', '<p>\n<%= sidebar.sentence'],
    ['a bracket that is not closed', 'sidebar.ejs', '<% if (sidebar.sentence { %><% } %>'],
    ['a block that is not closed', 'sidebar.ejs', '<% if (sidebar.sentence) { %>'],
    ['a name that is no word', 'my-note.ejs', 'Hello'],
    ['the name of something else', 'partial.ejs', 'Hello'],
  ])('stop the start, and are named, with %s', (_, file, text) => {
    const folder = folderWith({ 'sidebar.ejs': 'Hello', [file]: text });
    expect(() => compileViews(folder, toSidebar)).toThrow(`${join(folder, file)} does not compile`);
  });

  test.each([
    [
      'a tag that is not closed',
      '<p>\n<%= sidebar.sentence',
      2,
      'Could not find matching close tag',
    ],
    [
      'a bracket that is not closed',
      '\n\n<% if (sidebar.sentence { %>\n<% } %>\n',
      3,
      'Unexpected',
    ],
    ['a block that is not closed', '<% if (1) { %>\n\n<p>\n\n', 3, 'a block is not closed'],
    ['a slip in what is shown', 'a\n<p>\n<%= sidebar..x %>\n\nb', 3, "Unexpected token '.'"],
  ])('tell on which line there is %s, and nothing of EJS', (_, text, line, reason) => {
    const file = join(folderWith({ 'sidebar.ejs': text }), 'sidebar.ejs');
    expect(problemOf(file)).toMatchObject({
      place: { file, line },
      reason: expect.stringContaining(reason),
      message: expect.not.stringContaining('EJS-Lint'),
    });
  });

  test('tell in which view it is that a partial shows what there is not', () => {
    const account = '<p>\n\n<%- partial.fact({ label: account.haeding }) %>';
    const shown =
      '<% for (const account of sidebar.accounts) { %>\n<%- partial.account(account) %><% } %>';
    const folder = folderWith({ 'sidebar.ejs': shown, 'account.ejs': account, 'fact.ejs': '' });
    expect(problemOf(join(folder, 'sidebar.ejs'))).toMatchObject({
      place: { file: join(folder, 'account.ejs'), line: 3 },
      reason: expect.stringContaining('there is no "haeding"'),
    });
  });

  function problemOf(file: string): unknown {
    try {
      return compileViews(dirname(file), toSidebar);
    } catch (error) {
      return error;
    }
  }

  const forAccounts = (line: string) =>
    `<% for (const account of sidebar.accounts) { %>\n\n${line}\n<% } %>`;

  test.each([
    ['a fact of the sidebar', '\n\n<%= sidebar.sentense %>', 'there is no "sentense"'],
    ['a fact of an account', forAccounts('<%= account.haeding %>'), 'there is no "haeding"'],
    ['part of a fact', forAccounts('<%= account.plan?.txt %>'), 'there is no "txt"'],
    [
      'part of a badge',
      forAccounts('<% for (const badge of account.badges) { %><%= badge.tnoe %><% } %>'),
      'there is no "tnoe"',
    ],
    ['a property of a list', forAccounts('<%= account.modules.lenght %>'), 'no "lenght"'],
    ['a view', '\n\n<%- partial.acount({}) %>', 'acount.ejs is missing'],
    ['a variable', '\n\n<%= sidbar.sentence %>', 'sidbar is not defined'],
    [
      'what is seen only without accounts',
      `<% if (!sidebar.accounts.length) { %>\n\n<%= sidebar.x %><% } %>`,
      'no "x"',
    ],
    ['an account of which nothing is known', forAccounts('<%= account.plan.text %>'), 'null'],
  ])('stop the start, with file and line, when they misspell %s', (_, text, message) => {
    const folder = folderWith({ 'sidebar.ejs': text });
    const check = () => compileViews(folder, toSidebar);
    expect(check).toThrow(`${join(folder, 'sidebar.ejs')}:3`);
    expect(check).toThrow(message);
  });

  test('name the one that is missing and who calls it, without an excerpt', () => {
    const folder = folderWith({
      'sidebar.ejs': '<%- partial.account(sidebar) %>',
      'account.ejs': '<p>\n<%- partial.fact({ label: "Plan" }) %>',
    });
    const [account, fact] = ['account.ejs', 'fact.ejs'].map((file) => join(folder, file));
    expect(() => compileViews(folder, toSidebar)).toThrow(
      expect.objectContaining({
        message: `${fact} is missing, and ${account}:2 calls it: put it there, or take the call out`,
        place: { file: account, line: 2 },
        reason: `${fact} is missing`,
      }),
    );
  });

  test('are checked inside a partial, too', () => {
    const folder = folderWith({
      'sidebar.ejs': '<%- partial.fact({ label: "Plan" }) %>',
      'fact.ejs': '<p>\n<%= fact.lable %>',
    });
    expect(() => compileViews(folder, toSidebar)).toThrow(`${join(folder, 'fact.ejs')}:2`);
  });

  test.each(['note', './note.ejs', '/etc/passwd', '../../../../etc/passwd'])(
    'cannot include %s, but are told what to write instead',
    (path) => {
      const folder = folderWith({ 'sidebar.ejs': `<%- include('${path}') %>`, 'note.ejs': 'x' });
      expect(() => compileViews(folder, toSidebar)).toThrow('write partial.NAME(…)');
    },
  );
});
