import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/domain/account.ts';
import { accountQueryFile } from '../../src/domain/package-files.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { type Corrections, DraftError, draftQuery } from '../../src/kit/drafting/draft-query.ts';
import { createConnections } from '../../src/postgres/connections.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { emptiest } from '../../src/sidebar/samples.ts';
import { createDatabase, createDemoDatabase } from '../databases.ts';
import { memoryLog, now } from '../examples.ts';

/** A database with the tables and the people of `test/schemas/NAME.sql`, or of this SQL. */
async function createLike(nameOrSql: string): Promise<string> {
  const url = await createDatabase();
  const isName = /^[\w-]+$/.test(nameOrSql);
  const sql = isName
    ? readFileSync(new URL(`../schemas/${nameOrSql}.sql`, import.meta.url), 'utf8')
    : nameOrSql;
  await runSql(url, sql);
  return url;
}

async function draftFor(url: string, corrections?: Corrections) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await draftQuery(client, corrections);
  } finally {
    await client.end();
  }
}

function finderAt(url: string, sql: string) {
  const log = memoryLog();
  const pool = createConnections(url, log);
  afterAll(() => pool.end());
  return createFindAccounts(pool, { file: 'account.sql', sql }, log);
}

/** Each line that is commented out in the select list, put into force. */
async function expectAlternativesToRun(url: string, text: string) {
  const alternatives = text.match(/^ {2}-- .+,( +-- .*)?$/gm) ?? [];
  const unordered = text.replace(/^order by .*\nlimit 11;\n/m, '');
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const line of alternatives) {
      const sql = unordered.replace(/^select\n/m, () => `select\n${line.replace('--', '')}\n`);
      await client.query(`select * from (${sql}\n) as draft limit 0`, [[]]).catch((error) => {
        throw new Error(`${line}: ${error.message}`);
      });
    }
  } finally {
    await client.end();
  }
}

const nothing: Account = { ...emptiest, email: '' };

const utc = (day: string) => new Date(`${day}T00:00:00Z`);

/** Whom the draft finds in each schema, with everything that it knows of them. */
const found: Record<string, Partial<Account>[]> = {
  chatwoot: [
    {
      email: 'ann@example.com',
      personName: 'Ann Agent',
      companyName: 'Paper Street',
      customerSince: new Date('2021-05-01T10:00:00Z'),
      employeeCount: 2,
    },
  ],
  'pay-gem': [
    {
      email: 'olga@example.com',
      personName: 'Olga Owner',
      personTimezone: 'Europe/Kyiv',
      isOwner: true,
      companyName: 'Olga’s Works',
      customerSince: utc('2020-01-02'),
      planName: 'price_pro',
      subscriptionStatus: 'active',
      planExpiresAt: utc('2027-01-03'),
      employeeCount: 2,
      stripeCustomerId: 'cus_Olga1',
      stripeSubscriptionId: 'sub_Olga1',
    },
  ],
  cashier: [
    {
      email: 'taylor@example.com',
      personName: 'Taylor Owner',
      isOwner: true,
      companyName: 'Taylor’s Team',
      customerSince: utc('2023-02-01'),
      planName: 'price_monthly',
      subscriptionStatus: 'trialing',
      trialEndsAt: utc('2027-01-01'),
      employeeCount: 1,
      stripeCustomerId: 'cus_Taylor',
      stripeSubscriptionId: 'sub_Taylor',
    },
  ],
  prisma: [
    {
      email: 'nadia@example.com',
      personName: 'Nadia Next',
      personTimezone: 'Europe/London',
      isOwner: true,
      companyName: 'Nadia Inc',
      customerSince: utc('2024-02-01'),
      planName: 'Team',
      subscriptionStatus: 'PAST_DUE',
      planExpiresAt: utc('2027-02-01'),
      cancelAtPeriodEnd: false,
      employeeCount: 2,
      employeeLimit: 5,
      stripeCustomerId: 'cus_Nadia',
      stripeSubscriptionId: 'sub_Nadia',
    },
  ],
  discourse: [
    {
      email: 'sam@example.com',
      personName: 'Sam Talker',
      personTimezone: 'America/Lima',
      customerSince: utc('2019-03-01'),
    },
  ],
  djstripe: [
    {
      email: 'django@example.com',
      personName: 'Django Reinhardt',
      companyName: 'Quintette',
      customerSince: utc('2022-02-01'),
      planName: 'Hot Club',
      subscriptionStatus: 'active',
      planExpiresAt: utc('2027-05-01'),
      cancelAtPeriodEnd: false,
      cancelsAt: 'never',
      employeeCount: 2,
      stripeCustomerId: 'cus_Quintette',
      stripeSubscriptionId: 'sub_Quintette',
    },
  ],
  supabase: [
    {
      email: 'sue@example.com',
      personName: 'Sue Base',
      customerSince: utc('2024-06-01'),
      planName: 'Hobby',
      subscriptionStatus: 'active',
      planExpiresAt: utc('2027-06-01'),
      cancelAtPeriodEnd: false,
      cancelsAt: 'never',
      stripeCustomerId: 'cus_Sue',
      stripeSubscriptionId: 'sub_Sue',
    },
  ],
  mattermost: [
    {
      email: 'matt@example.com',
      personName: 'Matt Most',
      companyName: 'The Team',
      customerSince: utc('2020-01-02'),
      employeeCount: 1,
    },
  ],
  ghost: [
    {
      email: 'reader@example.com',
      personName: 'Rita Reader',
      customerSince: utc('2023-04-01'),
      planName: 'Yearly',
      subscriptionStatus: 'active',
      planExpiresAt: utc('2027-04-02'),
      stripeCustomerId: 'cus_Rita',
      stripeSubscriptionId: 'sub_Rita',
    },
  ],
  'better-auth': [
    {
      email: 'bea@example.com',
      personName: 'Bea Better',
      isOwner: true,
      companyName: 'Better Org',
      customerSince: utc('2025-01-02'),
      planName: 'team',
      subscriptionStatus: 'trialing',
      planExpiresAt: utc('2027-01-01'),
      cancelAtPeriodEnd: false,
      cancelsAt: 'never',
      trialEndsAt: utc('2026-12-01'),
      employeeCount: 1,
      employeeLimit: 10,
      stripeCustomerId: 'cus_Bea',
      stripeSubscriptionId: 'sub_Bea',
    },
  ],
  plausible: [
    {
      email: 'uku@example.com',
      personName: 'Uku Plausible',
      isOwner: true,
      companyName: 'Analytics',
      customerSince: utc('2020-01-01'),
      planName: '857097',
      subscriptionStatus: 'active',
      planExpiresAt: '2027-01-15' as Account['planExpiresAt'],
      trialEndsAt: '2020-02-01' as Account['trialEndsAt'],
      employeeCount: 1,
    },
  ],
  association: [
    {
      email: 'ada@example.org',
      personName: 'Ada Assoc',
      isOwner: true,
      companyName: 'Chess Club',
      companyTimezone: 'Europe/Zurich',
      adminUrl: 'https://admin.example.org/1',
      customerSince: '2018-09-01' as Account['customerSince'],
      planName: 'Gold',
      subscriptionStatus: 'active',
      planExpiresAt: new Date(1_830_000_000_000),
      employeeCount: 2,
      employeeLimit: 3,
      modules: ['Dues', 'Ratings'],
    },
  ],
};

describe.each(Object.entries(found))('for a schema like %s', async (name, accounts) => {
  test('drafts a query that knows who somebody is', async () => {
    const url = await createLike(name);
    const { text } = await draftFor(url);
    const findAccounts = finderAt(url, text);
    const email = accounts[0]?.email ?? '';
    expect(await findAccounts([email])).toEqual(accounts.map((a) => ({ ...nothing, ...a })));
    expect(await findAccounts(['stranger@example.net'])).toEqual([]);
    expect(await findAccounts([])).toEqual([]);
    expect(text).not.toMatch(/password|token|hash|secret/i);
    await expectAlternativesToRun(url, text);
    // To be read: what changes in a draft is seen in a diff.
    await expect(text.replace(/test_\w+/, name)).toMatchFileSnapshot(`../drafts/${name}.sql`);
  });
});

test('shows the subscription that runs, going by the copy of Stripe’s object', async () => {
  const url = await createLike('djstripe');
  await runSql(
    url,
    `drop table teams_membership, teams_invitation, teams_team;
     update djstripe_subscription set created = '2022-01-01Z';
     insert into djstripe_subscription (id, customer_id, created, stripe_data)
     values ('sub_Ended', 'cus_Quintette', '2026-01-01Z', '{"status": "canceled"}')`,
  );
  const { text } = await draftFor(url);
  const [account] = await finderAt(url, text)(['django@example.com']);
  expect(account).toMatchObject({
    subscriptionStatus: 'active',
    planName: 'Hot Club',
    planExpiresAt: utc('2027-05-01'),
    stripeSubscriptionId: 'sub_Quintette',
  });
});

test('drafts for the demo what sql/account.sql says', async () => {
  const url = await createDemoDatabase(now);
  const { text } = await draftFor(url);
  const drafted = finderAt(url, text);
  const written = finderAt(url, readFileSync(accountQueryFile, 'utf8'));
  const emails = [
    'fredsmith',
    'tina.trial',
    'olive.over',
    'mixed.case',
    'two.hats',
    'bare',
    'jane',
  ];
  for (const name of emails) {
    const asked = [`${name}@example.com`, `${name}@mailinator.com`];
    expect(await drafted(asked)).toEqual(await written(asked));
  }
});

describe('one row for each account', () => {
  test('of a person with two companies', async () => {
    const url = await createLike('chatwoot');
    const findAccounts = finderAt(url, (await draftFor(url)).text);
    const names = (await findAccounts(['bob@example.com'])).map(({ companyName }) => companyName);
    expect(names).toEqual(['Paper Street', 'Second Street']);
  });

  test('of a person who wrote from two addresses, by the preferred one', async () => {
    const url = await createLike('discourse');
    const findAccounts = finderAt(url, (await draftFor(url)).text);
    const asked = ['sam.private@example.com', 'sam@example.com'];
    expect((await findAccounts(asked)).map(({ email }) => email)).toEqual(asked.slice(0, 1));
  });

  test('of a company that a view repeats', async () => {
    const url = await createLike(`
      create table users (id int primary key, email text, company_id int);
      create table facts (company_id int, name text);
      create view companies as select company_id as id, name from facts;
      insert into users values (1, 'view@example.com', 7);
      insert into facts values (7, 'Twice'), (7, 'Twice')`);
    const findAccounts = finderAt(url, (await draftFor(url)).text);
    expect(await findAccounts(['view@example.com'])).toMatchObject([{ companyName: 'Twice' }]);
  });

  test('of an owner whose company has no members', async () => {
    const url = await createLike(`
      create table users (id int primary key, email text);
      create table companies (id int primary key, name text, owner_id int references users);
      insert into users values (1, 'owner@example.com');
      insert into companies values (1, 'Owned', 1)`);
    const { text, warnings } = await draftFor(url);
    expect(warnings).toEqual([]);
    expect(await finderAt(url, text)(['owner@example.com'])).toMatchObject([
      { companyName: 'Owned', isOwner: true, employeeCount: null },
    ]);
  });

  test('of an owner who is no member, and of a member', async () => {
    const url = await createLike('cashier');
    const findAccounts = finderAt(url, (await draftFor(url)).text);
    const accounts = await findAccounts(['robin@example.com', 'taylor@example.com']);
    expect(accounts.map(({ personName, isOwner }) => [personName, isOwner])).toEqual([
      ['Robin Member', false],
      ['Taylor Owner', true],
    ]);
  });
});

describe('the reader is told', () => {
  test('which index is missing, ready to paste', async () => {
    const { text } = await draftFor(await createLike('prisma'));
    expect(text).toContain('create index concurrently on "User" (lower(email));');
    const url = await createLike('prisma');
    await runSql(url, 'create index on "User" (lower(email))');
    expect((await draftFor(url)).text).not.toContain('Missing index');
  });

  test('that the index is used that is there, whatever folds the case', async () => {
    const lookUp = async (sql: string) => (await draftFor(await createLike(sql))).text;
    const citext = await lookUp(
      'create extension citext; create table users (email citext unique)',
    );
    expect(citext).toContain('on users.email = asked.email::citext');
    const upper = await lookUp(
      'create table users (email varchar(9)); create index on users (upper(email))',
    );
    expect(upper).toContain('on upper(users.email) = upper(asked.email)');
    for (const text of [citext, upper]) expect(text).not.toContain('create index');
  });

  test('what else might be meant, as comments', async () => {
    const { text } = await draftFor(await createLike('chatwoot'));
    expect(text).toMatch(/^ {2}-- account_users\.role = 1 +as is_owner, +-- a number/m);
    expect(text).toMatch(/^ {2}-- users\.display_name +as person_name,$/m);
  });

  test('that one of several rows is shown, and of which', async () => {
    const { text } = await draftFor(await createLike('pay-gem'));
    expect(text).toContain('-- the subscription: first of all with the same customer_id');
  });

  test('who else might be the people', async () => {
    const url = await createLike(
      'create table members (id int primary key, email text); create table clients (id int primary key, email text)',
    );
    const { warnings } = await draftFor(url);
    expect(warnings).toEqual([
      'The people may be those of public.members (email) instead: --table public.members drafts for them.',
    ]);
    const { text } = await draftFor(url, { table: 'public.members' });
    expect(text).toContain('join members on lower(members.email)');
  });

  test('that row-level security hides rows', async () => {
    const url = await createLike(`
      create table users (id int primary key, email text);
      alter table users enable row level security`);
    const { text } = await draftFor(await readerOf(url, 'grant select on users to'));
    expect(text).toContain('Row-level security hides rows of public.users from');
  });

  test('what was left out because it does not run', async () => {
    // Readable, but its owner may no longer read what is behind it.
    const url = await createLike('create table users (id int primary key, email text, name text)');
    const owner = await addRole(url);
    await runSql(
      url,
      `create table behind (user_id int, full_name text);
       grant select on behind to ${owner}; grant create on schema public to ${owner};
       alter table users drop column name;
       set role ${owner};
       create view profiles as select user_id, full_name from behind;
       create view subscriptions as select user_id, full_name as plan, full_name as status, full_name as stripe_subscription_id from behind;
       reset role;
       revoke select on behind from ${owner}`,
    );
    const { text } = await draftFor(url);
    expect(text).toContain('Left out plan_name: permission denied for table behind.');
    expect(await finderAt(url, text)(['nobody@example.com'])).toEqual([]);
  });
});

test('never shows what smells of a secret, not as an alternative either', async () => {
  const url = await createLike(`
    create table users (
      id int primary key, email text, email_token text, name text, display_name_hash text,
      stripe_customer_id_secret text, api_key_plan text, last_login_digest text
    )`);
  const { text } = await draftFor(url);
  expect(text).toContain('users.name ');
  expect(text).not.toMatch(/token|hash|secret|api_key|digest/);
});

test('quotes whatever tables and columns are called', async () => {
  const url = await createLike(`
    create schema "Select";
    create table "Select"."we""ird -- Users" (
      "order" int primary key, "E-""Mail" text, "full 'name'" text, "deleted at" timestamptz
    );
    create table "users\n; drop table x; --" (email text);
    insert into "Select"."we""ird -- Users" values (1, 'odd@example.com', 'Odd', null)`);
  const { text } = await draftFor(url);
  expect(await finderAt(url, text)(['odd@example.com'])).toMatchObject([{ personName: 'Odd' }]);
});

describe('--table and --company', () => {
  test('correct the choice', async () => {
    const url = await createLike('chatwoot');
    const { text } = await draftFor(url, { table: 'contacts' });
    const [account] = await finderAt(url, text)(['ann@example.com']);
    expect(account).toMatchObject({
      personName: 'Ann, their customer',
      companyName: 'Second Street',
    });
    const groups = await draftFor(await createLike('discourse'), { company: 'groups' });
    expect(groups.text).toContain('as company_name');
  });

  test('may name the table of the addresses, in any case', async () => {
    const url = await createLike('discourse');
    expect((await draftFor(url, { table: 'PUBLIC.user_emails' })).text).toEqual(
      (await draftFor(url, { table: 'users' })).text,
    );
  });

  test.each([
    ['nowhere', '--table must be a table that this role can see, but there is no "nowhere" in'],
    ['accounts', '--table public.accounts has no column of e-mail addresses'],
  ])('explain why %s will not do', async (table, message) => {
    const drafting = draftFor(await createLike('chatwoot'), { table });
    await expect(drafting).rejects.toThrow(DraftError);
    await expect(drafting).rejects.toThrow(message);
  });

  test('ask which, when two schemas have it', async () => {
    const url = await createLike(
      'create schema old; create table users (email text); create table old.users (email text)',
    );
    await expect(draftFor(url, { table: 'users' })).rejects.toThrow(
      '--table "users" may be old.users or public.users: say which',
    );
  });
});

describe('where there is nothing to draft, it says', () => {
  test('that the database is empty', async () => {
    await expect(draftFor(await createDatabase())).rejects.toThrow(
      /The database "test_\w+" has no tables/,
    );
  });

  test('that no table has addresses', async () => {
    const url = await createLike('create table users (id int, login text)');
    await expect(draftFor(url)).rejects.toThrow(
      'No column of e-mail addresses is among the 1 tables',
    );
  });

  test('what to grant', async () => {
    const url = await createLike('create table users (id int primary key, email text)');
    await expect(draftFor(await readerOf(url))).rejects.toThrow(
      /may not read the addresses in public\.users\. As their owner: grant select on users to reader_/,
    );
  });
});

test('reads no row', async () => {
  const url = await createLike('prisma');
  const scans = async () => {
    const client = new pg.Client(url);
    await client.connect();
    await client.query('select pg_stat_force_next_flush()');
    const { rows } = await client.query(
      'select relname, seq_tup_read, idx_tup_fetch from pg_stat_user_tables order by relname',
    );
    await client.end();
    return rows;
  };
  const before = await scans();
  await draftFor(url);
  expect(await scans()).toEqual(before);
});

// In about a second where nothing else runs; the time-out is for what grows with their square.
test('drafts for two thousand tables', { timeout: 60_000 }, async () => {
  const url = await createLike('prisma');
  await runSql(
    url,
    `do $$ begin
       for n in 1..2000 loop
         execute format('create table clutter_%s (id bigint primary key, user_id text, team_id text, name text, email_%s text, a int, b int, c text, d date, e jsonb)', n, n);
       end loop;
     end $$`,
  );
  const { text } = await draftFor(url);
  expect(text).toContain('public.Team: members in public.TeamMember');
});

let roles = 0;

async function addRole(url: string): Promise<string> {
  const role = `reader_${new URL(url).pathname.slice(6)}_${roles++}`;
  await runSql(url, `create role ${role} login password '${new URL(url).password}'`);
  return role;
}

/** The address of a role that has only what is granted. */
async function readerOf(url: string, grant?: string): Promise<string> {
  const role = await addRole(url);
  if (grant) await runSql(url, `${grant} ${role}`);
  return Object.assign(new URL(url), { username: role }).href;
}
