/** The colour of a bar or a line, in page/status.css. */
export type Tone = 'blue' | 'grey' | 'orange' | 'red' | 'purple';

/** A value for each minute; null is a minute without data. */
export type Series = { name: string; tone: Tone; values: readonly (number | null)[] };

export type Chart = {
  title: string;
  /** The first series is at the bottom of a bar. */
  kind: 'bars' | 'lines';
  series: readonly Series[];
  format: (value: number) => string;
};

const plot = { left: 46, right: 476, top: 8, bottom: 112 };

/** Draws an SVG, with a sentence for screen readers. It contains only numbers and our own words. */
export function draw(chart: Chart, minutes: readonly string[]) {
  const { title, kind, series, format } = chart;
  const highest = minutes.map((_, i) => {
    const values = series.map(({ values }) => values[i] ?? 0);
    return kind === 'bars' ? values.reduce((a, b) => a + b, 0) : Math.max(...values);
  });
  // Even without requests there is an axis.
  const top = roundUp(Math.max(4, ...highest));
  const y = (value: number) => round(plot.bottom - (value / top) * (plot.bottom - plot.top));
  const slot = (plot.right - plot.left) / minutes.length;
  const x = (i: number) => round(plot.left + i * slot);

  const grid = [0, top / 2, top].map(
    (value) =>
      `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text x="${plot.left - 6}" y="${y(value) + 3.5}" text-anchor="end">${format(value)}</text>`,
  );
  const shapes = kind === 'bars' ? minutes.flatMap((_, i) => bar(i)) : series.map(line);

  function bar(i: number): string[] {
    let below = 0;
    return series.map(({ tone, values }) => {
      const value = values[i] ?? 0;
      const from = y(below);
      below += value;
      if (value === 0) return '';
      const tall = round(Math.max(from - y(below), 1));
      return `<rect class="${tone}" x="${x(i + 0.12)}" y="${round(from - tall)}" width="${round(slot * 0.76)}" height="${tall}"/>`;
    });
  }

  /** Minutes without a value leave a gap; `h0` shows a single minute between two gaps as a dot. */
  function line({ tone, values }: Series): string {
    const points = values.map((value, i) => {
      if (value === null) return '';
      return `${(values[i - 1] ?? null) === null ? 'M' : 'L'}${x(i + 0.5)},${y(value)}h0`;
    });
    return `<path class="line ${tone}" d="${points.join('')}"/>`;
  }

  const ends = [
    [plot.left, 'start', `${minutes.length} min ago`],
    [plot.right, 'end', 'now'],
  ].map(([x, anchor, text]) => `<text x="${x}" y="128" text-anchor="${anchor}">${text}</text>`);

  const sentence = inWords(chart, minutes);
  const svg = `<svg viewBox="0 0 480 132" role="img" aria-label="${title}: ${sentence}">${[...grid, ...shapes, ...ends].join('')}</svg>`;
  return { title, series, sentence, svg };
}

/** The latest value and the peak of each series. A minute that is not over is no latest value. */
function inWords({ series, format }: Chart, minutes: readonly string[]): string {
  const said = series.flatMap(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    const peak = Math.max(...known);
    if (known.length === 0 || peak === 0) return [];
    const now = known.at(-2) ?? known.at(-1) ?? 0;
    return `${name} ${format(now)} now, peak ${format(peak)} at ${minutes[values.indexOf(peak)]}`;
  });
  return said.length === 0 ? 'nothing in this hour.' : `${said.join('; ')}.`;
}

/** To a number that is easy to read, as is its half. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 3, 4, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

const round = (number: number) => Math.round(number * 100) / 100;
