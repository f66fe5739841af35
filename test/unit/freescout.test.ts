import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Account } from '../../src/domain/account.ts';
import { viewsFolder } from '../../src/domain/package-files.ts';
import { toTerminal } from '../../src/kit/terminal.ts';
import { emptiest, fullest } from '../../src/sidebar/samples.ts';
import { createToSidebar, sentence } from '../../src/sidebar/sidebar.ts';
import { compileViews } from '../../src/sidebar/views.ts';
import { contrast } from '../contrast.ts';
import { now } from '../examples.ts';

// FreeScout puts the html into its page as it is: Bootstrap 3, and none of Help Scout's classes.

const toSidebar = createToSidebar({
  locale: 'en-GB',
  stripeDashboardUrl: 'https://dashboard.stripe.com',
});
const render = compileViews(viewsFolder, toSidebar);
const full = fullest(now);
const sidebarOf = (...accounts: Account[]) => toSidebar([full.email], accounts, now);
const show = (...accounts: Account[]) => render(sidebarOf(...accounts), 'freescout');

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const elementsIn = (nodes: Node[]): Element[] =>
  nodes.flatMap((node) => ('tagName' in node ? [node, ...elementsIn(node.childNodes)] : []));
const elementsOf = (html: string) => elementsIn(parseFragment(html).childNodes);
const styleOf = ({ attrs }: Element) => attrs.find(({ name }) => name === 'style')?.value ?? '';

/** The text of a page, with a space between two elements. */
const wordsOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const manyModules = { ...full, modules: Array.from({ length: 9 }, (_, i) => `Module ${i}`) };
const attack = `"'></a></div><script>alert(1)</script>&amp;<!--`;
const hostile: Account = {
  ...full,
  email: attack,
  personName: attack,
  companyName: attack,
  adminUrl: `https://admin.example.com/${attack}`,
  planName: attack,
  subscriptionStatus: attack,
  personTimezone: attack,
  companyTimezone: attack,
  stripeCustomerId: attack,
  stripeSubscriptionId: attack,
  modules: [attack],
  notice: { text: attack, url: attack, level: attack },
  otherFacts: [{ name: attack, kind: 'text', value: attack }],
};

const sidebars = {
  'of whom everything is known': sidebarOf(full),
  'of whom nothing is known': sidebarOf(emptiest),
  'with two accounts': sidebarOf(full, emptiest),
  'with many modules': sidebarOf(manyModules),
  'who attacks': sidebarOf(hostile, hostile),
  'without an account': sidebarOf(),
  'who attacks without an account': toSidebar([attack], [], now),
};

describe.each(Object.entries(sidebars))('the sidebar of somebody %s', (_, sidebar) => {
  const html = render(sidebar, 'freescout');

  test('says the same as in Help Scout', () => {
    expect(wordsOf(html)).toBe(wordsOf(render(sidebar)));
  });

  test('is balanced html without classes, in which no value ends an attribute', () => {
    const errors: string[] = [];
    parseFragment(html, { onParseError: ({ code }) => errors.push(code) });
    expect(errors).toEqual([]);
    const elements = elementsOf(html);
    expect(html.match(/</g)).toHaveLength(
      2 * elements.filter(({ tagName }) => tagName !== 'br').length +
        elements.filter(({ tagName }) => tagName === 'br').length,
    );
    const names = new Set(elements.flatMap(({ attrs }) => attrs.map(({ name }) => name)));
    expect([...names].filter((name) => !/^(style|href|target|rel|open)$/.test(name))).toEqual([]);
    for (const element of elements) expect(styleOf(element)).toMatch(/^[a-z0-9#:;. -]*$/);
  });
});

test.each(Object.entries(sidebars))(
  'reads the same in a terminal for somebody %s',
  (_, sidebar) => {
    const inTerminal = toTerminal(render(sidebar, 'freescout'));
    expect(inTerminal).toBe(toTerminal(render(sidebar)));
  },
);

test('has each label on a line of its own above its value', () => {
  expect(show(full)).toMatch(/<small[^>]*>Plan<\/small><br><span[^>]*>Business<\/span><\/div>/);
});

test('colours a badge and a value by their tone', () => {
  const ends = (tone: string) =>
    elementsOf(show({ ...full, employeeCount: tone === 'red' ? 51 : 50 }))
      .filter((element) => element.tagName === 'span')
      .map(styleOf)
      .filter((style) => style.startsWith('color: #'));
  expect(ends('red')).not.toEqual(ends('orange'));
  const badge = (subscriptionStatus: string) =>
    elementsOf(show({ ...full, isOwner: false, trialEndsAt: null, subscriptionStatus }))
      .filter(({ tagName }) => tagName === 'strong')
      .map(styleOf)
      .join();
  const styles = ['active', 'past_due', 'paused', 'canceled'].map(badge);
  expect(new Set(styles).size).toBe(4);
});

test('can be read in each of its colours, on FreeScout’s panel and on white', () => {
  const view = readFileSync(join(viewsFolder, 'freescout.ejs'), 'utf8');
  const colours = view.match(/#[0-9a-f]{6}\b/g) ?? [];
  expect(new Set(colours).size).toBe(5);
  for (const colour of colours)
    for (const ground of ['#f8f9f9', '#ffffff'])
      expect(contrast(colour, ground), colour).toBeGreaterThanOrEqual(4.5);
});

test('folds a long list of modules, with a marker that Bootstrap does not take away', () => {
  const modules = (account: Account) =>
    /<details( open)?[^>]*>\s*<summary style="display: list-item[^>]*>Modules/.exec(show(account));
  expect(modules(full)?.[1]).toBe(' open');
  expect(modules(manyModules)).not.toBeNull();
  expect(modules(manyModules)?.[1]).toBeUndefined();
});

describe('a folder of views', () => {
  const folderWith = (views: Record<string, string>) => {
    const folder = mkdtempSync(join(tmpdir(), 'views-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [name, text] of Object.entries(views)) writeFileSync(join(folder, name), text);
    return folder;
  };

  test('without a freescout.ejs gets ours', () => {
    const own = compileViews(folderWith({ 'sidebar.ejs': 'Hello' }), toSidebar);
    expect(own(sidebarOf(full))).toBe('Hello');
    expect(own(sidebarOf(full), 'freescout')).toBe(show(full));
  });

  test('with one gets its own, with its own partials', () => {
    const views = {
      'sidebar.ejs': 'Hello',
      'freescout.ejs': '<%- partial.note({ text: freescout.sentence }) %>',
      'note.ejs': '<i><%= note.text %></i>',
    };
    const own = compileViews(folderWith(views), toSidebar);
    expect(own(sentence('a & b'), 'freescout')).toBe('<i>a &amp; b</i>');
  });

  test('is refused at the start with a slip in it', () => {
    const views = { 'sidebar.ejs': 'Hello', 'freescout.ejs': '\n<%= freescout.sentense %>' };
    const folder = folderWith(views);
    expect(() => compileViews(folder, toSidebar)).toThrow(`${join(folder, 'freescout.ejs')}:2`);
  });
});
