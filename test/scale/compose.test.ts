import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { freePort } from '../../src/kit/demo/embedded-postgres.ts';
import { askOnce, type Outcome } from '../faults/tools/load.ts';
import { startProgram } from '../faults/tools/program.ts';
import { type RunningSidebar, startSidebar } from '../faults/tools/sidebar.ts';
import { findPrograms } from './tools/programs.ts';

// The HAProxy of compose.yaml, with replicas that a stand-in for Docker's DNS names.

const stops: (() => unknown)[] = [];
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** Answers every question for IPv4 with these addresses, as Docker does for a scaled service. */
async function startDns(addresses: readonly string[]): Promise<number> {
  const socket = createSocket('udp4', (query, { port, address }) => {
    const end = query.indexOf(0, 12) + 5;
    const found = query.readUInt16BE(end - 4) === 1 ? addresses : [];
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    for (const [at, value] of [0x8180, 1, found.length].entries())
      head.writeUInt16BE(value, 2 + 2 * at);
    const records = found.map((one) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...one.split('.').map(Number)]),
    );
    socket.send(Buffer.concat([head, query.subarray(12, end), ...records]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  stops.push(() => socket.close());
  return socket.address().port;
}

async function startHaproxy(env: Record<string, string>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  await copyFile(fileURLToPath(new URL('../../deploy/compose/haproxy.cfg', import.meta.url)), file);
  await chmod(folder, 0o755);
  await chmod(file, 0o644);
  const { haproxy } = findPrograms();
  const { stop } = await startProgram([haproxy, '-db', '-f', file], `rm -rf '${folder}'`, env);
  stops.push(stop);
}

test('spreads requests over the replicas that DNS names, and survives the death of one', async () => {
  const port = await freePort();
  const addresses: string[] = [];
  const replicas: RunningSidebar[] = [];
  const startReplica = async () => {
    const host = `127.0.0.${2 + replicas.length}`;
    const replica = await startSidebar('postgres://127.0.0.1:1/none', {
      HOST: host,
      PORT: String(port),
    });
    stops.push(replica.stop);
    replicas.push(replica);
    addresses.push(host);
  };
  const front = await freePort();
  const ask = () => askOnce(front, new Agent(), 0);
  const askMany = async () => {
    const outcomes: Outcome[] = [];
    for (let i = 0; i < 40; i++) outcomes.push(await ask());
    return new Set(outcomes.map(({ status, shown }) => `${status} ${shown}`));
  };
  const counts = () => replicas.map(({ printed }) => printed.text.split('"failed"').length - 1);

  await startReplica();
  await startReplica();
  await startHaproxy({
    DNS: `127.0.0.1:${await startDns(addresses)}`,
    SIDEBAR: `sidebar:${port}`,
    SIDEBAR_BIND: `127.0.0.1:${front}`,
  });
  // There is no database, which a replica says with a reference and HAProxy without.
  await expect
    .poll(async () => (await ask()) && Math.min(...counts()), { timeout: 10_000 })
    .toBeGreaterThan(0);
  expect(await askMany()).toEqual(new Set(['200 unreachable']));
  expect(Math.min(...counts())).toBeGreaterThan(5);

  replicas[0]?.child.kill('SIGKILL');
  expect(await askMany()).toEqual(new Set(['200 unreachable']));

  await startReplica();
  await expect
    .poll(async () => (await ask()) && counts()[2], { timeout: 10_000 })
    .toBeGreaterThan(0);
});
