import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { demoSql } from '../../src/domain/package-files.ts';
import { readConversation } from '../../src/helpscout/conversation.ts';
import { demoPeople } from '../../src/kit/preview/demo-people.ts';
import { gallery } from '../../src/kit/preview/gallery.ts';
import { toTerminal } from '../../src/kit/terminal.ts';
import type { Column } from '../../src/postgres/columns.ts';
import { dependencies, now } from '../examples.ts';

const column = (name: string, kind: Column['kind']): Column => ({ name, kind, oid: 0, type: kind });

/** Somebody's own query: some of the known columns, and a column of every other kind. */
const columns = [
  column('email', 'text'),
  column('company_name', 'text'),
  column('plan_expires_at', 'day'),
  column('modules', 'list'),
  column('mrr', 'number'),
  column('is_beta', 'flag'),
  column('last_seen_at', 'instant'),
  column('born_on', 'day'),
  column('tags', 'list'),
  column('settings', 'json'),
  column('links', 'json'),
  column('support_url', 'text'),
];

const states = gallery(columns, true, true, now).flatMap((group) => group.states);

/** What the agent reads of the state with invented accounts. */
async function sidebarOf(id: string): Promise<string> {
  const state = states.find((one) => one.id === id);
  const { toSidebar, render } = dependencies();
  return toTerminal(
    render(toSidebar(state?.emails ?? [], (await state?.replaced.findAccounts?.([])) ?? [], now)),
  );
}

test('has everybody who lives in the demo, and nobody else', () => {
  const [, users] = /insert into users.*?values(.*?);/s.exec(
    readFileSync(demoSql('people.sql'), 'utf8'),
  ) ?? ['', ''];
  const living = [...(users ?? '').matchAll(/\('(\S+@\S+)',/g)].map(([, email]) => email);
  expect(demoPeople.map(([email]) => email)).toEqual(living);
});

test('shows nobody of the demo to who has a database of his own', () => {
  const yours = gallery(columns, true, false, now).flatMap((group) => group.states);
  expect(JSON.stringify(yours)).not.toContain('fredsmith');
  expect(yours.length).toBe(states.length - demoPeople.length);
});

test('gives each state an id of its own', () => {
  expect(new Set(states.map(({ id }) => id)).size).toBe(states.length);
});

test('has a value of the right kind for each of the query’s own columns', async () => {
  const lines = (await sidebarOf('fullest')).split('\n').map((line) => line.trim());
  expect(lines.map((line) => line.replace(/ {2,}/, ': '))).toEqual([
    'Example & Sons',
    'Audit log <https://admin.example.com/companies/1/log>',
    'Plan expires: 12 Mar 2027 · in 110 days',
    'Mrr: 1,234',
    'Is beta: Yes',
    'Last seen at: 21 Nov 2026, 15:14 · yesterday',
    'Born on: 22 Nov 2026 · today',
    'Tags: First, Second, Third',
    'Support url: https://www.example.com/a/page <https://www.example.com/a/page>',
    'Settings (3)',
    'First · 22 Nov 2026 · €49.00 · Paid',
    'Second <https://www.example.com/a/page> · Failed',
    'Third',
    'Modules (2)',
    'Leave',
    'Payroll',
  ]);
});

test('knows nothing but the address of the emptiest', async () => {
  expect(await sidebarOf('emptiest')).toMatch(
    /^sam@example\.com\n\s+Nothing else is known about this account\.$/,
  );
});

test('lets every text attack, and no address lead to a script', async () => {
  const sidebar = await sidebarOf('hostile');
  for (const name of ['company_name', 'modules', 'tags', 'settings'])
    expect(sidebar).toContain(`${name}'"></a>`);
  expect(sidebar).toContain('javascript:alert(1)');
  expect(sidebar).not.toContain('<javascript:');
});

test.each([
  ['no-address', { emails: [], isDraft: false, teamDomain: 'hr-product.example' }],
  ['draft', { emails: [], isDraft: true, teamDomain: 'hr-product.example' }],
  [
    'strangers',
    {
      emails: ['nobody@example.com', 'nobody.else@example.com'],
      isDraft: false,
      teamDomain: 'hr-product.example',
    },
  ],
])('asks for %s as Help Scout would', (id, conversation) => {
  const body = Buffer.from(states.find((state) => state.id === id)?.body ?? '');
  expect(readConversation(body)).toMatchObject(conversation);
});
