// Each stage of an answer alone, in nanoseconds: `npm run bench:micro`.

import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { readConversation } from '../src/helpscout/conversation.ts';
import { verifySignature } from '../src/helpscout/secret-keys.ts';
import { readSignature, sign } from '../src/helpscout/signature.ts';
import { requestBody } from '../src/kit/request.ts';
import { type Column, type Kind, knownColumns } from '../src/postgres/columns.ts';
import { readAccount } from '../src/postgres/read-account.ts';
import { createLog } from '../src/server/log.ts';
import { createDates } from '../src/sidebar/dates.ts';
import { createToSidebar } from '../src/sidebar/sidebar.ts';
import { clean } from '../src/sidebar/text.ts';
import { compileViews } from '../src/sidebar/views.ts';
import { inProject } from './paths.ts';
import { secretKey } from './servers.ts';

const now = new Date();
const body = Buffer.from(requestBody(['person1@customers.example.com']));
const signature = sign(secretKey, body);
const rawHeaders = [
  ...['Host', '127.0.0.1', 'Content-Type', 'application/json', 'Accept', 'application/json'],
  ...['User-Agent', 'Help Scout', 'X-HelpScout-Signature', signature, 'Content-Length', '400'],
];
const keys = { secretKey, previous: null };

const row = {
  email: 'Person1@customers.example.com',
  person_name: 'Person O’1',
  person_timezone: 'Europe/Paris',
  is_owner: true,
  company_name: 'Company 1 & Sons',
  company_timezone: 'Australia/Sydney',
  admin_url: 'https://admin.example.com/companies/1',
  customer_since: new Date('2024-02-03T04:05:06Z'),
  plan_name: 'Business',
  subscription_status: 'active',
  plan_expires_at: new Date(now.getTime() + 1e10),
  trial_ends_at: null,
  employee_count: '48',
  employee_limit: '50',
  stripe_customer_id: 'cus_1',
  stripe_subscription_id: 'sub_1',
  modules: ['Leave', 'Payroll', 'Rosters'],
};
const columns: Column[] = Object.keys(row).map((name) => ({
  name,
  oid: 25,
  type: 'text',
  kind: knownColumns.get(name)?.[0] as Kind,
}));

const options = { locale: 'en-GB', stripeDashboardUrl: 'https://dashboard.stripe.com' };
const toSidebar = createToSidebar(options);
const render = compileViews(inProject('views'), toSidebar);
const dates = createDates('en-GB');
const account = readAccount(row, columns);
const sidebar = toSidebar([account.email], [account], now);
const html = render(sidebar);
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
const log = createLog({
  output: nowhere as unknown as NodeJS.WriteStream,
  onLineDropped() {
    throw new Error('a line was dropped, and to drop one costs nothing');
  },
});

const stages: Record<string, () => unknown> = {
  'the signature among the headers': () => readSignature(rawHeaders),
  'signature of the body': () => verifySignature(keys, body, signature, now),
  'conversation of the body': () => readConversation(body),
  'row to account': () => readAccount(row, columns),
  'account to words': () => toSidebar([account.email], [account], now),
  '… a moment of a time zone': () =>
    dates.seen(account.planExpiresAt as Date, account.companyTimezone, now),
  '… the time there': () => dates.localTime('Australia/Sydney', now),
  '… a text without invisible characters': () => clean('Company 1 & Sons'),
  'words to html': () => render(sidebar),
  'html to JSON': () => JSON.stringify({ html }),
  'a line of log': () =>
    log.info({ event: 'answered', outcome: 'found', ref: 'abcd1234', ms: 1.2 }),
};

/** Long enough for the clock, short enough that most batches are undisturbed. */
const batchMs = 2;
const batches = 60;

/** Keeps V8 from leaving out what nobody reads. */
export let kept: unknown;

const measured: object[] = [];
for (const [name, stage] of Object.entries(stages)) {
  let size = 1;
  for (let ms = 0; ms < batchMs; size *= 2) ms = await time(stage, size);
  const all: number[] = [];
  for (let i = 0; i < batches; i++) all.push(((await time(stage, size)) / size) * 1e6);
  all.sort((a, b) => a - b);
  const at = (share: number) => Math.round(all[Math.floor(batches * share)] ?? 0);
  measured.push({
    stage: name,
    'median ns': at(0.5),
    'quarter below': at(0.25),
    'quarter above': at(0.75),
  });
}
console.table(measured);
console.log(
  `Node ${process.versions.node}; ${readFileSync(inProject('views/account.ejs')).length} bytes of account.ejs`,
);

async function time(stage: () => unknown, times: number): Promise<number> {
  // What a stage left for later, such as lines to be written, is done before.
  await wait(10);
  const from = performance.now();
  for (let i = 0; i < times; i++) kept = stage();
  return performance.now() - from;
}
