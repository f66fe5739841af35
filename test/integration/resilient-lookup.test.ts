import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { createResilientLookup } from '../../src/postgres/resilient-lookup.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog, withSlack } from '../examples.ts';
import { createNetwork } from '../faults/tools/network.ts';

// On a real Postgres, whose sessions of this moment can be doomed: what they do next goes wrong,
// while in any later session all is well. So whoever tries once more is answered, and who does not,
// is not.

const address = 'a@example.com';
const query = {
  file: 'account.sql',
  sql: 'select email from people, befall() where email = any($1)',
};

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
       elsif mine is not null then
         raise exception 'a canary' using errcode = mine;
       end if;
     end $$`,
  );
});

/** A lookup that was asked once, so that it has a session with the query in it. */
async function steady(databaseUrl = url) {
  const log = memoryLog();
  const { findAccounts, end } = createResilientLookup(databaseUrl, query, log);
  let ended: Promise<void> | null = null;
  const endOnce = () => {
    ended ??= end();
    return ended;
  };
  onTestFinished(endOnce);
  expect(await findAccounts([address])).toHaveLength(1);
  return { findAccounts, end: endOnce, log };
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
    ['a replica dropped our snapshot', '40001'],
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

  test('but not twice', async () => {
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
    expect(log.entries).toEqual([{ event: 'pool_replaced', class: 'query_timeout' }]);
    expect(await findAccounts([address])).toHaveLength(1);
    expect(log.entries).toHaveLength(1);
  });

  test('gives up in time where new connections say nothing, either, and finds again', async () => {
    const { network, findAccounts } = await throughNetwork();
    network.stall();
    const started = performance.now();
    await expect(findAccounts([address])).rejects.toMatchObject({ reason: 'unreachable' });
    expect(performance.now() - started).toBeLessThan(withSlack(2_000));
    network.resume();
    expect(await findAccounts([address])).toHaveLength(1);
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
async function startPooler(takesSettings: boolean) {
  const sessions = new Set<Socket>();
  let isAside = false;
  const server = createServer((client) => {
    client.on('error', () => {});
    client.once('data', (startup) => {
      if (!takesSettings && startup.includes('statement_timeout')) {
        client.end(refusal);
        return;
      }
      const session = connect(Number(new URL(url).port), '127.0.0.1');
      sessions.add(session);
      session.on('error', () => {});
      session.write(startup);
      session.on('data', (said) => {
        if (!isAside) client.write(said);
        isAside = false;
      });
      client.on('data', (said) => session.write(said));
      client.on('close', () => session.destroy());
      session.on('close', () => client.destroy());
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
    /** In a session that rests: the answer is small, and comes at once. */
    forgetStatements: async () => {
      isAside = true;
      const text = Buffer.from('deallocate all\0');
      const head = Buffer.from('Q____');
      head.writeInt32BE(text.length + 4, 1);
      for (const session of sessions) session.write(Buffer.concat([head, text]));
      while (isAside) await wait(5);
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

describe('behind a pooler', () => {
  test('that refuses settings, goes without them from then on', async () => {
    const pooler = await startPooler(false);
    const log = memoryLog();
    const { findAccounts, end } = createResilientLookup(pooler.url, query, log);
    onTestFinished(end);
    const first = [findAccounts([address]), findAccounts([address])];
    expect((await Promise.all(first)).flat()).toHaveLength(2);
    expect(log.entries).toEqual([{ event: 'pool_replaced', class: 'settings_refused' }]);
  });

  test('is not held responsible for a text that looks like a parameter', async () => {
    const log = memoryLog();
    const sql = `select email, '$2 off, a -- b, only $3 a month' as plan_name,
      current_setting('lock_timeout') as "Lock timeout" from people where email = any($1)`;
    const { findAccounts, end } = createResilientLookup(url, { file: 'account.sql', sql }, log);
    onTestFinished(end);
    expect(await findAccounts([address])).toMatchObject([
      { planName: '$2 off, a -- b, only $3 a month', otherFacts: [{ value: '250ms' }] },
    ]);
    expect(log.entries).toEqual([]);
  });

  test('that refuses even so, says that an admin must change something', async () => {
    const server = createServer((client) => {
      client.on('error', () => {});
      client.once('data', () => client.end(refusal));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const log = memoryLog();
    const pooled = by((server.address() as AddressInfo).port);
    const { findAccounts, end } = createResilientLookup(pooled, query, log);
    onTestFinished(end);
    for (let time = 0; time < 2; time++)
      await expect(findAccounts([address])).rejects.toMatchObject({
        reason: 'misconfigured',
        class: 'settings_refused',
      });
    expect(log.entries).toEqual([{ event: 'pool_replaced', class: 'settings_refused' }]);
  });

  test('whose session forgot our statement, does without a name and answers', async () => {
    const pooler = await startPooler(true);
    const { findAccounts, log } = await steady(pooler.url);
    await pooler.forgetStatements();
    expect(await findAccounts([address])).toHaveLength(1);
    expect(log.entries).toEqual([{ event: 'statement_renamed', class: '26000' }]);
    await pooler.forgetStatements();
    expect(await findAccounts([address])).toHaveLength(1);
    expect(log.entries).toHaveLength(1);
  });
});
