import type { Account } from '../../domain/account.ts';
import { type Column, type Kind, knownColumns } from '../../postgres/columns.ts';
import { readAccount } from '../../postgres/read-account.ts';
import { fullest } from '../../sidebar/samples.ts';

/** What each kind of invented account has in a column. */
const values = {
  fullest: sampleOf,
  emptiest: ({ name }: Column) => (name === 'email' ? 'sam@example.com' : null),
  /** Every text is an attack (XSS). */
  hostile: (column: Column, now: Date) =>
    inText(column, attackBy(column.name)) ?? sampleOf(column, now),
  /** Every text is wider than the sidebar, and every list higher. */
  longest: (column: Column, now: Date) => {
    if (column.kind === 'list')
      return listOf(
        column,
        Array.from({ length: 60 }, (_, i) => `Module no. ${i + 1}`),
      );
    if (column.kind === 'number') return '1999999999';
    if (column.kind === 'json') return jsonOf(60, longWords, 'https://www.example.com/a/page');
    return inText(column, longWords) ?? sampleOf(column, now);
  },
};

export type Invented = keyof typeof values;

/** An account with the query's columns, read like its rows. */
export function invent(kind: Invented, columns: readonly Column[], now: Date): Account {
  const row = columns.map((column) => [column.name, values[kind](column, now)]);
  return readAccount(Object.fromEntries(row), columns);
}

const longWords = `${'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch'.repeat(3)} ${'and many more words '.repeat(50)}`;

/** Closes the surrounding attribute or element, and opens elements of its own. */
const attackBy = (name: string) =>
  isLink.test(name)
    ? 'javascript:alert(1)'
    : `${name}'"></a></span></li></ul><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\u202e<!--`;

const isLink = /ur[il]|link|website/i;

/** Lines with all keys that they may have, and one of their own. */
function jsonOf(count: number, text: string, url: string): string {
  const line = { text, at: text, note: text, amount: text, url, tone: 'red', [text]: text };
  return JSON.stringify(Array.from({ length: count }, () => line));
}

/** The text as this column's value; null when it holds no text, or its value matters. */
function inText(column: Column, text: string): unknown {
  const { name, kind } = column;
  if (name === 'email' || name === 'subscription_status') return null;
  if (kind === 'list') return listOf(column, [text, text]);
  if (kind === 'json') return jsonOf(2, text, 'javascript:alert(1)');
  return kind === 'text' || kind === 'other' ? text : null;
}

/** A value as pg returns it. */
function sampleOf(column: Column, now: Date): unknown {
  const { name, kind } = column;
  const known = knownColumns.has(name) ? knownSample(name, now) : null;
  if (known instanceof Date && kind === 'day') return dayOf(known);
  if (known !== null && kind === 'json') return JSON.stringify(known);
  if (known !== null) return typeof known === 'number' ? String(known) : known;
  const samples: Record<Kind, unknown> = {
    text: textFor(name),
    number: '1234',
    flag: true,
    instant: new Date(now.getTime() - 86_400_000),
    day: dayOf(now),
    list: listOf(column, ['First', 'Second', 'Third']),
    json: JSON.stringify([
      { text: 'First', at: dayOf(now), amount: 49, currency: 'EUR', note: 'Paid' },
      { text: 'Second', url: 'https://www.example.com/a/page', note: 'Failed', tone: 'red' },
      'Third',
    ]),
    binary: null,
    record: JSON.stringify({ first: 'A text', second: 2 }),
    other: textFor(name),
  };
  return samples[kind];
}

/** As a row has it: only a known column's list is parsed already. */
const listOf = ({ name }: Column, items: string[]) =>
  knownColumns.has(name) ? items : JSON.stringify(items);

const dayOf = (date: Date) => date.toISOString().slice(0, 10);

function textFor(name: string): string {
  if (isLink.test(name)) return 'https://www.example.com/a/page';
  return /mail/i.test(name) ? 'robin@example.com' : 'A text of some words';
}

/** The sidebar's fullest sample, by column names. */
function knownSample(name: string, now: Date): unknown {
  const { notice, links, ...account } = fullest(now);
  const parts = { notice: notice?.text, noticeUrl: notice?.url, noticeLevel: notice?.level };
  const named = Object.fromEntries(links.map(({ text, url }) => [text, url]));
  const samples: Record<string, unknown> = { ...account, ...parts, links: named };
  return samples[name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase())] ?? null;
}
