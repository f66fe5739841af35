import express from 'express';
import { pino } from 'pino';
import request from 'supertest';
import { expect, test, vi } from 'vitest';
import { toAccount } from '../../src/domain/account.ts';
import { createSidebarRouter } from '../../src/http/create-sidebar.ts';
import { type CreateSidebarOptions, createSidebar } from '../../src/index.ts';
import { requestBody } from '../../src/kit/request.ts';
import { addressFor, headersFor, memoryLog, secretKey } from '../examples.ts';

vi.mock('../../src/http/create-sidebar.ts', { spy: true });

const robin = toAccount({ email: 'robin@example.com', companyName: 'From a list' });
const body = requestBody([robin.email]);

/** Another team's app, with the sidebar mounted in it. */
function appWith(changes: Partial<CreateSidebarOptions> = {}, before = express.Router()) {
  const log = memoryLog();
  const app = express();
  app.use(before);
  const findAccounts = async (emails: readonly string[]) =>
    emails.includes(robin.email) ? [robin] : [];
  app.use('/internal', createSidebar({ secretKey, findAccounts, log, ...changes }));
  return { app, entries: log.entries };
}

const post = (app: express.Express) =>
  request(app)
    .post('/internal/helpscout')
    .set(headersFor(body))
    .serialize((sent) => sent)
    .send(body);

test('needs a key and a lookup, and has an answer for the rest', async () => {
  const { app } = appWith();
  expect((await post(app)).body.html).toContain('From a list');
  const page = await request(app).get(`/internal${addressFor('7')}`);
  expect(page.text).toContain('set HELPSCOUT_APP_ID and HELPSCOUT_APP_SECRET');
});

test.each(['', 'short', undefined])('does not start with the key %j', (key) => {
  expect(() => appWith({ secretKey: key as string })).toThrow(
    'createSidebar needs a secretKey of 20 to 40 characters',
  );
});

test('takes the key before, while it is good', async () => {
  const previous = { secretKey, until: new Date(Date.now() + 60_000) };
  const { app } = appWith({ secretKey: 'q7Tz0mW4cK9vB2nX5sL8', previous });
  expect((await post(app)).status).toBe(200);
});

test('asks for addresses as strictly as for those that Help Scout sends', async () => {
  const findAddresses = async () => [' Robin@Example.com', 'nul\0@example.com', 'x'];
  const { app } = appWith({ findAddresses });
  const page = await request(app).get(`/internal${addressFor('7')}`);
  expect(page.text).toContain('From a list');
});

test('refuses, and says why in the log, behind a body parser that took the bytes', async () => {
  const parser = express.Router().use(express.json());
  const { app, entries } = appWith({}, parser);
  expect((await post(app)).status).toBe(403);
  expect(entries).toMatchObject([{ event: 'refused', class: 'no_body' }]);
});

test('writes to a logger of pino that the app has', async () => {
  const lines: string[] = [];
  const log = pino({ base: { app: 'crm' } }, { write: (line) => void lines.push(line) });
  const { app } = appWith({ log });
  await post(app);
  expect(JSON.parse(lines.join(''))).toMatchObject({ app: 'crm', event: 'answered' });
});

test('hands the logger of an app no field that is not known', () => {
  const { entries } = appWith();
  const [{ log } = {}] = vi.mocked(createSidebarRouter).mock.lastCall ?? [];
  log?.error({ event: 'failed', ...{ detail: 'Key (email)=(robin@example.com)' } });
  expect(entries).toEqual([{ event: 'failed' }]);
});

test('lets Help Scout frame the page, though the app forbids it for its own', async () => {
  const forbid = express.Router().use((_req, res, next) => {
    res.set({ 'X-Frame-Options': 'DENY', 'Content-Security-Policy': "frame-ancestors 'none'" });
    next();
  });
  const { app } = appWith({}, forbid);
  const { headers } = await request(app).get(`/internal${addressFor('7')}`);
  expect(headers).not.toHaveProperty('x-frame-options');
  expect(headers['content-security-policy']).toContain('frame-ancestors https://secure.helpscout');
});

test('answers at its path alone, with or without a slash, whatever the app is like', async () => {
  const { app } = appWith();
  expect((await request(app).get('/internal/helpscout/')).status).toBe(200);
  for (const path of ['/internal/helpscout//', '/internal/HELPSCOUT', '/helpscout'])
    expect((await request(app).get(path)).status).toBe(404);
});
