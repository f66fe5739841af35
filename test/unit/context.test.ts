import request from 'supertest';
import { expect, test, vi } from 'vitest';
import { type FindAccounts, LookupError, toAccount } from '../../src/domain/account.ts';
import { sign } from '../../src/helpscout/signature.ts';
import { createApp, type Dependencies } from '../../src/http/app.ts';
import { phpJson, platformQuery, requestBody } from '../../src/kit/request.ts';
import { addressFor, dependencies, headersFor, secretKey } from '../examples.ts';

// Who reads which conversation: what a lookup is given of it, and what caches tell apart.

const email = 'robin@example.com';

/** A database that names in its answer who it was for. */
function scene(changes: Partial<Dependencies> = {}) {
  const surroundings = dependencies();
  const state = { failure: null as Error | null };
  const findAccounts = vi.fn<FindAccounts>(async (_emails, _id, _deadline, context) => {
    if (state.failure !== null) throw state.failure;
    return [toAccount({ email, companyName: `Seen by ${context?.role ?? 'anybody'}` })];
  });
  const app = createApp({ ...surroundings, findAccounts, ...changes });
  const post = async (body: string, path = '/helpscout') => {
    const response = await request(app)
      .post(path)
      .set(headersFor(body))
      .serialize((sent) => sent)
      .send(body);
    return String(response.body.html);
  };
  const contexts = () => findAccounts.mock.calls.map(([, , , context]) => context);
  return { app, post, state, contexts, entries: surroundings.log.entries };
}

/** A conversation that this agent has open, in this inbox. */
const body = (role: string, others: { agent?: string; ticket?: string; inbox?: string } = {}) => {
  const { agent = '134073', ticket = '322585297', inbox = 'help@example.com' } = others;
  return phpJson({
    ticket: { id: ticket, number: '42', subject: 'A question' },
    customer: { id: '114322164', email },
    user: { fname: 'An', lname: 'Agent', id: agent, role, convRedirect: 0 },
    mailbox: { id: '100016', email: inbox },
  });
};

const away = new LookupError('unreachable', 'ECONNREFUSED', {});

test('a lookup is given the inbox and the role that were signed, and no more', async () => {
  const { post, contexts } = scene();
  await post(body('admin'));
  expect(contexts()).toEqual([
    { inbox: 'help@example.com', inboxId: '100016', role: 'admin', app: 'legacy' },
  ]);
});

test('a lookup that declares more is given more', async () => {
  const { post, contexts } = scene({ contextKeys: ['agentId', 'conversationNumber', 'appId'] });
  await post(body('admin'));
  expect(contexts()).toEqual([{ agentId: '134073', conversationNumber: '42' }]);
});

test('a lookup that declares nothing is given nothing', async () => {
  const { post, contexts } = scene({ contextKeys: [] });
  await post(body('admin'));
  expect(contexts()).toEqual([{}]);
});

test('the query string of a callback URL, which is not signed, is never read', async () => {
  const { post, contexts } = scene();
  await post(body('user'), '/helpscout?role=admin&inbox=billing@example.com&user[role]=admin');
  expect(contexts()).toMatchObject([{ role: 'user', inbox: 'help@example.com' }]);
});

test('FreeScout, whose header is not signed, cannot be told from a legacy app', async () => {
  const { app, contexts } = scene();
  const signature = sign(secretKey, requestBody([email]));
  await request(app)
    .post('/helpscout')
    .set('X-FreeScout-Signature', signature)
    .serialize((sent) => sent)
    .send(requestBody([email]));
  expect(contexts()).toMatchObject([{ app: 'legacy' }]);
});

test('an outage serves the next conversation of the customer, and colleagues of the role', async () => {
  const { post, state } = scene();
  await post(body('admin'));
  state.failure = away;
  const html = await post(body('admin', { agent: '7', ticket: '8' }));
  expect(html).toContain('Seen by admin');
  expect(html).toContain('As of ');
});

test.each([
  ['role', body('user')],
  ['inbox', body('admin', { inbox: 'sales@example.com' })],
])('an outage shows no result that was found for another %s', async (_, other) => {
  const { post, state } = scene();
  await post(body('admin'));
  state.failure = away;
  expect(await post(other)).not.toContain('Seen by');
  expect(await post(body('admin'))).toContain('Seen by admin');
});

test('an outage tells agents apart for a lookup that does', async () => {
  const { post, state } = scene({ contextKeys: ['agentId', 'role'] });
  await post(body('admin'));
  state.failure = away;
  expect(await post(body('admin', { agent: '7' }))).not.toContain('Seen by');
  expect(await post(body('admin', { ticket: '8' }))).toContain('Seen by admin');
});

test('agents of two roles who open a conversation at once each get their own answer', async () => {
  const { post } = scene();
  const [admin, user] = await Promise.all([post(body('admin')), post(body('user'))]);
  expect(admin).toContain('Seen by admin');
  expect(user).toContain('Seen by user');
});

test('a platform app’s lookup is given ids, with neither a role nor an address', async () => {
  const { app, contexts } = scene({ findAddresses: async () => [email] });
  const unsigned = '&role=admin&inbox=billing@example.com';
  await request(app).get(`${addressFor('706401868')}${unsigned}`);
  expect(contexts()).toEqual([{ inboxId: '364558', app: 'platform', appId: '5Ma3boWZmlnA' }]);
});

test('a platform app’s lookup by number is given the same', async () => {
  const { app, contexts } = scene({
    findsByCustomerId: true,
    contextKeys: ['agentId', 'conversationId', 'conversationNumber'],
  });
  await request(app).get(addressFor('706401868'));
  expect(contexts()).toEqual([
    { agentId: '772569', conversationId: '3382942562', conversationNumber: '6002' },
  ]);
});

test('a search has the context of the page that it comes from', async () => {
  const { app, contexts } = scene({ findAddresses: async () => [] });
  const { text } = await request(app).get(`/helpscout?${platformQuery('7', secretKey)}`);
  const token = /data-token="([^"]+)"/.exec(text)?.[1] ?? '';
  await request(app).post('/helpscout/search').set('X-Search-Token', token).send({ email });
  expect(contexts()).toEqual([{ inboxId: '364558', app: 'platform', appId: '5Ma3boWZmlnA' }]);
});

test('leaves nothing in the log, whether a lookup succeeds or fails', async () => {
  const keys = ['inbox', 'role', 'agentId', 'conversationId'] as const;
  const { post, state, entries } = scene({ contextKeys: keys });
  await post(body('admin'));
  state.failure = new LookupError('misconfigured', '22P02', {
    cause: new Error('invalid input syntax: "help@example.com"'),
  });
  await post(body('owner'));
  state.failure = new Error('admin');
  await post(body('admin', { agent: '7' }));
  expect(entries.length).toBe(3);
  expect(JSON.stringify(entries)).not.toMatch(/help@|100016|admin|owner|134073|322585297/);
});
