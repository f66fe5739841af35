// npm run bench [-- --quick] [-- --write]; see bench/README.md.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { checkAlike, collectAnswers } from './answers.ts';
import { writeCapacity } from './capacity.ts';
import { askOnce } from './client.ts';
import { type BenchDatabases, openBenchDatabases } from './database.ts';
import { measureFar } from './far.ts';
import { readFlags } from './flags.ts';
import { closedLoop, fixedArrival, interleave, type Slice, type Target } from './load.ts';
import { choosePinning, describeMachine, type Pinning, pin } from './machine.ts';
import { inProject } from './paths.ts';
import { picture } from './picture.ts';
import { measureReplicas } from './replicas.ts';
import {
  type Line,
  type Report,
  type Row,
  ratio,
  shortTable,
  spread,
  table,
  wholeTable,
  writeBetweenMarks,
} from './report.ts';
import { type Running, type ServerName, servers, start } from './servers.ts';
import { ask, makeTraffic, type Request } from './traffic.ts';
import { measureVolume } from './volume.ts';

const usage = `Measures the speed on this machine, against a bare server: bench/README.md says how.

  npm run bench -- [--quick] [--write]

  --quick   a minute and a half instead of four
  --write   put the figures into bench/README.md, README.md, docs/capacity.md and the picture
  --help    print this`;

const options = readFlags(usage, ['quick', 'write']);

/** How much of everything: the full run takes about four minutes, the quick one less than two. */
const size = options.quick
  ? { requests: 1_000, rounds: 3, sliceMs: 400, warmMs: 1_500, starts: 2, lone: 2, pauseMs: 5_000 }
  : {
      requests: 4_000,
      rounds: 7,
      sliceMs: 600,
      warmMs: 6_000,
      starts: 3,
      lone: 4,
      pauseMs: 15_000,
    };

const clientCounts = [1, 10, 50];
/** A rate that even the slowest keeps up with, and a share of the bare server's at ten clients. */
const steadyRate = 200;
const busyShare = 0.5;
/** Of a server's own rate at ten clients: above it, its queue grows without end. */
const maxShare = 0.8;

const warmTurns = 6;

type Single = Report['single'][number];

async function main(): Promise<void> {
  const began = performance.now();
  const say = (text: string) => {
    const seconds = Math.round((performance.now() - began) / 1_000);
    console.log(`${String(seconds).padStart(4)} s  ${text}`);
  };
  const databases = await openBenchDatabases(say);
  const stops: (() => Promise<void>)[] = [databases.postgres.close];
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  process.once('SIGINT', () => stopAll().finally(() => process.exit(1)));
  try {
    const machine = await describe(databases);
    const pinning = await pinEverything(databases);
    say(pinning === null ? 'Nothing is pinned: see bench/README.md' : describePinning(pinning));
    const measured = await measure(databases, pinning, say, stops);
    finish({ machine, ...measured });
  } finally {
    await stopAll();
  }
}

/** Before anything is pinned, which would hide the other cores from Node. */
async function describe({ postgres }: BenchDatabases): Promise<string> {
  const { rows } = await postgres.admin.query('show server_version');
  return describeMachine(rows[0].server_version.split(' ')[0]);
}

async function pinEverything({ postgres }: BenchDatabases): Promise<Pinning | null> {
  const pinning = choosePinning();
  if (pinning === null) return null;
  const { rows } = await postgres.admin.query('show data_directory');
  const pidFile = readFileSync(`${rows[0].data_directory}/postmaster.pid`, 'utf8');
  pin(Number.parseInt(pidFile, 10), pinning.postgres);
  pin(process.pid, pinning.load);
  return pinning;
}

const describePinning = ({ server, load, postgres }: Pinning) =>
  `Pinned: servers to core ${server}, load to core ${load}, Postgres to ${postgres === load ? 'the same as the load' : `core ${postgres}`}.`;

async function measure(
  databases: BenchDatabases,
  pinning: Pinning | null,
  say: (text: string) => void,
  stops: (() => Promise<void>)[],
): Promise<Omit<Report, 'machine'>> {
  const begin = async (name: ServerName, url = databases.million) => {
    const server = await start(name, url, pinning?.server);
    stops.push(server.stop);
    return server;
  };
  const traffic = makeTraffic(size.requests, 1_000_000);

  say('Sparse traffic: starts, and lone requests after a pause …');
  const sparse = await measureSparse(begin, traffic, say);

  say('Checking that all servers give the same answers …');
  const targets = await startTargets(begin, traffic);

  say('Until V8 has compiled what it will …');
  await warmUp(targets);

  const rows: Row[] = [];
  for (const clients of clientCounts) {
    const load = clients === 1 ? '1 client' : `${clients} clients`;
    say(`${load}, ${size.rounds} interleaved rounds …`);
    const slices = await interleave(targets, size.rounds, (target) =>
      closedLoop(target, clients, size.sliceMs),
    );
    rows.push(...toRows(load, slices));
    sayRows(rows.slice(-servers.length), say);
  }
  const most = (name: ServerName) => find(rows, name, '10 clients').perSecond.median;
  const busyRate = Math.max(steadyRate, Math.round((most('bare') * busyShare) / 100) * 100);
  for (const rate of new Set([steadyRate, busyRate])) {
    const load = `${rate}/s, Poisson`;
    say(`${load} …`);
    // The figures of a server that cannot keep up would only show how long the measurement is.
    const keepingUp = targets.filter(({ server: { name } }) => rate <= most(name) * maxShare);
    const slices = await interleave(keepingUp, Math.min(3, size.rounds), (target) =>
      fixedArrival(target, rate, size.sliceMs * 2),
    );
    rows.push(...toRows(load, slices));
    sayRows(
      rows.filter((row) => row.load === load),
      say,
    );
  }
  const memory: Single = { what: 'memory after the load, MB', of: {} as Single['of'] };
  const rss = {} as Record<ServerName, number>;
  for (const { server } of targets) {
    rss[server.name] = (await server.usage()).rssMb;
    memory.of[server.name] = rss[server.name].toFixed(0);
  }

  say('The same with a thousand users, and with few employees and many …');
  const growth = await measureGrowth(begin, databases, traffic, targets[0] as Target);

  say('Bytes, log and database time of an answer, and new connections …');
  const volume = await measureVolume(targets[0] as Target, await begin('ours'), databases, size);

  for (const { server } of targets) await server.stop();
  const databaseUrl = databases.million;
  const near = targets[0] as Target;
  const far = await measureFar({ databaseUrl, near, pinning, size, say, stops });
  say('One replica behind HAProxy, and two …');
  const replicas = await measureReplicas({ databaseUrl, traffic, pinning, size, say, stops });

  return {
    pinned: pinning === null ? 'Nothing was pinned to a core.' : describePinning(pinning),
    when: new Date().toISOString().slice(0, 10),
    kind: options.quick ? 'A quick run: trust the full one.' : '',
    rows,
    single: [...sparse.single, memory],
    lines: toLines(rows, sparse, growth, rss, far, replicas),
    volume,
  };
}

/** In turns: a process that idled after its warm-up was up to 8 % slower than the last one warmed. */
async function warmUp(targets: Target[]): Promise<void> {
  for (let turn = 0; turn < warmTurns; turn++)
    for (const target of targets) await closedLoop(target, 10, size.warmMs / warmTurns);
}

type Begin = (name: ServerName, url?: string) => Promise<Running>;

/** Starts all, ours and the bare server first, and learns their right answers. */
async function startTargets(begin: Begin, traffic: Request[]): Promise<Target[]> {
  const targets: Target[] = [];
  for (const name of servers) {
    const server = await begin(name);
    targets.push({ server, traffic, right: await collectAnswers(server, traffic) });
  }
  const bare = targets.find(({ server }) => server.name === 'bare') as Target;
  for (const target of targets) {
    if (target === bare) continue;
    const how = target.server.name === 'ours' ? 'bytes' : 'text';
    await checkAlike(
      how,
      traffic,
      { server: bare.server, answers: bare.right },
      { server: target.server, answers: target.right },
    );
  }
  return targets;
}

function toRows(load: string, slices: Map<Target, Slice[]>): Row[] {
  const of = (name: ServerName) => [...slices].find(([{ server }]) => server.name === name)?.[1];
  const bare = of('bare') ?? [];
  return servers.flatMap((server) => {
    const all = of(server);
    if (all === undefined) return [];
    return {
      server,
      load,
      perSecond: spread(all.map(({ perSecond }) => perSecond)),
      againstBare: spread(all.map(({ perSecond }, i) => perSecond / (bare[i]?.perSecond ?? 0))),
      cpuMicroseconds: spread(all.map(({ cpuMicroseconds }) => cpuMicroseconds)),
      p50Ms: spread(all.map(({ p50Ms }) => p50Ms)),
      p99Ms: spread(all.map(({ p99Ms }) => p99Ms)),
      wrong: all.reduce((sum, { wrong }) => sum + wrong, 0),
      busy: all.reduce((sum, { busy }) => sum + busy, 0),
    };
  });
}

function sayRows(rows: Row[], say: (text: string) => void): void {
  for (const { server, perSecond, againstBare, cpuMicroseconds, p99Ms, wrong, busy } of rows)
    say(
      `  ${server.padEnd(8)} ${perSecond.median.toFixed(0).padStart(6)}/s  ${ratio(againstBare.median)}  ${cpuMicroseconds.median.toFixed(0).padStart(5)} µs  p99 ${p99Ms.median.toFixed(1)} ms${wrong > 0 ? `  ${wrong} WRONG` : ''}${busy > 0 ? `  ${busy} busy` : ''}`,
    );
}

function find(rows: Row[], server: ServerName, load: string): Row {
  const row = rows.find((one) => one.server === server && one.load === load);
  if (row === undefined) throw new Error(`${server} was not measured at ${load}`);
  return row;
}

type Sparse = {
  single: Single[];
  /** Medians, in milliseconds. */
  startMs: Record<ServerName, number>;
  firstMs: Record<ServerName, number>;
  loneMs: Record<ServerName, number>;
};

const askedBefore = 200;

/** What an agent feels: each request on a new connection, to a server that was idle. */
async function measureSparse(
  begin: Begin,
  traffic: Request[],
  say: (text: string) => void,
): Promise<Sparse> {
  const customers = traffic.filter(({ says }) => says.startsWith('Company'));
  let next = 0;
  const askNext = async ({ port }: Running) => {
    const request = customers[next++ % customers.length] as Request;
    const sent = performance.now();
    const { body } = await askOnce(port, request.bytes);
    if (!body.includes(request.says)) throw new Error(`a wrong answer: ${body}`);
    return performance.now() - sent;
  };
  const all = () => Object.fromEntries(servers.map((name) => [name, [] as number[]]));
  const [startMs, firstMs, loneMs] = [all(), all(), all()];
  const put = (to: Record<string, number[]>, name: ServerName, ms: number) => to[name]?.push(ms);

  let running: Running[] = [];
  for (let i = 0; i < size.starts; i++) {
    for (const { stop } of running) await stop();
    running = [];
    for (const name of servers) {
      const server = await begin(name);
      put(firstMs, name, await askNext(server));
      put(startMs, name, performance.now() - server.startedAt);
      running.push(server);
    }
  }
  // A request in the middle of the day is not among the first that a process answers.
  for (const server of running) for (let i = 0; i < askedBefore; i++) await askNext(server);
  for (let i = 0; i < size.lone; i++) {
    say(`  ${i + 1} of ${size.lone}: a pause of ${size.pauseMs / 1_000} s`);
    await wait(size.pauseMs);
    for (let k = 0; k < running.length; k++) {
      const server = running[(i + k) % running.length] as Running;
      put(loneMs, server.name, await askNext(server));
      await wait(100);
    }
  }
  for (const { stop } of running) await stop();

  const medians = (of: Record<string, number[]>) =>
    Object.fromEntries(
      Object.entries(of).map(([name, values]) => [name, spread(values).median]),
    ) as Record<ServerName, number>;
  const single = (what: string, of: Record<string, number[]>, digits: number): Single => ({
    what,
    of: Object.fromEntries(
      Object.entries(of).map(([name, values]) => {
        const { median, low, high } = spread(values);
        return [name, [median, low, high].map((ms) => ms.toFixed(digits)).join(' / ')];
      }),
    ) as Single['of'],
  });
  return {
    startMs: medians(startMs),
    firstMs: medians(firstMs),
    loneMs: medians(loneMs),
    single: [
      single(`start to first answer, ms (median / quartiles of ${size.starts})`, startMs, 0),
      single('first request after the start, ms', firstMs, 1),
      single(
        `lone request after ${size.pauseMs / 1_000} s, ms (median / quartiles of ${size.lone})`,
        loneMs,
        2,
      ),
    ],
  };
}

/** How much longer ours takes, as a ratio of medians of the times of single requests. */
type Growth = { users: number; employees: number };

async function measureGrowth(
  begin: Begin,
  { thousand }: BenchDatabases,
  traffic: Request[],
  ours: Target,
): Promise<Growth> {
  const target = async (server: Running, requests: Request[]): Promise<Target> => ({
    server,
    traffic: requests,
    right: await collectAnswers(server, requests),
  });
  const small = await target(await begin('ours', thousand), makeTraffic(traffic.length, 1_000));
  await closedLoop(small, 10, size.warmMs);
  const few = await target(ours.server, [ask('ten@customers.example.com', 'Ten Employees')]);
  const many = await target(ours.server, [
    ask('many@customers.example.com', 'A Hundred Thousand Employees'),
  ]);
  const all = await interleave([ours, small, few, many], size.rounds, (one) =>
    closedLoop(one, 1, size.sliceMs / 2),
  );
  const against = (one: Target, other: Target) => {
    const [ones, others] = [all.get(one) ?? [], all.get(other) ?? []];
    return spread(ones.map(({ p50Ms }, i) => p50Ms / (others[i]?.p50Ms ?? 0))).median;
  };
  return { users: against(ours, small), employees: against(many, few) };
}

function toLines(
  rows: Row[],
  { startMs, firstMs, loneMs }: Sparse,
  growth: Growth,
  rss: Record<ServerName, number>,
  far: Line,
  replicas: Line,
): Line[] {
  const throughput = clientCounts.map((clients, i): Line => {
    const load = clients === 1 ? '1 client' : `${clients} clients`;
    const reached = find(rows, 'ours', load).againstBare.median;
    const aim = [0.9, 0.9, 1][i] as number;
    return atLeast(`throughput against the bare server, ${load}`, aim, reached);
  });
  const ours = find(rows, 'ours', '10 clients');
  const times = (server: ServerName) =>
    ours.againstBare.median / find(rows, server, '10 clients').againstBare.median;
  const p99 = (load: string) =>
    find(rows, 'ours', load).p99Ms.median / find(rows, 'bare', load).p99Ms.median;
  const poisson = [...new Set(rows.map(({ load }) => load))].filter((load) => /Poisson/.test(load));
  const pause = `${size.pauseMs / 1_000} s`;
  return [
    ...throughput,
    atLeast('… against the usual Express build, 10 clients', 4, times('usual')),
    atLeast('… against the careful Express build, 10 clients', 2, times('careful')),
    ...['10 clients', ...poisson].map((load) => {
      const what = `p99 against the bare server, ${load}`;
      const kept = rows.some((row) => row.server === 'ours' && row.load === load);
      return kept
        ? atMost(what, 1.25, p99(load))
        : { what, aim: '≤ 1.25', measured: 'does not keep up', met: false };
    }),
    atMost(
      `a lone request after ${pause}, against the bare server`,
      1.3,
      loneMs.ours / loneMs.bare,
    ),
    atMost('the first request after the start, against later ones', 2, firstMs.ours / loneMs.ours),
    atMost('a million users against a thousand', 1.3, growth.users),
    atMost('100,000 employees against 10', 1.3, growth.employees),
    atMost('start to first answer, against the bare server', 1.6, startMs.ours / startMs.bare),
    atMost('memory after the load, against the bare server', 1.25, rss.ours / rss.bare),
    far,
    replicas,
    {
      what: 'wrong answers',
      aim: '0',
      measured: String(rows.reduce((sum, { wrong }) => sum + wrong, 0)),
      met: rows.every(({ wrong }) => wrong === 0),
    },
  ];
}

const atLeast = (what: string, aim: number, reached: number): Line => ({
  what,
  aim: `≥ ${ratio(aim)}`,
  measured: ratio(reached),
  met: reached >= aim,
});

const atMost = (what: string, aim: number, reached: number): Line => ({
  what,
  aim: `≤ ${ratio(aim)}`,
  measured: ratio(reached),
  met: reached <= aim,
});

function finish(report: Report): void {
  const volume = table(['', 'measured'], report.volume);
  console.log(`\n${wholeTable(report)}\n\n${volume}\n`);
  const folder = inProject('dist-bench/last');
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/report.json`, JSON.stringify(report, null, 2));
  writeFileSync(`${folder}/speed.svg`, picture(report));
  console.log(
    'The picture is dist-bench/last/speed.svg, the figures are in report.json beside it.',
  );
  if (!options.write) return;
  writeFileSync(inProject('docs/pictures/speed.svg'), picture(report));
  const [here, top] = [inProject('bench/README.md'), inProject('README.md')];
  const image = (path: string) =>
    `<img src="${path}" width="760" alt="Answers a second of each server, as in the table">`;
  writeBetweenMarks(
    here,
    'figures',
    `${wholeTable(report)}\n\n${image('../docs/pictures/speed.svg')}`,
  );
  writeBetweenMarks(here, 'volume', `${volume}\n\nMeasured on ${report.when}.`);
  writeBetweenMarks(top, 'figures', `${shortTable(report)}\n\n${image('docs/pictures/speed.svg')}`);
  writeCapacity();
  console.log(
    'Written into bench/README.md, README.md, docs/capacity.md and docs/pictures/speed.svg.',
  );
}

await main();
