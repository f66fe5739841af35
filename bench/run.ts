import { readFileSync } from 'node:fs';
import { checkAlike, collectAnswers } from './answers.ts';
import { openBenchDatabases } from './database.ts';
import { closedLoop } from './load.ts';
import { choosePinning, pin } from './machine.ts';
import { servers, start } from './servers.ts';
import { makeTraffic } from './traffic.ts';

const db = await openBenchDatabases(console.log);
const pinning = choosePinning();
if (pinning) {
  pin(process.pid, pinning.load);
  const { rows } = await db.postgres.admin.query('show data_directory');
  pin(
    Number.parseInt(readFileSync(rows[0].data_directory + '/postmaster.pid', 'utf8')),
    pinning.postgres,
  );
}
const traffic = makeTraffic(4000, 1_000_000);
const running = [];
for (const name of servers) running.push(await start(name, db.million, pinning?.server));
const targets = [];
for (const server of running) {
  const t = performance.now();
  targets.push({ server, traffic, right: await collectAnswers(server, traffic) });
  console.log(server.name, 'checked', performance.now() - t);
}
for (const t of targets)
  if (t !== targets[1])
    await checkAlike(
      t.server.name === 'ours' ? 'bytes' : 'text',
      traffic,
      { server: targets[1]!.server, answers: targets[1]!.right },
      { server: t.server, answers: t.right },
    );
for (const clients of [1, 10, 50])
  for (let r = 0; r < 3; r++)
    for (const t of targets)
      console.log(clients, t.server.name, JSON.stringify(await closedLoop(t, clients, 1000)));
for (const s of running) await s.stop();
await db.postgres.close();
