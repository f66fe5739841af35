import { readFileSync } from 'node:fs';
import pg from 'pg';
import request from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountQueryFile } from '../../src/domain/package-files.ts';
import { createApp } from '../../src/http/app.ts';
import { createDemoTables } from '../../src/kit/demo/demo-database.ts';
import { requestBody } from '../../src/kit/request.ts';
import { toTerminal } from '../../src/kit/terminal.ts';
import { type Connections, createConnections } from '../../src/postgres/connections.ts';
import { createFindAccounts } from '../../src/postgres/find-accounts.ts';
import { createDatabase, createDemoDatabase } from '../databases.ts';
import { clockIn, dependencies, headersFor, now } from '../examples.ts';

// The whole way, from Help Scout's signed bytes through a real Postgres to the html.

let pool: Connections;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  const surroundings = dependencies();
  pool = createConnections(await createDemoDatabase(now), surroundings.log);
  const sql = readFileSync(accountQueryFile, 'utf8');
  app = createApp({
    ...surroundings,
    findAccounts: createFindAccounts(pool, { file: accountQueryFile, sql }, surroundings.log),
  });
});
afterAll(() => pool.end());

async function htmlFor(...emails: string[]): Promise<string> {
  const body = requestBody(emails);
  const response = await request(app).post('/helpscout').set(headersFor(body)).send(body);
  expect(response.status).toBe(200);
  return response.body.html;
}

/** What the agent reads, a fact a line. */
const sidebarFor = async (...emails: string[]) =>
  toTerminal(await htmlFor(...emails))
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, ': '));

test('shows Fred as the paying owner of his company, with all that is known', async () => {
  expect(await sidebarFor('fredsmith@mailinator.com')).toEqual([
    'Smith & Sons Carpentry <https://admin.example.com/companies/1>',
    '[Owner] [Paid]',
    'Name: Fred Smith',
    'Plan: Business',
    'Renews: 13 Mar 2027 · in 110 days',
    'Employees: 48 of 50 · 2 left',
    `Person’s time zone: Australia/Sydney · ${clockIn('Australia/Sydney')}`,
    `Company time zone: Australia/Sydney · ${clockIn('Australia/Sydney')}`,
    'Customer since: 17 Mar 2021',
    'Stripe customer: cus_FredSmith1 <https://dashboard.stripe.com/customers/cus_FredSmith1>',
    'Stripe subscription: sub_FredSmith1 <https://dashboard.stripe.com/subscriptions/sub_FredSmith1>',
    'Modules (3)',
    'Leave',
    'Payroll',
    'Rosters',
  ]);
});

test('shows Jane in the same company without calling her its owner', async () => {
  const sidebar = await sidebarFor('jane.citizen@example.com');
  expect(sidebar).toContain('[Paid]');
  expect(sidebar).toContain('Name: Jane Citizen');
  expect(sidebar).toContain(`Person’s time zone: Asia/Kathmandu · ${clockIn('Asia/Kathmandu')}`);
  expect(sidebar).toContain(`Company time zone: Australia/Sydney · ${clockIn('Australia/Sydney')}`);
});

test('says when a trial ends, and has no Stripe ids to show', async () => {
  const sidebar = await sidebarFor('tina.trial@example.com');
  expect(sidebar).toContain('[Owner] [Trial]');
  expect(sidebar).toContain('Trial: ends in 2 days · 24 Nov 2026');
  expect(sidebar.join()).not.toContain('Stripe');
  expect(sidebar.join()).not.toContain('Plan expires');
});

test('says when a trial expired, and lets it stand out', async () => {
  const html = await htmlFor('eddie.expired@example.com');
  expect(html).toContain('<span class="badge red">Trial expired</span>');
  expect(html).toContain(
    '<span class="c-sb-list-item__text red">ended 3 days ago · 19 Nov 2026</span>',
  );
});

test('lets too many employees stand out', async () => {
  const html = await htmlFor('olive.over@example.com');
  expect(html).toContain(
    '<span class="c-sb-list-item__text red">52 of 50 · 2 over the limit</span>',
  );
});

test('shows a payment that is past due', async () => {
  const html = await htmlFor('pat.pastdue@example.com');
  expect(html).toContain('<span class="badge red">Past due</span>');
});

test('shows a plan that was canceled, and ends in five days', async () => {
  const sidebar = await sidebarFor('erin.ending@example.com');
  expect(sidebar).toContain('[Owner] [Paid]');
  expect(sidebar).toContain('Ends: 27 Nov 2026 · in 5 days');
  const html = await htmlFor('erin.ending@example.com');
  expect(html).toContain(
    '<span class="c-sb-list-item__text orange">27 Nov 2026 · in 5 days</span>',
  );
});

test('shows a canceled plan that ended last month', async () => {
  const sidebar = await sidebarFor('carl.canceled@example.com');
  expect(sidebar).toContain('[Owner] [Canceled]');
  expect(sidebar).toContain('Ended: 22 Oct 2026 · 31 days ago');
});

test('shows a list of invoices, the latest first, and what is overdue in red', async () => {
  const sidebar = await sidebarFor('ines.invoice@example.com');
  const from = sidebar.indexOf('Invoices (8)');
  expect(sidebar.slice(from, from + 7)).toEqual([
    'Invoices (8)',
    'LLP-108 <https://admin.example.com/companies/13/invoices/8> · 12 Nov 2026 · €99.90 · Open',
    'LLP-107 <https://admin.example.com/companies/13/invoices/7> · 13 Oct 2026 · €99.90 · Overdue',
    expect.stringContaining('€1,249.90 · Paid'),
    expect.stringMatching('^LLP-105 '),
    expect.stringMatching('^LLP-104 '),
    '+ 3 more',
  ]);
  expect(await htmlFor('ines.invoice@example.com')).toContain(
    '<span class="red">· 13 Oct 2026 · €99.90 · Overdue</span>',
  );
});

test('shows accents and ampersands as they are written', async () => {
  const sidebar = await sidebarFor('jose.nunez@example.com');
  expect(sidebar[0]).toBe('Núñez & Hijos <https://admin.example.com/companies/7>');
  expect(sidebar).toContain('Name: José Núñez');
  expect(sidebar).toContain('Employees: 1,240 · no limit');
});

test('folds a list of modules that is longer than the sidebar has room for', async () => {
  expect(await htmlFor('fredsmith@mailinator.com')).toMatch(/c-sb-section--toggle open"/);
  expect(await htmlFor('jose.nunez@example.com')).toMatch(/c-sb-section--toggle"/);
});

test.each(['mixed.case@example.com', 'Mixed.Case@Example.com', ' MIXED.CASE@EXAMPLE.COM '])(
  'finds somebody stored in mixed case by "%s"',
  async (email) => {
    expect((await sidebarFor(email))[0]).toMatch(/^Mixed Media GmbH/);
  },
);

test('shows both companies of somebody who has two, each with the address that matched', async () => {
  const sidebar = await sidebarFor('two.hats@example.com');
  expect(sidebar[0]).toBe('2 accounts match.');
  expect(sidebar.filter((line) => /Hat (Hotels|Studio)/.test(line))).toEqual([
    'First Hat Hotels <https://admin.example.com/companies/9>',
    'Second Hat Studio <https://admin.example.com/companies/10>',
  ]);
  expect(sidebar.filter((line) => line === 'Found by: two.hats@example.com')).toHaveLength(2);
});

test('puts the account of the preferred address first, and says which address found which', async () => {
  const sidebar = await sidebarFor('pat.pastdue@example.com', 'fredsmith@mailinator.com');
  expect(sidebar.filter((line) => /^(Found by|Later|Smith)/.test(line))).toEqual([
    'Later Media <https://admin.example.com/companies/5>',
    'Found by: pat.pastdue@example.com',
    'Smith & Sons Carpentry <https://admin.example.com/companies/1>',
    'Found by: fredsmith@mailinator.com',
  ]);
});

test('says so when there is nothing but the address', async () => {
  expect(await sidebarFor('bare@example.com')).toEqual([
    'bare@example.com',
    'Nothing else is known about this account.',
  ]);
});

test('shows hostile values as text, and no link but to a web page', async () => {
  const html = await htmlFor('hostile@example.com');
  expect(html).toContain('&#34;&gt;&lt;img src=x onerror=alert(1)&gt;');
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(html).not.toMatch(/<script|<img|href/);
});

test('names the addresses by which nobody was found', async () => {
  expect(await sidebarFor('a@example.com', 'b@example.com')).toEqual([
    'No account found for a@example.com or b@example.com.',
  ]);
});

test.each(['fredsmith@mailinator%', '%@mailinator.com', 'fredsmit_@mailinator.com', "x'--@y.z"])(
  'takes "%s" as letters, not as a pattern',
  async (email) => {
    expect((await sidebarFor(email))[0]).toMatch(/^No account found/);
  },
);

test('knows how many are employed as they come, move, leave and go', async () => {
  const url = await createDatabase();
  await createDemoTables(url, new URL(url).password);
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(`insert into companies (name) values ('One'), ('Two')`);
    const counts = async (change: string) => {
      await client.query(change);
      const { rows } = await client.query('select employee_count from companies order by id');
      return rows.map(({ employee_count: count }) => count);
    };
    expect(
      await counts(`insert into employees (company_id, full_name, left_on)
                    values (1, 'Ann', null), (1, 'Ben', null), (1, 'Cy', '2026-01-01')`),
    ).toEqual([2, 0]);
    expect(
      await counts(`update employees set company_id = 2 where full_name in ('Ann', 'Cy')`),
    ).toEqual([1, 1]);
    expect(
      await counts(`update employees set left_on = current_date where full_name = 'Ann'`),
    ).toEqual([1, 0]);
    expect(await counts(`update employees set left_on = null where full_name = 'Cy'`)).toEqual([
      1, 1,
    ]);
    expect(await counts('delete from employees')).toEqual([0, 0]);
  } finally {
    await client.end();
  }
});
