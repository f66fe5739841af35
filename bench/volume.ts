// npm run bench:volume [-- --write]: how much an answer is, on the wire, in the log and to the
// database, and what a connection for each request costs. docs/capacity.md reckons with it.

import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { askOnce, type Connection, openConnection } from './client.ts';
import { type BenchDatabases, openBenchDatabases } from './database.ts';
import { readFlags } from './flags.ts';
import { choosePinning, pin } from './machine.ts';
import { inProject } from './paths.ts';
import { count, ratio, spread, table, writeBetweenMarks } from './report.ts';
import { type Running, start } from './servers.ts';
import { makeTraffic, type Request } from './traffic.ts';
import { writeCapacity } from './write-capacity.ts';

const usage = `Measures how much an answer is, on the wire, in the log and to the database.

  npm run bench:volume -- [--write]

  --write   put the figures into bench/README.md and docs/capacity.md
  --help    print this`;

const options = readFlags(usage, ['write']);

const requests = 2_000;
const clients = 10;
const rounds = 7;
const sliceMs = 600;

async function main(): Promise<void> {
  const databases = await openBenchDatabases(console.log);
  try {
    const pinning = choosePinning();
    if (pinning !== null) pin(process.pid, pinning.load);
    const traffic = makeTraffic(requests, 1_000_000).filter(({ status }) => status === 200);
    const begin = () => start('ours', databases.million, pinning?.server);
    const volume = await measureVolume(await begin(), traffic, databases);
    const keepAlive = await measureConnections(await begin(), traffic);
    const text = table(
      ['', 'measured'],
      [
        ['a request of Help Scout, bytes', count(volume.requestBytes)],
        ['its answer, bytes', count(volume.answerBytes)],
        ['its line in the log, bytes', count(volume.logBytes)],
        ['its lookup among a million users, ms of Postgres', ratio(volume.databaseMs)],
        ['answers/s on new connections, against kept ones', ratio(keepAlive)],
      ],
    );
    console.log(`\n${text}\n`);
    if (!options.write) return;
    const when = new Date().toISOString().slice(0, 10);
    writeBetweenMarks(inProject('bench/README.md'), 'volume', `${text}\n\nMeasured on ${when}.`);
    writeCapacity();
    console.log('Written into bench/README.md and docs/capacity.md.');
  } finally {
    await databases.postgres.close();
  }
}

type Volume = { requestBytes: number; answerBytes: number; logBytes: number; databaseMs: number };

/** The means of all answers, asked one after the other, so that nobody waits for anybody. */
async function measureVolume(
  server: Running,
  traffic: Request[],
  databases: BenchDatabases,
): Promise<Volume> {
  const before = await activeMs(databases);
  const logged = server.loggedBytes();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<Socket>();
  for (const one of traffic) sockets.add(await ask(server.port, one, agent));
  const sum = (of: (socket: Socket) => number) =>
    [...sockets].reduce((total, socket) => total + of(socket), 0);
  const [sent, received] = [sum((one) => one.bytesWritten), sum((one) => one.bytesRead)];
  agent.destroy();
  // Its sessions tell Postgres's statistics the last of what they did when they end.
  await server.stop();
  const { length } = traffic;
  return {
    requestBytes: sent / length,
    answerBytes: received / length,
    logBytes: (server.loggedBytes() - logged) / length,
    databaseMs: ((await activeMs(databases)) - before) / length,
  };
}

/** How long Postgres has worked on statements in the large database. */
async function activeMs({ postgres, million }: BenchDatabases): Promise<number> {
  const name = new URL(million).pathname.slice(1);
  // A session that just ended may not be counted yet.
  await postgres.admin.query('select pg_sleep(1.5)');
  const { rows } = await postgres.admin.query(
    'select active_time from pg_stat_database where datname = $1',
    [name],
  );
  return Number(rows[0].active_time);
}

/** With the same headers and body; gives the connection that it went over. */
function ask(port: number, { bytes, says }: Request, agent: Agent): Promise<Socket> {
  const [head = '', body = ''] = bytes.toString().split('\r\n\r\n');
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(': ') as [string, string]),
  );
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, path: '/helpscout', method: 'POST', headers, agent },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        answer.on('end', () =>
          text.includes(says) ? resolve(asked.socket as Socket) : reject(new Error(text)),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Slices of the one kind and of the other, in turn: the median of their ratios. */
async function measureConnections(server: Running, traffic: Request[]): Promise<number> {
  const { port } = server;
  try {
    const kept = () => keptConnections(port);
    const fresh = () => (bytes: Buffer) => askOnce(port, bytes);
    await answersIn(sliceMs * 3, traffic, kept);
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const keptCount = await answersIn(sliceMs, traffic, kept);
      ratios.push((await answersIn(sliceMs, traffic, fresh)) / keptCount);
    }
    return spread(ratios).median;
  } finally {
    await server.stop();
  }
}

type Ask = (bytes: Buffer) => Promise<unknown>;

async function answersIn(ms: number, traffic: Request[], open: () => Ask): Promise<number> {
  const end = performance.now() + ms;
  let answers = 0;
  const client = async (first: number) => {
    const askNext = open();
    for (let next = first; performance.now() < end; next += clients) {
      await askNext((traffic[next % traffic.length] as Request).bytes);
      answers++;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
  return answers;
}

/** Closed by the server's end. */
function keptConnections(port: number): Ask {
  const connection: Connection = openConnection(port);
  return (bytes) =>
    new Promise((resolve, reject) => {
      connection.ask(bytes, (answer) =>
        answer instanceof Error ? reject(answer) : resolve(answer),
      );
    });
}

await main();
