import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import type { Context } from '../../src/domain/context.ts';
import { runSql } from '../../src/kit/demo/demo-database.ts';
import { onlyRequested } from '../../src/lookup/decorators.ts';
import { type Connections, createConnections } from '../../src/postgres/connections.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { asSent, valuesFor } from '../../src/postgres/sql.ts';
import { type AccountView, createToSidebar } from '../../src/sidebar/sidebar.ts';
import { createDatabase } from '../databases.ts';
import { memoryLog, now } from '../examples.ts';
import { type Block, blocksIn } from '../pages.ts';

// Each recipe of docs/recipes.md on tables like those that it is for, as an agent would see it.

const blocks = blocksIn('docs/recipes.md').filter(({ language }) => language === 'sql');
const toSidebar = createToSidebar({
  locale: 'en-GB',
  stripeDashboardUrl: 'https://dashboard.stripe.com',
});
const pools: Connections[] = [];
afterAll(async () => {
  for (const pool of pools) await pool.end();
});

/** The same customers in the tables of both of the sync engines. */
const synced = {
  'sync@example.com': [
    'Sync1 Ltd | [Paid] | Sonia Sync | Scale | Renews 14 Mar 2027 · in 112 days | 14 Nov 2023 | cus_Sync1 | sub_Sync1 | Seats: 25',
  ],
  'try@example.com': [
    'Try Ltd | [Trial] | Tina Try | Scale | Renews 11 Dec 2026 · in 19 days | ends in 19 days · 11 Dec 2026 | 14 Nov 2023 | cus_Try | sub_Try | Seats: 1',
  ],
  'leaving@example.com': [
    'Leaving Ltd | [Paid] | Lea Leaving | Scale | Ends 14 Mar 2027 · in 112 days | 14 Nov 2023 | cus_Leaving | sub_Leaving | Seats: 1',
  ],
  'rest@example.com': [
    'Rest Ltd | [Paused] | Rita Rest | Scale | Plan expires 14 Mar 2027 · in 112 days | 14 Nov 2023 | cus_Rest | sub_Rest | Seats: 1',
  ],
  'gone@example.com': [
    'Gone Ltd | [Canceled] | Gus Gone | Scale | Ended 21 Sept 2026 · 62 days ago | 14 Nov 2023 | cus_Gone | sub_Gone | Seats: 1',
  ],
  'free@example.com': ['Fritz Free'],
};

type Recipe = {
  heading: string;
  /** The tables, below test/. */
  tables: string;
  /** Who reads it. */
  context?: Context;
  /** What each of these addresses is shown: heading, badges, facts; in one line. */
  shows: Record<string, string[]>;
};

const recipes: Recipe[] = [
  {
    heading: 'People who pay for themselves',
    tables: 'schemas/supabase.sql',
    shows: {
      'sue@example.com': [
        'Sue Base | [Paid] | Hobby | Renews 1 Jun 2027 · in 191 days | 1 Jun 2024 | cus_Sue | sub_Sue',
      ],
      'new@example.com': ['new@example.com | 1 Jun 2024'],
      // Its period would have run until June.
      'ben@example.com': [
        'ben@example.com | [Canceled] | Hobby | Ended 1 Nov 2026 · 21 days ago | 1 Jun 2024 | sub_Ben',
      ],
      'eve@example.com': [
        'eve@example.com | [Paid] | Hobby | Ends 1 Mar 2027 · in 99 days | 1 Jun 2024 | sub_Eve',
      ],
      'pam@example.com': [
        'pam@example.com | [Paid] | Hobby | Ends 1 Jun 2027 · in 191 days | 1 Jun 2024 | sub_Pam',
      ],
    },
  },
  {
    heading: 'Teams and memberships',
    tables: 'schemas/prisma.sql',
    shows: {
      'nadia@example.com': [
        'Nadia Inc | [Owner] | [Past due] | Nadia Next | Team | Plan expires 1 Feb 2027 · in 71 days | 2 of 5 | cus_Nadia | sub_Nadia',
      ],
    },
  },
  {
    heading: 'Stripe’s own tables, synced',
    tables: 'recipes/stripe-sync-engine.sql',
    shows: synced,
  },
  {
    heading: 'Stripe’s own tables, synced',
    tables: 'recipes/supabase-stripe-sync-engine.sql',
    shows: {
      ...synced,
      'old@example.com': [
        'Old Ltd | [Paid] | Olaf Old | Scale | Renews 14 Mar 2027 · in 112 days | 14 Nov 2023 | cus_Old | sub_Old | Seats: 1',
      ],
    },
  },
  {
    heading: 'Laravel with Cashier',
    tables: 'schemas/cashier.sql',
    shows: {
      'taylor@example.com': [
        'Taylor’s Team | [Owner] | [Trial] | Taylor Owner | Pro, monthly | ends in 40 days · 1 Jan 2027 | 1 Feb 2023 | cus_Taylor | sub_Taylor',
      ],
      'robin@example.com': [
        'Taylor’s Team | [Trial] | Robin Member | Pro, monthly | ends in 40 days · 1 Jan 2027 | 1 Feb 2023 | cus_Taylor | sub_Taylor',
      ],
    },
  },
  {
    heading: 'Rails with the Pay gem',
    tables: 'schemas/pay-gem.sql',
    shows: {
      'olga@example.com': [
        'Olga’s Works | [Owner] | [Paid] | Olga Owner | price_pro | Renews 3 Jan 2027 · in 42 days | 2 Jan 2020 | cus_Olga1 | sub_Olga1',
      ],
      'mia@example.com': [
        'Mia | [Owner] | Mia | 2 Jan 2020',
        'Olga’s Works | [Paid] | Mia | price_pro | Renews 3 Jan 2027 · in 42 days | 2 Jan 2020 | cus_Olga1 | sub_Olga1',
      ],
    },
  },
  {
    heading: 'Django with dj-stripe',
    tables: 'schemas/djstripe.sql',
    shows: {
      'django@example.com': [
        'Quintette | [Paid] | Django Reinhardt | Hot Club | Renews 1 May 2027 · in 160 days | 1 Feb 2022 | cus_Quintette | sub_Quintette | Team admin: Yes',
      ],
      'stephane@example.com': [
        'Quintette | [Paid] | Stéphane | Hot Club | Renews 1 May 2027 · in 160 days | 1 Feb 2022 | cus_Quintette | sub_Quintette | Team admin: No',
      ],
      'joe@example.com': [
        'Duo | [Paused] | Joe Venuti | Hot Club | Plan expires 14 Mar 2027 · in 112 days | 1 Apr 2022 | cus_Trio | sub_Duo | Team admin: Yes',
        'Trio | [Trial] | Joe Venuti | Hot Club | Renews 11 Dec 2026 · in 19 days | ends in 19 days · 11 Dec 2026 | 1 Mar 2022 | cus_Trio | sub_Trio | Team admin: Yes',
      ],
    },
  },
  {
    heading: 'Chargebee, Paddle or Recurly, mirrored by webhooks',
    tables: 'recipes/mirror.sql',
    shows: {
      'mia@example.com': [
        'Mirror & Co | [Paid] | Mia Mirror | Team, yearly | Ends 1 Mar 2027 · in 99 days | up to 10 | 1 Jan 2022 | Admin: Yes | Billing: https://example.chargebee.com/d/subscriptions/Az1',
      ],
      'eva@example.com': [
        'Ended BV | [Expired] | Eva Ended | Team, yearly | Ended 1 Jan 2026 · 325 days ago | up to 5 | 1 Jan 2022 | Admin: Yes | Billing: https://example.recurly.com/subscriptions/x',
      ],
      'rosa@example.com': [
        'Runs SA | [Canceled] | Rosa Runs | Team, yearly | Runs until 1 Mar 2027 · in 99 days | up to 5 | 1 Jan 2022 | Admin: Yes | Billing: https://example.recurly.com/subscriptions/y',
      ],
      'pia@example.com': [
        'Paddlers | [Paid] | Pia Paddle | Team, yearly | Ends 1 Dec 2026 · in 9 days | up to 5 | 1 Jan 2022 | Admin: Yes | Billing: https://vendors.paddle.com/subscriptions-v2/sub_p',
      ],
    },
  },
  {
    heading: 'A tenant for each row',
    tables: 'recipes/tenant-column.sql',
    shows: {
      'both@example.com': [
        'South | [Owner] | Bo Both | Free | 1 Jan 2025',
        'North | [Paid] | Bo Both | Pro | 1 Jan 2024',
      ],
      'ned@example.com': ['North | [Owner] | [Paid] | Ned North | Pro | 1 Jan 2024'],
    },
  },
  {
    heading: 'A schema for each tenant',
    tables: 'recipes/tenant-schemas.sql',
    shows: {
      'anna@example.com': [
        'Acme | [Owner] | [Paid] | Plan expires 31 Jan 2027 · in 70 days | 3',
        'Big Co | [Trial] | ends in 9 days · 1 Dec 2026 | 1',
      ],
      'ben@example.com': ['Big Co | [Owner] | [Trial] | ends in 9 days · 1 Dec 2026 | 1'],
    },
  },
  {
    heading: 'Several addresses for a person',
    tables: 'recipes/addresses.sql',
    shows: {
      'ada@example.com': ['Ada Addresses | Solo | Plan expires 1 Feb 2027 · in 71 days'],
      'ada.work@example.com': ['Ada Addresses | Solo | Plan expires 1 Feb 2027 · in 71 days'],
      'unproven@example.com': [],
    },
  },
  {
    heading: 'Addresses with a tag',
    tables: 'recipes/tags.sql',
    shows: {
      'tara+invoices@gmail.com': [
        'Tara Tag | Solo | Account address: Tara@gmail.com',
        'Tara Trial | Free | Account address: tara+trial@gmail.com',
      ],
      'tara@gmail.com': [
        'Tara Tag | Solo | Account address: Tara@gmail.com',
        'Tara Trial | Free | Account address: tara+trial@gmail.com',
      ],
      'tara+trial@gmail.com': [
        'Tara Trial | Free | Account address: tara+trial@gmail.com',
        'Tara Tag | Solo | Account address: Tara@gmail.com',
      ],
      // Not every host takes these for one mailbox.
      'cora@corp.example': ['Cora Corp | Solo | Account address: cora@corp.example'],
      'cora+x@corp.example': [],
      '+@gmail.com': [],
      'tara+x@gmail.com@corp.example': [],
    },
  },
  ...[
    [{ role: 'admin' }, ' | Balance: 1,250.50 EUR'],
    [{ role: 'owner' }, ' | Balance: 1,250.50 EUR'],
    [{ role: 'user', inbox: 'billing@example.com' }, ' | Balance: 1,250.50 EUR'],
    [{ role: 'user', inbox: 'help@example.com' }, ''],
    [{}, ''],
  ].map(([context, balance]) => ({
    heading: 'Money for some agents',
    tables: 'recipes/balances.sql',
    context: context as Context,
    shows: { 'mona@example.com': [`Mona Money | Team${balance}`] },
  })),
  {
    heading: 'Invoices',
    tables: 'recipes/beside.sql',
    shows: {
      'lea@example.com': [
        'lea@example.com | Invoices: INV-3 · 1 Nov 2026 · JP¥500,000 · Open, INV-2 · 1 Oct 2026 · €49.90 · Overdue, INV-1 · 1 Aug 2026 · €49.90 · Paid',
      ],
      'new@example.com': ['new@example.com'],
    },
  },
  {
    heading: 'Orders',
    tables: 'recipes/beside.sql',
    shows: {
      'lea@example.com': [
        'lea@example.com | Order count: 2 | Total spent: US$1,320.50 | Latest orders: #1002 · 20 Nov 2026 · US$1,300.50 · Returned · Items: 5, #1001 · 1 Jun 2026 · US$20.00 · Delivered · Items: 1',
      ],
      'new@example.com': ['new@example.com'],
    },
  },
  {
    heading: 'Monthly revenue (MRR)',
    tables: 'recipes/beside.sql',
    shows: {
      'lea@example.com': ['lea@example.com | MRR: €59.50'],
      'new@example.com': ['new@example.com'],
    },
  },
  {
    heading: 'Last login',
    tables: 'recipes/beside.sql',
    shows: {
      'lea@example.com': [
        'lea@example.com | Last login at: 21 Nov 2026, 14:05 · yesterday | Browser: Safari',
      ],
      'new@example.com': ['new@example.com'],
    },
  },
  {
    heading: 'Feature flags',
    tables: 'recipes/beside.sql',
    shows: {
      'lea@example.com': [
        'lea@example.com | Flags: Api v2: No, Exports: Yes, New editor: Yes, Sso: Yes',
      ],
      'new@example.com': ['new@example.com'],
    },
  },
  {
    heading: 'Internal notes',
    tables: 'recipes/beside.sql',
    shows: {
      'lea@example.com': [
        'lea@example.com | Internal notes: No discounts any more · 5 Oct 2026 · Sam, Prefers to be called · 5 Jan 2026 · Kim',
      ],
      'new@example.com': ['new@example.com'],
    },
  },
];

const dated = ({ planExpires, planExpiresLabel }: AccountView) =>
  planExpires && `${planExpiresLabel} ${planExpires.text}`;

test.each(recipes)('$heading, on $tables $context', async ({ heading, tables, context, shows }) => {
  const [block] = blocks.filter((one) => one.heading === heading);
  const { text } = block as Block;
  const url = await createDatabase();
  await runSql(url, readFileSync(new URL(`../${tables}`, import.meta.url), 'utf8'));
  const indexes = [...text.matchAll(/^-- create index concurrently (.*;)$/gm)];
  for (const [, index] of indexes) await runSql(url, `create index ${index}`);

  const log = memoryLog();
  const pool = createConnections(url, log);
  pools.push(pool);
  const findAccounts = createFindAccounts(pool, { file: 'docs/recipes.md', sql: text }, log);
  const find = (emails: string[]) =>
    onlyRequested(findAccounts, log)(emails, undefined, undefined, context);
  const seen: Record<string, string[]> = {};
  for (const email of Object.keys(shows))
    seen[email] = toSidebar([email], await find([email]), now).accounts.map((account) =>
      [
        account.heading,
        ...account.badges.map((badge) => `[${badge.text}]`),
        ...[account.person, account.plan, dated(account), account.trial, account.employees],
        ...[account.customerSince, account.stripeCustomer, account.stripeSubscription],
        ...account.others.map(({ label, value }) => `${label}: ${value.text}`),
      ]
        .filter((fact) => fact !== null)
        .map((fact) => (typeof fact === 'string' ? fact : fact.text))
        .join(' | '),
    );
  expect(seen).toEqual(shows);
  expect(log.entries).toEqual([]);

  // With these indexes no table of the product's has to be read from end to end.
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query('set enable_seqscan = off; set enable_bitmapscan = off');
    const { rows } = await client.query(
      `explain (costs off) ${asSent(text)}`,
      valuesFor(text)(['a@example.com'], null, {}),
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).not.toMatch(/Seq Scan/);
  } finally {
    await client.end();
  }
});

test('each recipe is tried', () => {
  const tried = new Set(recipes.map(({ heading }) => heading));
  expect(blocks.map(({ heading }) => heading)).toEqual([...tried]);
});
