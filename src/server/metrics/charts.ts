/** The colour of a bar or a line, in page/status.css. */
export type Tone = 'blue' | 'grey' | 'orange' | 'red' | 'purple' | 'green';

/** A chart over the minutes; null is a minute without data. */
export type Drawing = {
  kind: 'bars' | 'lines';
  /** The first is at the bottom of a bar. */
  series: readonly { name: string; tone: Tone; values: readonly (number | null)[] }[];
  /** Formats a value for the axis and the tooltip. */
  format: (value: number) => string;
  /** The axis reaches at least this value. */
  atLeast: number;
  /** The label of each minute. */
  names: readonly string[];
};

const width = 480;
const height = 132;
const plot = { left: 46, right: 476, top: 8, bottom: 112 };

/** Draws an SVG, with a sentence for screen readers. It contains only numbers and our own words. */
export function draw(drawing: Drawing, sentence: string): string {
  const { kind, series, format, names } = drawing;
  const top = roundUp(Math.max(drawing.atLeast, ...highest(drawing)));
  const y = (value: number) => round(plot.bottom - (value / top) * (plot.bottom - plot.top));
  const slot = (plot.right - plot.left) / names.length;
  const x = (i: number) => round(plot.left + i * slot);

  const grid = [0, top / 2, top].map(
    (value) =>
      `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text x="${plot.left - 6}" y="${y(value) + 3.5}" text-anchor="end">${escaped(format(value))}</text>`,
  );
  const shapes = kind === 'bars' ? bars() : series.flatMap(line);
  const pointed = names.map((name, i) => {
    const said = series
      .filter(({ values }) => (values[i] ?? null) !== null)
      .map(({ name, values }) => `${name} ${format(values[i] as number)}`);
    const text = `${name}: ${said.join(', ') || 'no data'}`;
    return `<rect class="pointed" x="${x(i)}" y="${plot.top}" width="${round(slot)}" height="${plot.bottom - plot.top}"><title>${escaped(text)}</title></rect>`;
  });

  function bars(): string[] {
    return names.flatMap((_, i) => {
      let below = 0;
      return series.map(({ tone, values }) => {
        const value = values[i] ?? 0;
        const [from, to] = [y(below), y(below + value)];
        below += value;
        if (value === 0) return '';
        const tall = round(Math.max(from - to, 1));
        return `<rect class="${tone}" x="${x(i + 0.12)}" y="${round(from - tall)}" width="${round(slot * 0.76)}" height="${tall}"/>`;
      });
    });
  }

  /** Minutes without a value leave a gap; a single minute between two gaps is a dot. */
  function line({ tone, values }: Drawing['series'][number]): string[] {
    const runs: string[][] = [[]];
    for (const [i, value] of values.entries())
      if (value === null) runs.push([]);
      else runs.at(-1)?.push(`${x(i + 0.5)},${y(value)}`);
    return runs.map((points) => {
      const [first = ''] = points;
      const [cx, cy] = first.split(',');
      if (points.length === 1) return `<circle class="${tone}" cx="${cx}" cy="${cy}" r="1.75"/>`;
      return points.length === 0
        ? ''
        : `<polyline class="line ${tone}" points="${points.join(' ')}"/>`;
    });
  }

  const ends = [
    [plot.left, 'start', `${names.length} min ago`],
    [(plot.left + plot.right) / 2, 'middle', `${Math.round(names.length / 2)}`],
    [plot.right, 'end', 'now'],
  ].map(([x, anchor, text]) => `<text x="${x}" y="128" text-anchor="${anchor}">${text}</text>`);

  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(sentence)}">${[...grid, ...shapes, ...ends, ...pointed].join('')}</svg>`;
}

/** Bars are stacked, so their sum counts. */
function highest({ kind, series, names }: Drawing): number[] {
  return names.map((_, i) => {
    const values = series.map(({ values }) => values[i] ?? 0);
    return kind === 'bars' ? values.reduce((a, b) => a + b, 0) : Math.max(0, ...values);
  });
}

/** To a number that is easy to read, as is its half. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 3, 4, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

const round = (number: number) => Math.round(number * 100) / 100;

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replace(/[&<>"]/g, (one) => escapes[one] as string);
