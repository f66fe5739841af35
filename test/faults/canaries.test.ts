import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sign } from '../../src/helpscout/signature.ts';
import { phpJson } from '../../src/kit/request.ts';
import { createNetwork, type Network } from './tools/network.ts';
import { type BreakablePostgres, openBreakablePostgres } from './tools/postgres.ts';
import { digits, measured, times } from './tools/scale.ts';
import { type RunningSidebar, startSidebar } from './tools/sidebar.ts';

// Words that stand nowhere else go in by every way there is, and are looked for in all that comes out.

const secret = 'CANARYsecretCANARYsecretCANARYsecret1234';
const canaries = {
  subject: 'canary-of-a-subject',
  firstName: 'canary-of-a-first-name',
  agent: 'canary-of-an-agent',
  header: 'canary-of-a-header',
  path: 'canary-of-a-path',
};
const person = (who: string) => ({
  email: `canary-${who}@example.com`,
  name: `Canary Name ${who}`,
  company: `Canary Company ${who}`,
  plan: `Canary Plan ${who}`,
  stripe: `cus_Canary${who}`,
});
const [right, other] = [person('one'), person('two')];

let postgres: BreakablePostgres;
let network: Network;
let sidebar: RunningSidebar;

beforeAll(async () => {
  postgres = await openBreakablePostgres();
  for (const { email, name, company, plan, stripe } of [right, other])
    await postgres.sql(`
      with u as (insert into users (email, full_name) values ('${email}', '${name}') returning id),
           c as (insert into companies (name) values ('${company}') returning id),
           s as (insert into subscriptions (company_id, plan_name, status, stripe_customer_id)
                 select id, '${plan}', 'active', '${stripe}' from c)
      insert into memberships (user_id, company_id) select u.id, c.id from u, c`);
  network = await createNetwork(postgres.port);
  const url = Object.assign(new URL(postgres.readerUrl), { port: String(network.port) });
  sidebar = await startSidebar(url.href, { HELPSCOUT_SECRET_KEY: secret });
});
afterAll(async () => {
  await sidebar?.stop();
  await network?.close();
  await postgres?.close();
});

function bodyFor(...emails: unknown[]): string {
  return phpJson({
    ticket: { id: '1', subject: canaries.subject },
    customer: { fname: canaries.firstName, email: emails[0], emails },
    user: { fname: canaries.agent },
  });
}

type Answer = { of: string; status: number; text: string };
const answers: Answer[] = [];
const signatures = new Set<string>();

async function ask(
  of: string,
  body: string,
  changes: { signature?: string; path?: string; method?: string } = {},
) {
  const { signature = sign(secret, body), path = '/helpscout', method = 'POST' } = changes;
  signatures.add(signature);
  signatures.add(sign(secret, body));
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve) => {
    const headers = { 'x-helpscout-signature': signature, 'x-other': canaries.header };
    const options = { host: '127.0.0.1', port: sidebar.port, method, path, headers, agent };
    const asked = request(options, (response) => {
      let text = JSON.stringify(response.headers);
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', (error) => resolve({ status: 0, text: error.message }));
    asked.end(body);
  });
  answers.push({ of, status, text });
}

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

/** Everything that a request may run into. */
async function askForAll(): Promise<void> {
  await ask('right', bodyFor(right.email));
  await ask('other', bodyFor(other.email));
  await ask('stranger', bodyFor('canary-nobody@example.com'));
  await ask('nothing', bodyFor());
  await ask(
    'nothing',
    bodyFor(right.email.replace('@', '\0@'), [right.email], { email: right.email }, 7),
  );
  await ask('nothing', `${bodyFor(right.email)} trailing`);
  await ask('nothing', `\ufeff${bodyFor(right.email)}`);
  await ask('nothing', '{"customer":{"email":canary-of-a-subject}}');
  await ask('nothing', bodyFor(right.email), {
    signature: sign(`${secret}\n`, bodyFor(right.email)),
  });
  await ask('nothing', bodyFor(right.email), {
    signature: Buffer.from(sign(secret, bodyFor(right.email)), 'base64').toString('hex'),
  });
  await ask('nothing', bodyFor(right.email), { signature: '' });
  await ask('nothing', bodyFor(right.email), { path: `/${canaries.path}` });
  await ask('nothing', bodyFor(right.email), { path: `/%zz${canaries.path}` });
  await ask('right', bodyFor(right.email), { path: `/helpscout?q=${canaries.path}` });
  await ask('nothing', bodyFor(right.email), { method: 'PUT' });
  await ask('nothing', bodyFor(right.email) + ' '.repeat(70_000));
}

test('what is secret or personal comes out nowhere but in the html of the right request', async (context) => {
  for (let round = 0; round < times(1, 40); round++) {
    await askForAll();
    network.stall();
    await askForAll();
    network.resume();
    await wait(200);
    await postgres.stop();
    await askForAll();
    await postgres.start();
    await postgres.sql('alter table subscriptions rename plan_name to canary_of_a_column');
    await askForAll();
    await postgres.sql('alter table subscriptions rename canary_of_a_column to plan_name');
    await wait(700);
  }
  await askForAll();
  sidebar.child.kill('SIGTERM');
  await sidebar.exited;

  const secrets = [secret, postgres.password, ...signatures].filter((text) => text !== '');
  const said = Object.values(canaries);
  const rows = ({ email: _, ...facts }: ReturnType<typeof person>) => Object.values(facts);
  const leaks: string[] = [];
  const look = (where: string, text: string, forbidden: readonly string[]) => {
    for (const word of forbidden) if (text.includes(word)) leaks.push(`${word} in ${where}`);
  };
  // The column is named by whoever writes the query, and is told to whoever reads the log.
  look('the log', sidebar.printed.text, [
    ...secrets,
    ...said,
    ...rows(right),
    ...rows(other),
    '@example.com',
  ]);
  for (const { of, status, text } of answers) {
    const where = `${status} for ${of}: ${text.slice(0, 200)}`;
    look(where, text, [...secrets, ...said]);
    if (of !== 'right') look(where, text, [...rows(right), right.email]);
    if (of !== 'other') look(where, text, [...rows(other), other.email]);
  }
  const shown = answers.filter(({ of, text }) => of === 'right' && text.includes(right.company));
  measured(
    context,
    `${digits(answers.length)} answers and ${digits(sidebar.printed.text.length)} letters of log, ${leaks.length} leaks`,
  );
  expect(shown.length).toBeGreaterThan(4);
  expect(leaks.slice(0, 10)).toEqual([]);
}, 1_800_000);
