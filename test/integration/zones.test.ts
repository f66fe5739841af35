import pg from 'pg';
import { expect, test } from 'vitest';
import { toAccount } from '../../src/domain/account.ts';
import { sampled } from '../../src/domain/log.ts';
import { createResponder } from '../../src/http/responder.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { checkZones } from '../../src/kit/doctor/zones.ts';
import { createCounters } from '../../src/server/metrics/counters.ts';
import { createDatabase } from '../databases.ts';
import { dependencies, now } from '../examples.ts';

const query = {
  file: 'account.sql',
  sql: `select users.email, users.zone as person_timezone, teams.zone as company_timezone
        from users left join teams on teams.id = users.team_id where lower(users.email) = any ($1);`,
};

async function doctorSays(zones: readonly string[]) {
  const url = await createDatabase();
  await runSql(
    url,
    `create table teams (id bigint, zone text);
     create table users (email text, zone text, team_id bigint);
     insert into teams select n, zone from generate_series(1, 20) as n,
       unnest('{${zones.map((zone) => `"${zone}"`).join()}}'::text[]) as zone;
     insert into users select 'a' || n || '@example.com', 'Sydney', n from generate_series(1, 20) as n;
     analyze teams; analyze users`,
  );
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await checkZones(client, query);
  } finally {
    await client.end();
  }
}

test('the doctor counts values that are no known time zone, and does not name them', async () => {
  const findings = await doctorSays(['Europe/Paris', 'Mars/Olympus', 'BST', 'Sydney']);
  expect(findings.map(({ check, state }) => [check, state])).toEqual([['time zones', 'advice']]);
  expect(findings[0]?.says).toContain(
    '2 of the 4 commonest values of teams.zone (company_timezone) are no time zone that is known',
  );
  expect(JSON.stringify(findings)).not.toMatch(/Mars|BST/);
});

test('the doctor says nothing where all are known', async () => {
  expect(await doctorSays(['Europe/Paris', 'AUS Eastern Standard Time', 'UTC+10'])).toEqual([]);
});

test('an unknown time zone is logged and counted by its column, without its value', async () => {
  const { log, ...others } = dependencies();
  const { observer, totals } = createCounters();
  const zones = { personTimezone: 'Mars/Olympus', companyTimezone: 'BST' };
  const accounts = [
    toAccount({ email: 'a@example.com', ...zones }),
    toAccount({ email: 'a@example.com', companyTimezone: 'Pluto' }),
    toAccount({ email: 'a@example.com', personTimezone: 'Sydney' }),
  ];
  const findAccounts = async () => accounts;
  const warn = sampled(log, () => now, observer);
  const responder = createResponder({ ...others, contextKeys: [], log, warn, findAccounts });
  await responder.respond('legacy', () => responder.lookUp([['a@example.com']]));
  expect(log.entries.slice(0, 2)).toEqual([
    { event: 'unknown_time_zone', class: 'person_timezone', count: 1 },
    { event: 'unknown_time_zone', class: 'company_timezone', count: 1 },
  ]);
  expect(JSON.stringify(log.entries)).not.toMatch(/Mars|BST|Pluto/);
  expect(totals.unknownZones).toEqual({ person_timezone: 1, company_timezone: 2 });
});
