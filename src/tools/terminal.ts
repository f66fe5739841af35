import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const labelWidth = 22;

/** A sidebar's html for a terminal: a fact a line, badges in brackets, links behind their text. */
export function toTerminal(html: string): string {
  return parseFragment(html).childNodes.flatMap(linesOf).join('\n').trim();
}

function linesOf(node: Node): string[] {
  if (!isElement(node)) return [];
  if (node.tagName === 'h4') return ['', textOf(node)];
  if (node.tagName === 'p') return [textOf(node)];
  if (node.tagName === 'li') return [`  ${lineOf(node)}`];
  if (hasClass(node, 'c-sb-section__title')) return [`  ${textOf(node)}`];
  return node.childNodes.flatMap(linesOf);
}

/** The label, and the value behind it in a column of its own. */
function lineOf(item: Element): string {
  const all = textOf(item);
  const value = valueIn(item);
  if (value === null) return `  ${all}`;
  const label = all.slice(0, all.length - value.length).trimEnd();
  return `${label.padEnd(labelWidth - 1)} ${value}`;
}

function valueIn(node: Element): string | null {
  if (hasClass(node, 'c-sb-list-item__text')) return textOf(node);
  return (
    node.childNodes
      .filter(isElement)
      .map(valueIn)
      .find((value) => value !== null) ?? null
  );
}

/** One line, without the control characters that a terminal would obey. */
function textOf(node: Node): string {
  return rawTextOf(node)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

function rawTextOf(node: Node): string {
  if (!isElement(node)) return 'value' in node ? node.value : '';
  const text = node.childNodes.map(rawTextOf).join('');
  if (hasClass(node, 'badge')) return `[${text.trim()}]`;
  const href = node.attrs.find(({ name }) => name === 'href')?.value;
  return href === undefined ? text : `${text} <${href}>`;
}

function isElement(node: Node): node is Element {
  return 'tagName' in node;
}

function hasClass(node: Element, name: string): boolean {
  const classes = node.attrs.find((attribute) => attribute.name === 'class')?.value ?? '';
  return classes.split(/\s+/).includes(name);
}
