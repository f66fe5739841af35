import { readFileSync, writeFileSync } from 'node:fs';
import type { Slice } from './load.ts';
import { type ServerName, servers, titles } from './servers.ts';

/** One of the lines that are to be reached, and what was measured. */
export type Line = {
  what: string;
  /** "≥ 0.90", or why it was not measured. */
  aim: string;
  measured: string;
  /** Null where nothing was measured. */
  met: boolean | null;
};

/** Of one server at one kind of load: medians over the rounds, and how far the rounds lay apart. */
export type Row = {
  server: ServerName;
  load: string;
  perSecond: Spread;
  /** Of the bare server's in the same round. */
  againstBare: Spread;
  cpuMicroseconds: Spread;
  p50Ms: Spread;
  p99Ms: Spread;
  wrong: number;
  busy: number;
};

export type Spread = { median: number; low: number; high: number };

export type Report = {
  machine: string;
  pinned: string;
  when: string;
  kind: string;
  lines: Line[];
  rows: Row[];
  single: { what: string; of: Record<ServerName, string> }[];
  /** What docs/capacity.md is computed from, besides: label and figure. */
  volume: string[][];
};

/** The middle of the values and of their halves. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = (sorted.length - 1) * share;
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    if (below === undefined || above === undefined) return Number.NaN;
    return below + (above - below) * (place - Math.floor(place));
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

export const ratio = (number: number) => number.toFixed(2);
export const count = (number: number) => Math.round(number).toLocaleString('en');
/** So many times the answers a second; wrong and busy answers of either are named. */
export function ratioLine(
  what: string,
  aim: number,
  slices: readonly Slice[],
  against: readonly Slice[],
): Line {
  const { median, low, high } = spread(
    slices.map(({ perSecond }, i) => perSecond / (against[i]?.perSecond ?? 0)),
  );
  const sum = (key: 'wrong' | 'busy') =>
    [...slices, ...against].reduce((total, slice) => total + slice[key], 0);
  const faults = (['wrong', 'busy'] as const)
    .filter((key) => sum(key) > 0)
    .map((key) => `, ${sum(key)} ${key}`);
  return {
    what,
    aim: `≥ ${ratio(aim)}`,
    measured: `${ratio(median)} (${ratio(low)}–${ratio(high)})${faults.join('')}`,
    met: faults.length === 0 && median >= aim,
  };
}

const ms = (number: number) => number.toFixed(number < 10 ? 2 : 1);

export const table = (head: string[], rows: string[][]) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** What was to be reached, for README.md. */
export function shortTable({ lines, machine, when }: Report): string {
  const rows = lines.map(({ what, aim, measured, met }) => [
    what,
    aim,
    measured,
    met === null ? '' : met ? 'met' : '**unmet**',
  ]);
  return `${table(['', 'aim', 'measured', ''], rows)}\n\nMeasured on ${when}: ${machine}.`;
}

/** Everything, for bench/README.md. */
export function wholeTable(report: Report): string {
  const of = ({ median, low, high }: Spread, format: (number: number) => string) =>
    `${format(median)} (${format(low)}–${format(high)})`;
  const rows = report.rows.map((row) => [
    row.load,
    titles[row.server],
    of(row.perSecond, count),
    row.server === 'bare' ? '1.00' : of(row.againstBare, ratio),
    of(row.cpuMicroseconds, count),
    of(row.p50Ms, ms),
    of(row.p99Ms, ms),
    String(row.wrong),
    String(row.busy),
  ]);
  const head = [
    'load',
    'server',
    'answers/s',
    'against bare',
    'CPU µs',
    'p50 ms',
    'p99 ms',
    'wrong',
    'busy',
  ];
  return `${shortTable(report)} ${report.pinned} ${report.kind}

${table(head, rows)}

The median of the rounds, and in brackets its quartiles.

${table(
  ['', ...servers.map((name) => titles[name])],
  report.single.map(({ what, of }) => [what, ...servers.map((name) => of[name])]),
)}`;
}

/** Puts a text in place of what stands between the two marks of that name. */
export function writeBetweenMarks(file: string, name: string, text: string): void {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const before = readFileSync(file, 'utf8');
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${file} has no marks ${begin} … ${end}`);
  const after = `${before.slice(0, from + begin.length)}\n${text}\n${before.slice(to)}`;
  writeFileSync(file, after);
}
