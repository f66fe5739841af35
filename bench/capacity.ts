// npm run capacity: computes docs/capacity.md from the figures in bench/README.md. bench/run.ts uses it too.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { readFlags } from './flags.ts';
import { inProject } from './paths.ts';
import { count, ratio, table, writeBetweenMarks } from './report.ts';

const usage = `Computes docs/capacity.md from the figures in bench/README.md, and writes it. It measures nothing.

  npm run capacity

  --help   print this`;

/** Not measured: docs/capacity.md asks its readers to put in their own. */
const assumed = { perAgentHour: 30, peak: 3, hoursADay: 8, share: 0.5, connections: 4 } as const;

const teams = [10, 100, 1_000, 10_000, 100_000];

type Figures = {
  perSecond: number;
  memoryMb: number;
  machine: string;
  requestBytes: number;
  answerBytes: number;
  logBytes: number;
  databaseMs: number;
  /** Of the answers/s, with a connection for each request. */
  unkept: number;
};

/** Read from bench/README.md, so that there is one place to measure for. */
export function readFigures(text: string): Figures {
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  const cell = (column: number, ...starts: string[]) => {
    const row = rows.find((line) => line.startsWith(`| ${starts.join(' | ')} |`));
    const value = row?.split(' | ')[column]?.replaceAll(',', '') ?? '';
    const number = Number.parseFloat(value.replace(/^\| /, ''));
    if (Number.isNaN(number)) throw new Error(`bench/README.md has no "${starts.join(' | ')}"`);
    return number;
  };
  return {
    perSecond: cell(2, '10 clients', 'helpscout-sidebar'),
    memoryMb: cell(1, 'memory after the load, MB'),
    machine: /^Measured on .*Postgres [\d.]*\d/m.exec(text)?.[0] ?? '',
    requestBytes: cell(1, 'a request of Help Scout, bytes'),
    answerBytes: cell(1, 'its answer, bytes'),
    logBytes: cell(1, 'its line in the log, bytes'),
    databaseMs: cell(1, 'its lookup among a million users, ms of Postgres'),
    unkept: cell(1, 'answers/s on new connections, against kept ones'),
  };
}

/** What follows from them, as docs/capacity.md has it between its marks. */
export function capacity(benchReadme: string): string {
  const figures = readFigures(benchReadme);
  const { perSecond, unkept, memoryMb, databaseMs, logBytes, requestBytes, answerBytes } = figures;
  const { perAgentHour, peak, hoursADay, share, connections } = assumed;
  const carried = perSecond * unkept * share;
  const agents = (carried * 3_600) / (perAgentHour * peak);

  const input = table(
    ['measured', ''],
    [
      ['answers a second, 10 clients, one core', count(perSecond)],
      ['… on a new connection each, as behind HAProxy', `× ${unkept}`],
      ['memory of a replica after the load', `${memoryMb} MB`],
      ['a request', `${requestBytes} bytes`],
      ['its answer', `${count(answerBytes)} bytes`],
      ['its line in the log', `${logBytes} bytes`],
      ['its lookup among a million users', `${databaseMs} ms`],
    ],
  );
  const rows = teams.map((team) => {
    const anHour = team * perAgentHour;
    const atPeak = (anHour / 3_600) * peak;
    // One more than needed, since any one of them may be gone.
    const replicas = Math.ceil(atPeak / carried) + 1;
    return {
      traffic: [
        count(team),
        count(anHour),
        few(anHour / 3_600),
        few(atPeak),
        percent(atPeak / (perSecond * unkept)),
      ],
      needs: [
        count(team),
        String(replicas),
        String(replicas * connections),
        percent((atPeak * databaseMs) / 1_000),
        `${replicas * memoryMb} MB`,
        bytes(anHour * hoursADay * logBytes),
        `${bytes(atPeak * (requestBytes + answerBytes))}/s`,
      ],
    };
  });
  return `${input}

${figures.machine}.

A replica carries ${count(perSecond)} × ${unkept} × ${share} = **${count(carried)} a second** at half
of what its core can do, which is ${count(carried)} × 3,600 ÷ (${perAgentHour} × ${peak}) =
**${count(agents)} agents**.

${table(
  ['agents', 'conversations an hour', 'a second', 'at the peak', 'of one core, then'],
  rows.map(({ traffic }) => traffic),
)}

${table(
  [
    'agents',
    'replicas',
    'database connections',
    'of one core of Postgres, at the peak',
    'memory of all',
    'log a day',
    'traffic at the peak',
  ],
  rows.map(({ needs }) => needs),
)}`;
}

const few = (number: number) => (number < 10 ? ratio(number) : count(number));
const percent = (share: number) =>
  share < 0.1 ? `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} %` : `${count(share * 100)} %`;

function bytes(number: number): string {
  const [unit, size] = number >= 1e9 ? ['GB', 1e9] : number >= 1e6 ? ['MB', 1e6] : ['kB', 1e3];
  return `${Number((number / Number(size)).toPrecision(2))} ${unit}`;
}

export function writeCapacity(): void {
  const figures = readFileSync(inProject('bench/README.md'), 'utf8');
  writeBetweenMarks(inProject('docs/capacity.md'), 'capacity', capacity(figures));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  readFlags(usage, []);
  writeCapacity();
}
