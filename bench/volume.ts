import { type Answer, openConnection } from './client.ts';
import type { BenchDatabases } from './database.ts';
import { closedLoop, interleave, type Target } from './load.ts';
import { count, ratio, spread } from './report.ts';
import type { Running } from './servers.ts';
import type { Request } from './traffic.ts';

/** Bytes, log, database time and connections of one answer: docs/capacity.md is computed from them. */
export async function measureVolume(
  target: Target,
  another: Running,
  databases: BenchDatabases,
  size: { rounds: number; sliceMs: number },
): Promise<string[][]> {
  const signed = target.traffic.filter(({ status }) => status === 200);
  const volume = await measureOneByOne(another, signed, databases);
  const slices = await interleave([true, false], size.rounds, (keepAlive) =>
    closedLoop(target, 10, size.sliceMs, keepAlive),
  );
  const [kept = [], fresh = []] = [slices.get(true), slices.get(false)];
  const ratios = fresh.map(({ perSecond }, i) => perSecond / (kept[i]?.perSecond ?? 0));
  return [
    ['a request of Help Scout, bytes', count(volume.requestBytes)],
    ['its answer, bytes', count(volume.answerBytes)],
    ['its line in the log, bytes', count(volume.logBytes)],
    ['its lookup among a million users, ms of Postgres', ratio(volume.databaseMs)],
    ['answers/s on new connections, against kept ones', ratio(spread(ratios).median)],
  ];
}

/** Means over sequential requests, so that no request waits for another. */
async function measureOneByOne(server: Running, traffic: Request[], databases: BenchDatabases) {
  const databaseMs = await activeMs(databases);
  const logged = server.loggedBytes();
  const connection = openConnection(server.port);
  let [requestBytes, answerBytes] = [0, 0];
  for (const { bytes, says } of traffic) {
    const answer = await new Promise<Answer>((resolve, reject) => {
      connection.ask(bytes, (got) => (got instanceof Error ? reject(got) : resolve(got)));
    });
    if (!answer.body.includes(says)) throw new Error(`a wrong answer: ${answer.body}`);
    requestBytes += bytes.length;
    answerBytes += answer.bytes;
  }
  connection.close();
  // Postgres counts the last statements of a session when the session ends.
  await server.stop();
  return {
    requestBytes: requestBytes / traffic.length,
    answerBytes: answerBytes / traffic.length,
    logBytes: (server.loggedBytes() - logged) / traffic.length,
    databaseMs: ((await activeMs(databases)) - databaseMs) / traffic.length,
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
