import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FindAccounts } from '../src/account.ts';
import { createPool } from '../src/accounts/database.ts';
import { createFindAccounts } from '../src/accounts/find-accounts.ts';
import { accountQueryFile } from '../src/paths.ts';
import { createDatabase, createDemoDatabase } from './databases.ts';
import { memoryLog, now } from './examples.ts';

const sql = readFileSync(accountQueryFile, 'utf8');

describe('in the demo’s database', () => {
  let pool: pg.Pool;
  let findAccounts: FindAccounts;
  const log = memoryLog();

  beforeAll(async () => {
    pool = createPool(await createDemoDatabase(now), log);
    findAccounts = createFindAccounts(pool, sql, log);
  });
  afterAll(() => pool.end());

  test('finds an owner with everything that the database knows', async () => {
    expect(await findAccounts(['fredsmith@mailinator.com'])).toEqual([
      {
        email: 'fredsmith@mailinator.com',
        personName: 'Fred Smith',
        isOwner: true,
        personTimezone: 'Australia/Sydney',
        companyName: 'Smith & Sons Carpentry',
        companyTimezone: 'Australia/Sydney',
        adminUrl: 'https://admin.example.com/companies/1',
        planName: 'Business',
        subscriptionStatus: 'active',
        planExpiresAt: new Date('2027-03-12T15:14:00Z'),
        trialEndsAt: null,
        customerSince: new Date('2021-03-16T15:14:00Z'),
        employeeCount: 48,
        employeeLimit: 50,
        stripeCustomerId: 'cus_FredSmith1',
        stripeSubscriptionId: 'sub_FredSmith1',
        modules: ['Leave', 'Payroll', 'Rosters'],
      },
    ]);
  });
});
