import type { OtherFact, Value } from '../domain/account.ts';
import { looksSensitive } from './columns.ts';
import { withCurrencies } from './currencies.ts';
import { readWrittenMoment } from './read-moment.ts';

/** More than a sidebar shows; an object for each of 60,000 numbers would fill the memory. */
const maxKept = 100;

/** Deeper values are shown as "…". */
const maxDepth = 4;

/** A query that selects an object need not mean the secrets in it. */
const isPublic = (name: string) => !looksSensitive(name);

/** JSON as Postgres wrote it, with all digits of its numbers; null where nothing is in it. */
export function readJson(text: string, isShown = isPublic): Value | null {
  return toValue(JSON.parse(text.replace(stringOrNumber, marked)), 0, isShown);
}

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** `JSON.parse` would round numbers, so they become strings, and a mark tells which were numbers. */
const marked = (token: string) =>
  token.startsWith('"') ? `"${stringMark}${token.slice(1)}` : `"${numberMark}${token}"`;

const [stringMark, numberMark] = ['s', 'n'];

function toValue(parsed: unknown, depth: number, isShown: typeof isPublic): Value | null {
  if (typeof parsed === 'boolean') return { kind: 'flag', value: parsed };
  if (typeof parsed === 'string') {
    const value = parsed.slice(1);
    return parsed.startsWith(numberMark) ? { kind: 'number', value } : readText(value);
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  if (depth === maxDepth) return { kind: 'text', value: '…' };
  if (Array.isArray(parsed)) return toList(parsed, depth + 1, isShown);
  return toObject(Object.entries(parsed), depth + 1, isShown);
}

/** JSON has no dates, so a text that is written like one of Postgres's is a date. */
export function readText(value: string): Value | null {
  if (value.trim() === '') return null;
  const when = readWrittenMoment(value);
  if (when !== undefined) return when && { kind: 'moment', value: when };
  return { kind: inUnits.test(value) ? 'duration' : 'text', value };
}

/** An interval as Postgres writes it; one of hours alone could be a time of day. */
const inUnits =
  /^(?=[+-]?\d+ )(?:[+-]?\d+ (?:years?|mons?|days?) ?)+(?:[+-]?\d+:\d\d:\d\d(?:\.\d+)?)?$/;

function toList(parsed: unknown[], depth: number, isShown: typeof isPublic): Value | null {
  const filled = parsed.filter((item) => item !== null);
  const value = filled
    .slice(0, maxKept)
    .map((item) => toValue(item, depth, isShown))
    .filter((item) => item !== null);
  return value.length === 0
    ? null
    : { kind: 'list', value, more: Math.max(filled.length - maxKept, 0) };
}

function toObject(
  parsed: [string, unknown][],
  depth: number,
  isShown: typeof isPublic,
): Value | null {
  const filled = parsed.filter(([, value]) => value !== null);
  const facts = filled.slice(0, maxKept).flatMap(([marked, item]): OtherFact[] => {
    const name = marked.slice(1);
    const value = isShown(name) ? toValue(item, depth, isShown) : null;
    return value === null ? [] : [{ name, ...value }];
  });
  return facts.length === 0
    ? null
    : {
        kind: 'object',
        value: withCurrencies(facts),
        more: Math.max(filled.length - maxKept, 0),
      };
}
