import { Agent, get } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { addressFor } from '../examples.ts';
import { askFor, startLoad, summary } from '../faults/tools/load.ts';
import { measured } from '../faults/tools/scale.ts';
import type { RunningSidebar } from '../faults/tools/sidebar.ts';
import { type Fault, live, perSecond } from './tools/live.ts';
import type { Postgres } from './tools/postgres.ts';
import { nameOf, type Stack, startStack, type Which } from './tools/stack.ts';

// Real programs, which break under agents who keep asking. One after the other: each finds all of
// them at work, and leaves them so but for the last.

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
beforeEach(({ onTestFailed }) => {
  const { sidebars } = stack;
  const before = new Map(sidebars.map(({ printed }) => [printed, printed.text.length]));
  onTestFailed(() => {
    for (const printed of new Set([...before.keys(), ...sidebars.map((one) => one.printed)]))
      console.log(complaints(printed.text.slice(before.get(printed) ?? 0)));
  });
});
afterAll(() => stack?.stop());

/** Of a sidebar's log, the warnings and errors. */
const complaints = (log: string) =>
  log
    .split('\n')
    .filter((line) => /"level":[45]0/.test(line))
    .join('\n');

const both = [0, 1] as const;

/**
 * Every request reaches a sidebar, and that its database. A few may be late there: everything here
 * shares two cores, on which a server starts meanwhile.
 */
const unnoticed = {
  shows: {
    known: ['fresh', 'stale', 'unreachable', 'busy'],
    strangers: ['fresh', 'unreachable', 'busy'],
  },
  leastFresh: 0.98,
  latestMs: 2_500,
} satisfies Partial<Fault>;

/** The sidebars answer from memory. Two seconds are all that they give themselves. */
const bridged = {
  shows: { known: ['fresh', 'stale'], strangers: ['fresh', 'unreachable', 'busy'] },
  latestMs: 2_500,
  freshWithinMs: 1_500,
} satisfies Partial<Fault>;

const answersOf = ({ printed }: RunningSidebar) => printed.text.split('"answered"').length - 1;

test('both sidebars answer, and from the replica what was just written to the primary', async (context) => {
  const { haproxy, pair, sidebars } = stack;
  const load = startLoad(haproxy.port, perSecond);
  await wait(1_500);
  await load.stop();
  const counts = sidebars.map(answersOf);
  const shownMs = await untilShown(pair.primary);
  const each = counts.join(' and ');
  measured(context, `${summary(load.outcomes)}; ${each} answers; shown after ${shownMs} ms`);
  expect(load.outcomes.filter(({ status }) => status !== 200)).toEqual([]);
  const others = load.outcomes.filter(({ shown }) => shown !== 'fresh');
  expect(others.length).toBeLessThanOrEqual(load.outcomes.length * (1 - unnoticed.leastFresh));
  expect(Math.min(...counts)).toBeGreaterThan(perSecond / 4);
  expect(await stack.answering()).toBe(pair.replica);
  // HAProxy looks at each of them twice a second, which must not fill their logs.
  for (const { printed } of [pair.primary, pair.replica])
    expect(printed()).not.toMatch(/FATAL(?!.* starting up)|unexpected/);
});

/** Nobody of the load. */
const changing = 'bare@example.com';

/** Writes something to it and waits until an agent sees that; gives how long this took. */
async function untilShown(where: Postgres): Promise<number> {
  const name = `Robin the ${Math.round(performance.now())}th`;
  await stack.rename(where, changing, name);
  const started = performance.now();
  const agent = new Agent();
  for (;;) {
    const { shown } = await askFor(stack.haproxy.port, agent, { email: changing, mark: name });
    const ms = Math.round(performance.now() - started);
    if (shown === 'fresh') return ms;
    if (ms > 3_000) throw new Error(`${name} is not shown, but ${shown}`);
    await wait(20);
  }
}

/** PgBouncer may just have been refused, and try again in a moment. */
const untilAnswering = (wanted: Postgres) =>
  expect
    .poll(() => stack.answering().catch(() => null), { timeout: bridged.freshWithinMs })
    .toBe(wanted);

test('a sidebar is killed, and started again', async (context) => {
  const { haproxy, sidebars } = stack;
  await live(context, haproxy.port, {
    ...unnoticed,
    begin: async () => sidebars[0].child.kill('SIGKILL'),
    meanwhile: async () => {
      expect(sidebars[0].isAlive()).toBe(false);
      expect(await haproxy.isUp('sidebar_1')).toBe(false);
    },
    end: () => stack.replaceSidebar(0),
  });
  expect(answersOf(sidebars[0])).toBeGreaterThan(10);
});

test('a sidebar freezes', async (context) => {
  const { haproxy, sidebars } = stack;
  await live(context, haproxy.port, {
    ...unnoticed,
    // HAProxy waits longer than a sidebar, and asks the other then.
    latestMs: 4_000,
    begin: async () => sidebars[1].child.kill('SIGSTOP'),
    meanwhile: async () => {
      await haproxy.until('sidebar_2', false);
      await wait(1_500);
    },
    end: async () => {
      sidebars[1].child.kill('SIGCONT');
      await haproxy.until('sidebar_2', true);
    },
  });
});

test('both sidebars are replaced, one after the other', async (context) => {
  const { haproxy, sidebars } = stack;
  const exits: unknown[] = [];
  const replace = async (which: Which) => {
    const { child, exited, isAlive } = sidebars[which];
    child.kill('SIGTERM');
    // It answers on until HAProxy has noticed.
    await haproxy.until(nameOf(which), false);
    expect(isAlive()).toBe(true);
    exits.push((await exited)[0]);
    await stack.replaceSidebar(which);
  };
  await live(context, haproxy.port, {
    ...unnoticed,
    begin: () => replace(0),
    meanwhile: async () => {},
    end: () => replace(1),
  });
  expect(exits).toEqual([0, 0]);
});

test('both sidebars are killed at once, and started again', async (context) => {
  const { haproxy, sidebars } = stack;
  await live(context, haproxy.port, {
    // HAProxy says so by itself, and remembers nobody.
    shows: { known: ['fresh', 'unserved'], strangers: ['fresh', 'unserved'] },
    latestMs: 2_500,
    freshWithinMs: 500,
    untilMended: true,
    begin: async () => {
      for (const { child } of sidebars) child.kill('SIGKILL');
    },
    meanwhile: async () => {
      for (const which of both) expect(await haproxy.isUp(nameOf(which))).toBe(false);
    },
    end: async () => {
      for (const which of both) await stack.replaceSidebar(which);
    },
  });
});

test('the primary is killed while the replica answers', async (context) => {
  const { haproxy, pair } = stack;
  expect(await stack.answering()).toBe(pair.replica);
  await live(context, haproxy.port, {
    ...unnoticed,
    begin: pair.primary.kill,
    meanwhile: () => haproxy.until('primary', false),
    end: async () => {
      await pair.primary.start();
      await haproxy.until('primary', true);
    },
  });
});

test('the replica freezes', async (context) => {
  const { haproxy, pair } = stack;
  await live(context, haproxy.port, {
    ...bridged,
    // Two checks of HAProxy, which wait for a second each.
    freshWithinMs: 4_500,
    begin: async () => pair.replica.freeze(),
    meanwhile: async () => {
      await haproxy.until('replica', false);
      await untilAnswering(pair.primary);
    },
    end: async () => {
      pair.replica.thaw();
      await haproxy.until('replica', true);
      await stack.reconnect();
    },
  });
  await untilAnswering(pair.replica);
});

/** All that deploy/pgbouncer/pgbouncer.ini opens at most, its reserve too. */
const poolSize = 12;

test('the pool is filled by others', async (context) => {
  const others = Array.from({ length: poolSize }, () => new pg.Client(stack.bouncerUrl));
  const oneMore = new pg.Client(stack.bouncerUrl);
  for (const client of [...others, oneMore]) client.on('error', () => {});
  await live(context, stack.haproxy.port, {
    ...bridged,
    freshWithinMs: 500,
    untilMended: true,
    begin: async () => {
      for (const client of others) {
        await client.connect();
        await client.query('begin');
      }
    },
    meanwhile: async () => {
      await oneMore.connect();
      await expect(oneMore.query('select 1')).rejects.toThrow('query_wait_timeout');
    },
    end: async () => {
      for (const client of others) await client.end();
    },
  });
});

test('PgBouncer is killed, and started again', async (context) => {
  await live(context, stack.haproxy.port, {
    ...bridged,
    freshWithinMs: 500,
    untilMended: true,
    begin: stack.killBouncer,
    meanwhile: () => expect(stack.answering()).rejects.toThrow('ECONNREFUSED'),
    end: stack.replaceBouncer,
  });
});

test('the replica is killed', async (context) => {
  const { haproxy, pair } = stack;
  expect(await stack.answering()).toBe(pair.replica);
  await live(context, haproxy.port, {
    ...bridged,
    begin: pair.replica.kill,
    meanwhile: () => untilAnswering(pair.primary),
    end: async () => {
      await pair.replica.start();
      await haproxy.until('replica', true);
    },
  });
});

test('the primary is killed while it answers some, and the replica promoted', async (context) => {
  const { haproxy, pair } = stack;
  // The replica is back, but the connections stay where they are until they are old.
  expect(await haproxy.connections('primary')).toBeGreaterThan(0);
  await live(context, haproxy.port, {
    ...bridged,
    begin: pair.primary.kill,
    meanwhile: () => runSql(pair.replica.url('postgres'), 'select pg_promote()'),
    end: () => untilAnswering(pair.replica),
  });
  await untilShown(pair.replica);
});

test('HAProxy logs no query string', async () => {
  const { port, printed } = stack.haproxy;
  await new Promise((resolve, reject) =>
    get({ host: '127.0.0.1', port, path: addressFor('1') }, resolve).on('error', reject),
  );
  await wait(100);
  expect(printed.text).toMatch(/ GET \/helpscout\n/);
  expect(printed.text).not.toContain('?');
});
