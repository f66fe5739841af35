import type { Report, Row } from './report.ts';
import { servers, titles } from './servers.ts';

const colours = { ours: '#1f7a4d', bare: '#6b7280', careful: '#b7791f', usual: '#b03a2e' } as const;
const width = 760;
const nameWidth = 170;
const bar = 18;

/** Answers a second by server and number of clients, as bars of an SVG. */
export function picture({ rows, machine }: Report): string {
  const loads = [...new Set(rows.map(({ load }) => load))].filter((load) =>
    load.includes('client'),
  );
  const most = Math.max(...rows.map(({ perSecond }) => perSecond.high));
  const scale = (width - nameWidth - 130) / most;
  const parts: string[] = [];
  let y = 46;
  for (const load of loads) {
    parts.push(`<text x="12" y="${y}" class="load">${load}</text>`);
    y += 10;
    for (const server of servers) {
      const row = rows.find((one) => one.load === load && one.server === server);
      if (row === undefined) continue;
      parts.push(bars(row, y, scale));
      y += bar + 5;
    }
    y += 26;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 6}" width="${width}" role="img" aria-label="Answers a second of each server">
<style>text{font:13px system-ui,sans-serif;fill:#222}.load{font-weight:600}.small{font-size:11px;fill:#666}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="22" class="load">Answers a second, each checked, among a million users</text>
${parts.join('\n')}
<text x="12" y="${y - 6}" class="small">${escaped(machine)}</text>
</svg>
`;
}

function bars({ server, perSecond, againstBare }: Row, y: number, scale: number): string {
  const { median, low, high } = perSecond;
  const x = (number: number) => Math.round(nameWidth + number * scale);
  const middle = y + bar / 2;
  const text = `${Math.round(median).toLocaleString('en')} · ${againstBare.median.toFixed(2)}`;
  return `<text x="24" y="${middle + 4}">${escaped(titles[server])}</text>
<rect x="${nameWidth}" y="${y}" width="${x(median) - nameWidth}" height="${bar}" fill="${colours[server]}"/>
<path d="M${x(low)} ${middle}H${x(high)}" stroke="#222"/>
<text x="${x(Math.max(high, median)) + 6}" y="${middle + 4}">${text}</text>`;
}

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
