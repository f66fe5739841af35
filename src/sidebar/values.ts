import type { Moment, OtherFact, Value } from '../domain/account.ts';
import type { Dates } from './dates.ts';
import type { ShowNumber } from './numbers.ts';
import { clean, safeLink } from './text.ts';
import type { Tone } from './words.ts';
import * as words from './words.ts';

/** One line of the sidebar; `link` is safe to click. */
export type Fact = { text: string; tone: Tone; link: string | null };

/** A line of a list; the tone is that of its details. */
export type Item = { text: string; link: string | null; details: string | null; tone: Tone };

/** What `views/list.ejs` shows: five lines, and the rest folded. */
export type List = { title: string; items: Item[]; more: string | null; rest: Item[] };

/** One of the query's own columns. A list has a value, too: all in one line. */
export type Other = { label: string; value: Fact; list: List | null };

/** Null where there is nothing to show. */
export type ShowOther = (fact: OtherFact, timeZone: string | null, now: Date) => Other | null;

/** Where a value is seen from. */
type Here = { timeZone: string | null; now: Date };

export function createShowOther(dates: Dates, number: ShowNumber): ShowOther {
  return (fact, timeZone, now) => {
    const here = { timeZone, now };
    const label = words.label(fact.name);
    const line = (text: string, link: string | null = null, tone: Tone = null) =>
      text === '' ? null : { label, value: { text, tone, link }, list: null };
    switch (fact.kind) {
      case 'moment':
        return line(words.dayAndDistance(...seenHere(fact.value, here)));
      case 'list': {
        const items = fact.value.map((value) => toItem(fact.name, value, here));
        const [first] = items;
        const hasLinks = items.length > 1 && items.some(({ link }) => link !== null);
        if (hasLinks || fact.value.some(isObject)) return toOther(label, items, fact.more);
        return line(say(fact.name, fact, here), first?.link);
      }
      case 'object': {
        const [item] = isLine(fact) ? [toItem(fact.name, fact, here)] : [];
        if (item !== undefined) return line(inOneLine(item), item.link, item.tone);
        const pairs = fact.value.map((part) => toPair(part, here));
        const isList = pairs.length > maxPairs || pairs.some(({ link }) => link !== null);
        return isList ? toOther(label, pairs, fact.more) : line(pairs.map(inOneLine).join(' · '));
      }
      default:
        return line(say(fact.name, fact, here), linkOf(fact));
    }
  };

  /** One of several values of a line, cut as a text is. */
  function inner(name: string, value: string | Value, here: Here): string {
    return clean(say(name, value, here));
  }

  /** As seen from here, and the time of day of an instant. */
  function seenHere(moment: Moment, { timeZone, now }: Here) {
    const time = moment instanceof Date ? dates.timeOfDay(moment, timeZone) : null;
    return [dates.seen(moment, timeZone, now), time] as const;
  }

  /** The value in words, on a line that has others. */
  function say(name: string, value: string | Value, here: Here): string {
    if (typeof value === 'string') return clean(value);
    switch (value.kind) {
      case 'text':
        return clean(value.value);
      case 'number':
        return clean(number(name, value.value, value.currency));
      case 'flag':
        return words.flag(value.value);
      case 'moment':
        return words.day(...seenHere(value.value, here));
      case 'duration':
        return clean(words.duration(value.value));
      case 'range': {
        const { from, to } = value.value;
        const [first = null, last = null] = [from, to].map((end) => end && inner(name, end, here));
        return words.range({ ...value.value, from: first, to: last });
      }
      case 'list': {
        const items = value.value.map((item) => inner(name, item, here));
        return shortened(
          items.filter((item) => item !== ''),
          value.more,
        ).join(', ');
      }
      case 'object':
        return shortened(
          value.value.map((part) => toPair(part, here).text),
          value.more,
        ).join(', ');
    }
  }

  function toItem(name: string, value: string | Value, here: Here): Item {
    if (!isObject(value))
      return { ...noDetails, text: inner(name, value, here), link: linkOf(value) };
    const parts = new Map(value.value.map((part) => [part.name, part]));
    const saying = (key: string) => {
      const found = parts.get(key);
      return found === undefined ? '' : inner(key, found, here);
    };
    const at = parts.get('at');
    const day =
      at?.kind === 'moment' ? words.day(dates.seen(at.value, here.timeZone, here.now)) : null;
    const others = value.value.filter((part) => !lineKeys.has(part.name));
    const [text = '', ...details] = [
      ...[saying('text'), day ?? saying('at'), saying('amount'), saying('note')],
      ...others.map((part) => inOneLine(toPair(part, here))),
    ].filter((part) => part !== '');
    const link = linkOf(parts.get('url')) ?? linkOf(parts.get('text'));
    const tone = words.toneOf(saying('tone'));
    return { text, link, details: clean(details.join(' · ')) || null, tone };
  }

  /** "Seats: 5"; an address of a page is the link of its name. */
  function toPair(fact: OtherFact, here: Here): Item {
    const label = words.label(fact.name);
    const link = linkOf(fact);
    const text = link === null ? `${label}: ${say(fact.name, fact, here)}` : label;
    return { ...noDetails, text: clean(text), link };
  }
}

const noDetails = { details: null, tone: null };

const inOneLine = ({ text, details }: Item) => (details === null ? text : `${text} · ${details}`);

const isObject = (value: string | Value): value is Extract<Value, { kind: 'object' }> =>
  typeof value !== 'string' && value.kind === 'object';

/** What a line of a list is made of; other keys are said with their names. */
const lineKeys = new Set(['text', 'at', 'note', 'amount', 'url', 'tone']);

/** An object that is one line of a list by itself, such as an amount and its currency. */
const isLine = ({ value }: Extract<Value, { kind: 'object' }>) =>
  value.some(({ name }) => name === 'text' || name === 'amount') &&
  value.every(({ name }) => lineKeys.has(name));

function linkOf(value: string | Value | undefined): string | null {
  if (typeof value === 'string') return safeLink(value);
  return value?.kind === 'text' ? safeLink(value.value) : null;
}

/** More of an object's pairs become a list. */
const maxPairs = 3;
const maxUnfolded = 5;
/** More than an agent reads. */
const maxListed = 40;

export const shortened = (items: string[], more = 0) => {
  const left = Math.max(items.length - maxListed, 0) + more;
  return left === 0 ? items : [...items.slice(0, maxListed), words.more(left)];
};

function toOther(label: string, lines: Item[], leftOut = 0): Other | null {
  const items = lines.filter(({ text }) => text !== '');
  if (items.length === 0) return null;
  const count = items.length + leftOut;
  const [shown, rest] = [items.slice(0, maxUnfolded), items.slice(maxUnfolded, maxListed)];
  const more = count > maxUnfolded ? words.more(count - maxUnfolded) : null;
  if (count > maxListed)
    rest.push({ ...noDetails, text: words.more(count - maxListed), link: null });
  const text = [...shown.map(inOneLine), ...(more === null ? [] : [more])].join(', ');
  const title = `${label} (${count})`;
  return {
    label,
    value: { text, tone: null, link: null },
    list: { title, items: shown, more, rest },
  };
}
