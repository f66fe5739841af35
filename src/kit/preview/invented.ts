import type { Account } from '../../domain/account.ts';
import { type Column, knownColumns } from '../../postgres/columns.ts';
import { readAccount } from '../../postgres/read-account.ts';
import { fullest } from '../../sidebar/samples.ts';

// Invented accounts with the query's columns, read like its rows.

/** Every column has a value of its kind. */
export function inventFullest(columns: readonly Column[], now: Date): Account {
  return invent(columns, (column) => sampleOf(column, now));
}

/** Every column except the address is null. */
export function inventEmptiest(columns: readonly Column[]): Account {
  return invent(columns, ({ name }) => (name === 'email' ? 'sam@example.com' : null));
}

/** Every text is an attack (XSS). */
export function inventHostile(columns: readonly Column[], now: Date): Account {
  return invent(
    columns,
    (column) => inText(column, attackBy(column.name)) ?? sampleOf(column, now),
  );
}

/** Every text is wider than the sidebar, and every list higher. */
export function inventLongest(columns: readonly Column[], now: Date): Account {
  return invent(columns, (column) => {
    if (column.kind === 'list')
      return Array.from({ length: 60 }, (_, i) => `Module number ${i + 1}`);
    if (column.kind === 'number') return '999999999999';
    return inText(column, longWords) ?? sampleOf(column, now);
  });
}

const longWords = `${'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch'.repeat(3)} ${'and many more words '.repeat(50)}`;

/** Closes the surrounding attribute or element, and opens elements of its own. */
const attackBy = (name: string) =>
  isLink.test(name)
    ? 'javascript:alert(1)'
    : `${name}'"></a></span></li></ul><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\u202e<!--`;

const isLink = /ur[il]|link|website/i;

function invent(columns: readonly Column[], fill: (column: Column) => unknown): Account {
  const row = Object.fromEntries(columns.map((column) => [column.name, fill(column)]));
  return readAccount(row, columns);
}

/** The text as this column's value; null when it holds no text, or its value matters. */
function inText({ name, kind }: Column, text: string): unknown {
  if (name === 'email' || name === 'subscription_status') return null;
  if (kind === 'list') return [text, text];
  if (kind === 'json') return JSON.stringify(text);
  return kind === 'text' ? text : null;
}

/** A value as pg returns it. */
function sampleOf({ name, kind }: Column, now: Date): unknown {
  const known = knownColumns.has(name) ? knownSample(name, now) : null;
  if (known instanceof Date && kind === 'day') return known.toISOString().slice(0, 10);
  if (known !== null) return typeof known === 'number' ? String(known) : known;
  switch (kind) {
    case 'text':
      return textFor(name);
    case 'number':
      return '1234';
    case 'flag':
      return true;
    case 'instant':
      return new Date(now.getTime() - 86_400_000);
    case 'day':
      return now.toISOString().slice(0, 10);
    case 'list':
      return ['First', 'Second', 'Third'];
    case 'json':
      return '{"key": "value"}';
    case 'binary':
      return null;
  }
}

function textFor(name: string): string {
  if (isLink.test(name)) return 'https://www.example.com/a/page';
  if (/mail/i.test(name)) return 'robin@example.com';
  return 'A text of some words';
}

/** The sidebar's fullest sample, by column names. */
function knownSample(name: string, now: Date): unknown {
  const { notice, ...account } = fullest(now);
  const parts = { notice: notice?.text, noticeUrl: notice?.url, noticeLevel: notice?.level };
  const samples = new Map<string, unknown>(Object.entries({ ...account, ...parts }));
  return (
    samples.get(name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())) ?? null
  );
}
