import { styleText } from 'node:util';
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

/** The tones of Help Scout's classes, in the colours of a terminal; `bold` is for headings. */
const styles = {
  red: 'red',
  orange: 'yellow',
  green: 'green',
  blue: 'blue',
  purple: 'magenta',
  muted: 'dim',
  bold: 'bold',
} as const;

export type Paint = (text: string, style: keyof typeof styles) => string;

/** Styles standard output unless it is a pipe; NO_COLOR, FORCE_COLOR and TERM count as in Node. */
export const paint: Paint = (text, style) =>
  styleText(styles[style], text, { stream: process.stdout });

const plain: Paint = (text) => text;

/** Replaces the control characters that a terminal would obey. */
export const withoutControls = (text: string) => text.replace(/\p{Cc}+/gu, ' ');

const labelWidth = 22;

/** Renders a sidebar's html as text: a fact per line, badges in brackets, URLs after link texts. */
export function toTerminal(html: string, paint: Paint = plain): string {
  const lines = parseFragment(html).childNodes.flatMap((node) => linesOf(node, paint));
  return lines.join('\n').trim();
}

function linesOf(node: Node, paint: Paint): string[] {
  if (!isElement(node) || hasClass(node, 'unseen')) return [];
  if (node.tagName === 'h1' || node.tagName === 'h4') return ['', paint(textOf(node), 'bold')];
  if (node.tagName === 'p') return [textOf(node, paint)];
  if (node.tagName === 'li') return [`  ${lineOf(node, paint)}`];
  if (hasClass(node, 'c-sb-section__title') || node.tagName === 'summary')
    return [`  ${textOf(node, paint)}`];
  if (node.tagName === 'div' && !node.childNodes.some(isBlock)) return [`  ${lineOf(node, paint)}`];
  return node.childNodes.flatMap((child) => linesOf(child, paint));
}

/** The label, then the value in its own column. */
function lineOf(item: Element, paint: Paint): string {
  const value = valueIn(item);
  if (value === undefined) return `  ${textOf(item, paint)}`;
  const all = textOf(item);
  const label = all.slice(0, all.length - textOf(value).length).trimEnd();
  return `${paint(label.padEnd(labelWidth - 1), 'muted')} ${textOf(value, paint)}`;
}

function valueIn(node: Element): Element | undefined {
  if (hasClass(node, 'c-sb-list-item__text')) return node;
  // FreeScout's layout has no classes: the value is the span behind a `<small>`.
  if (node.tagName === 'span' && hasLabel(node.parentNode)) return node;
  return node.childNodes.filter(isElement).map(valueIn).find(Boolean);
}

/** One line, styled by its classes. */
const textOf = (node: Node, paint = plain) => rawTextOf(node, paint).replace(/\s+/g, ' ').trim();

function rawTextOf(node: Node, paint: Paint): string {
  if (!isElement(node)) return 'value' in node ? withoutControls(node.value) : '';
  const inner = node.childNodes.map((child) => rawTextOf(child, paint)).join('');
  const text = hasClass(node, 'badge') || node.tagName === 'strong' ? `[${inner.trim()}]` : inner;
  const tone = tones.find((one) => hasClass(node, one));
  const painted = tone === undefined || text.trim() === '' ? text : paint(text.trim(), tone);
  const href = attribute(node, 'href');
  return href === '' ? painted : `${painted} ${paint(`<${withoutControls(href)}>`, 'muted')}`;
}

const tones = ['red', 'orange', 'green', 'blue', 'purple', 'muted'] as const;

const isElement = (node: Node): node is Element => 'tagName' in node;

const isBlock = (node: Node) =>
  isElement(node) && ['div', 'p', 'h4', 'ul', 'details'].includes(node.tagName);

const hasLabel = (node: Element['parentNode']) =>
  node?.childNodes.some(({ nodeName }) => nodeName === 'small') ?? false;

const attribute = ({ attrs }: Element, wanted: string) =>
  attrs.find(({ name }) => name === wanted)?.value ?? '';

const hasClass = (node: Element, name: string) =>
  attribute(node, 'class').split(/\s+/).includes(name);
