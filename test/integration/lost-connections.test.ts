import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { createDatabase } from '../databases.ts';
import { eventually, withSlack } from '../examples.ts';
import { createNetwork } from '../faults/tools/network.ts';
import { lookups } from '../lookups.ts';

// On a real Postgres, whose sessions of this moment can be doomed: what they do next goes wrong,
// while in any later session all is well. So a retry succeeds, and without one the lookup fails.

const address = 'a@example.com';
const sql = 'select email from people, befall() where email = any($1)';

let url: string;

beforeAll(async () => {
  url = await createDatabase();
  await runSql(
    url,
    `create table people (email text);
     insert into people values ('${address}');
     create table doomed (pid int, fate text);
     create function befall() returns void language plpgsql as $$
     declare
       mine text := (select fate from doomed where pid = pg_backend_pid());
     begin
       if mine = 'ended' then
         perform pg_terminate_backend(pg_backend_pid());
       elsif mine = 'slow' then
         perform pg_sleep(5);
       elsif mine = 'once' then
         -- A lock of the session outlives the transaction that fails.
         if not exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) then
           perform pg_advisory_lock_shared(17);
           raise exception 'a canary' using errcode = '40001';
         end if;
       elsif mine is not null then
         raise exception 'a canary' using errcode = mine;
       end if;
     end $$`,
  );
});

/** Lookups, of which one was done, so that there is a session with the query in it. */
async function steady(databaseUrl = url) {
  const opened = lookups(databaseUrl, sql);
  expect(await opened.findAccounts([address])).toHaveLength(1);
  // The second connection is opened at the same time, and may take longer.
  await eventually(() => expect(opened.connections.counts()).toMatchObject({ open: 2, idle: 2 }));
  return opened;
}

/** What becomes of all sessions of this database that there are. */
async function doom(fate: string): Promise<void> {
  await runSql(
    url,
    `delete from doomed;
     insert into doomed select pid, '${fate}' from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
}

/** The same database, by another way to it. */
const by = (port: number) => Object.assign(new URL(url), { port: String(port) }).href;

async function throughNetwork() {
  const network = await createNetwork(Number(new URL(url).port));
  onTestFinished(network.close);
  return { network, ...(await steady(by(network.port))) };
}

describe('tries once more', () => {
  test.each([
    ['the session was ended by the database', 'ended'],
    ['a replica dropped our snapshot', 'once'],
  ])('when %s', async (_, fate) => {
    const { findAccounts } = await steady();
    await doom(fate);
    expect(await findAccounts([address])).toMatchObject([{ email: address }]);
  });

  test.each(['reset', 'cut'] as const)('when the connection is %s in the middle', async (how) => {
    const { network, findAccounts } = await throughNetwork();
    await doom('slow');
    const asked = findAccounts([address]);
    await wait(100);
    network[how]();
    expect(await asked).toHaveLength(1);
  });

  test('but not where nobody takes connections', async () => {
    const { network, findAccounts } = await throughNetwork();
    await network.close();
    await expect(findAccounts([address])).rejects.toMatchObject({
      name: 'LookupError',
      reason: 'unreachable',
    });
  });
});

describe('does not try again', () => {
  test.each([
    ['is slow', 'slow', 'unreachable', '57014'],
    ['is locked', '55P03', 'unreachable', '55P03'],
    ['is full', '53300', 'unreachable', '53300'],
    ['lost a table', '42P01', 'misconfigured', '42P01'],
  ])('when the database %s', async (_, fate, reason, failure) => {
    const { findAccounts, log } = await steady();
    await doom(fate);
    await expect(findAccounts([address])).rejects.toMatchObject({ reason, class: failure });
    expect(JSON.stringify(log.entries)).not.toContain('canary');
    await runSql(url, 'delete from doomed');
    expect(await findAccounts([address])).toHaveLength(1);
  });
});

describe('when the other end says nothing any more', () => {
  test('takes new connections, once for all that wait, and answers', async () => {
    const { network, findAccounts, log } = await throughNetwork();
    await Promise.all(Array.from({ length: 4 }, () => findAccounts([address])));
    network.halfDie();
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: 4 }, () => findAccounts([address])));
    expect(performance.now() - started).toBeLessThan(withSlack(2_000));
    expect(answers.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    const { length } = log.entries;
    // Both connections at once, or one after the other on a busy machine; not one for each lookup.
    expect(length).toBeLessThanOrEqual(2);
    const replaced = { event: 'pool_replaced', class: 'query_timeout' };
    expect(log.entries).toEqual(Array.from({ length }, () => replaced));
    expect(await findAccounts([address])).toHaveLength(1);
    expect(log.entries).toHaveLength(length);
  });

  test('gives up in time where new connections say nothing, either, and finds again', async () => {
    const { network, findAccounts } = await throughNetwork();
    network.stall();
    const started = performance.now();
    await expect(findAccounts([address])).rejects.toMatchObject({ class: 'connecting' });
    expect(performance.now() - started).toBeLessThan(withSlack(2_100));
    network.resume();
    expect(await findAccounts([address])).toHaveLength(1);
  });

  test('settles what waits for a connection when it ends', async () => {
    const { network } = await throughNetwork();
    network.stall();
    const { connections, end } = lookups(by(network.port), sql);
    const asked = connections.run({ name: undefined, text: 'select 1' }, []);
    await end();
    await expect(asked).rejects.toMatchObject({ class: 'connection_terminated' });
  });

  test('ends although the connections before never do', async () => {
    const { network, findAccounts, end } = await throughNetwork();
    network.halfDie();
    await findAccounts([address]);
    const started = performance.now();
    await end();
    expect(performance.now() - started).toBeLessThan(withSlack(1_000));
  });
});

/**
 * What stands between us and Postgres, as PgBouncer may: it refuses settings of a session, and it
 * gives us sessions that have forgotten our statements.
 */
async function startPooler({ takesOptions = true, hidesProcess = false } = {}) {
  const sessions = new Set<Socket>();
  /** The sessions whose next answer is for us. */
  const aside = new Set<Socket>();
  const server = createServer((client) => {
    client.on('error', () => {});
    client.once('data', (startup) => {
      if (!takesOptions && startup.includes('statement_timeout')) {
        client.end(refusal);
        return;
      }
      const session = connect(Number(new URL(url).port), '127.0.0.1');
      sessions.add(session);
      session.on('error', () => {});
      session.write(startup);
      session.on('data', (said) => {
        const kept = aside.has(session) ? withoutReply(said, () => aside.delete(session)) : said;
        client.write(hidesProcess ? withoutProcess(kept) : kept);
      });
      client.on('data', (said) => session.write(said));
      client.on('close', () => session.destroy());
      session.on('close', () => {
        sessions.delete(session);
        aside.delete(session);
        client.destroy();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return {
    url: by((server.address() as AddressInfo).port),
    /** In all sessions; a commit before it may be unanswered yet. */
    say: async (sql: string) => {
      const text = Buffer.from(`${sql}\0`);
      const head = Buffer.from('Q____');
      head.writeInt32BE(text.length + 4, 1);
      for (const session of sessions) {
        aside.add(session);
        session.write(Buffer.concat([head, text]));
      }
      while (aside.size > 0) await wait(5);
    },
  };
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html, ErrorResponse */
const refusal = (() => {
  const fields = Buffer.from(
    'SFATAL\0C08P01\0Munsupported startup parameter: statement_timeout\0\0',
  );
  const head = Buffer.from('E____');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
})();

/** Without what Postgres answers to a `set` or `deallocate` outside of transactions, from C to Z. */
function withoutReply(said: Buffer, onFound: () => void): Buffer {
  const starts = ['C\0\0\0\x08SET\0', 'C\0\0\0\x13DEALLOCATE ALL\0'];
  const from = Math.max(...starts.map((text) => said.indexOf(text, 0, 'latin1')));
  const end = said.indexOf('Z\0\0\0\x05I', from, 'latin1');
  if (from === -1 || end === -1) return said;
  onFound();
  return Buffer.concat([said.subarray(0, from), said.subarray(end + 6)]);
}

/** With a process id in BackendKeyData that no session has, as poolers make one up. */
function withoutProcess(said: Buffer): Buffer {
  const at = said.indexOf(Buffer.from('K\0\0\0\x0c', 'latin1'));
  if (at !== -1) said.writeInt32BE(7, at + 5);
  return said;
}

describe('behind a pooler', () => {
  const settings = `select email, current_setting('lock_timeout') as "Lock",
    current_setting('statement_timeout') as "Statement", current_setting('DateStyle') as "Dates",
    current_setting('IntervalStyle') as "Intervals",
    current_setting('transaction_read_only') as "Read only" from people where email = any($1)`;
  const promised = ['250ms', '600ms', 'ISO, MDY', 'postgres', 'on'];

  /** A person's settings of the session, as the lookup itself sees them. */
  async function promisesBy(databaseUrl: string) {
    const { findAccounts, log } = lookups(databaseUrl, settings);
    const seen = await Promise.all(Array.from({ length: 8 }, () => findAccounts([address])));
    expect(log.entries).toEqual([]);
    return seen.map(([account]) => account?.otherFacts.map(({ value }) => value));
  }

  test('that refuses settings, has them by another way', async () => {
    const pooler = await startPooler({ takesOptions: false });
    for (const seen of await promisesBy(pooler.url)) expect(seen).toEqual(promised);
  });

  test('that may give each lookup another session, brings them with each lookup', async () => {
    const pooler = await startPooler({ hidesProcess: true });
    const hostile = new URL(pooler.url);
    hostile.searchParams.set('options', '-c lock_timeout=0 -c DateStyle=German');
    for (const seen of await promisesBy(hostile.href)) expect(seen).toEqual(promised);
  });

  test('that may give each lookup another session, reads no table of its other clients', async () => {
    await runSql(url, 'create schema other; create table other.people (email text)');
    const pooler = await startPooler({ hidesProcess: true });
    const { findAccounts } = await steady(pooler.url);
    await pooler.say('set search_path = other, public');
    expect(await findAccounts([address])).toHaveLength(1);
  });

  test.each([
    ['the URL', '?options=-c%20lock_timeout%3D0%20-c%20default_transaction_read_only%3Doff'],
    ['a parameter of the URL', '?statement_timeout=0&lock_timeout=0&query_timeout=1'],
  ])('or not, they win over %s', async (_, search) => {
    for (const seen of await promisesBy(`${url}${search}`)) expect(seen).toEqual(promised);
  });

  test('or not, the search path of the URL is kept', async () => {
    await runSql(url, `create schema own; create table own.here as select '${address}' as email`);
    const { findAccounts } = lookups(
      `${url}?options=-c%20search_path%3Down`,
      'select email from here where email = any($1)',
    );
    expect(await findAccounts([address])).toHaveLength(1);
  });

  test('that takes no such setting, names the setting and not what came of it', async () => {
    const pooler = await startPooler({ takesOptions: false, hidesProcess: true });
    const misspelt = `${pooler.url}?options=-c%20serch_path%3Down`;
    await expect(lookups(misspelt, sql).findAccounts([address])).rejects.toMatchObject({
      class: '42704',
    });
  });

  test('that refuses even so, says that an admin must change something', async () => {
    const server = createServer((client) => {
      client.on('error', () => {});
      client.once('data', () => client.end(refusal));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { findAccounts } = lookups(by((server.address() as AddressInfo).port), sql);
    for (let time = 0; time < 2; time++)
      await expect(findAccounts([address])).rejects.toMatchObject({
        reason: 'misconfigured',
        class: 'settings_refused',
      });
  });

  test('whose session forgot our statement, does without a name and answers', async () => {
    const pooler = await startPooler();
    const { findAccounts, log } = await steady(pooler.url);
    await pooler.say('deallocate all');
    expect(await findAccounts([address])).toHaveLength(1);
    expect(log.entries).toEqual([{ event: 'statement_renamed', class: '26000' }]);
    await pooler.say('deallocate all');
    expect(await findAccounts([address])).toHaveLength(1);
    expect(log.entries).toHaveLength(1);
  });
});

test('a text that looks like a parameter is none', async () => {
  const text = '$2 off, a -- b, only $3 a month';
  const { findAccounts } = lookups(
    url,
    `select email, '${text}' as plan_name from people where email = any($1)`,
  );
  expect(await findAccounts([address])).toMatchObject([{ planName: text }]);
});
