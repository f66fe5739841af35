import type { Range, Value } from '../domain/account.ts';
import { readText } from './read-json.ts';

const ranges = /([[(])("[^"]*"|[^,"]*),("[^"]*"|[^\])"]*)([\])])/g;

const dayMs = 86_400_000;

/** A range or multirange as Postgres writes it, of a type such as `daterange`; null for `empty`. */
export function readRanges(type: string, text: string): Value | null {
  const found = [...text.matchAll(ranges)].map(([, start, from = '', to = '', end]): Value => {
    const last = bound(to);
    const isWhole = type.startsWith('int');
    const isExcluded = end === ')' && last !== null;
    const value: Range = {
      from: bound(from),
      to: isExcluded ? lastOf(last, isWhole) : last,
      isAbove: start === '(' && isNumber(bound(from)),
      isBelow: isExcluded && !isWhole && isNumber(last),
    };
    return { kind: 'range', value };
  });
  if (found.length < 2) return found[0] ?? null;
  return { kind: 'list', value: found };
}

function bound(written: string): Value | null {
  const text = written.replaceAll('"', '');
  if (/^-?infinity$/.test(text)) return null;
  return /^-?\d+(?:\.\d+)?$/.test(text) ? { kind: 'number', value: text } : readText(text);
}

const isNumber = (value: Value | null) => value?.kind === 'number';

/** Postgres ends a range of days or whole numbers before its end: 2027-01-01 for all of 2026. */
function lastOf(end: Value, isWhole: boolean): Value {
  if (end.kind === 'number' && isWhole)
    return { kind: 'number', value: String(BigInt(end.value) - 1n) };
  if (end.kind !== 'moment' || end.value instanceof Date) return end;
  const last = new Date(Date.parse(end.value) - dayMs).toISOString().slice(0, 10);
  return readText(last) ?? end;
}
