import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { requestBody } from '../../src/kit/request.ts';
import { houseForAll } from './tools/house.ts';
import { startLoad, summary } from './tools/load.ts';
import { head, lengthOf, signatureOf } from './tools/raw.ts';
import { measured, times } from './tools/scale.ts';

const house = houseForAll();

const body = requestBody(['fredsmith@mailinator.com']);
const whole = head(signatureOf(body), lengthOf(body)) + body;
const begun = head(signatureOf(body), lengthOf(body));

const most = 1_000;
/** Until it gives up on a body, and looks: 8 s and 1 s; of 1,000 at once some connect seconds late. */
const goneWithinMs = 15_000;

/** Says a byte at a time, or listens to nobody. */
const slow: ((socket: Socket, tick: number) => void)[] = [
  (socket, tick) => socket.write(whole[tick] ?? ''),
  (socket, tick) => socket.write(tick === 0 ? begun : (body[tick - 1] ?? '')),
  (socket, tick) => {
    if (tick === 0) socket.pause().write(whole.repeat(5));
  },
];

/** Who reads slowly is an idle connection once all is answered; the others must go. */
const areGone = (sockets: readonly Socket[]) =>
  sockets.every((socket, i) => socket.closed || i % slow.length === 2);

test(`with ${most} slow clients at once, no good request is refused`, async (context) => {
  const rounds = times(1, 3);
  const said: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const sockets = Array.from({ length: most }, () => {
      const socket = connect(house.sidebar.port, '127.0.0.1');
      return socket.on('error', () => {}).resume();
    });
    const load = startLoad(house.sidebar.port, 20);
    try {
      const until = performance.now() + goneWithinMs;
      for (let tick = 0; performance.now() < until && !areGone(sockets); tick++) {
        for (const [number, socket] of sockets.entries())
          if (socket.writable) slow[number % slow.length]?.(socket, tick);
        await wait(500);
      }
      expect(areGone(sockets)).toBe(true);
    } finally {
      await load.stop();
      for (const socket of sockets) socket.destroy();
    }
    said.push(summary(load.outcomes));
    measured(context, said.join(' · '));
    const bad = load.outcomes.filter(({ status, shown }) => status !== 200 || shown !== 'fresh');
    expect(bad).toEqual([]);
  }
  expect(house.sidebar.isAlive()).toBe(true);
});
