import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import express, { type Express } from 'express';
import request from 'supertest';
import { expect, test, vi } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { expressPrototypes } from '../../src/http/express-prototypes.ts';
import { requestBody } from '../../src/kit/request.ts';
import { dependencies, headersFor } from '../examples.ts';

const serverOf = (app: Express) => createServer(expressPrototypes(app), app);

test('Express finds every request and response as it wants them, and changes no prototype', async () => {
  const server = serverOf(createApp(dependencies()));
  const told: { changed: boolean }[] = [];
  const { setPrototypeOf } = Object;
  const spy = vi.spyOn(Object, 'setPrototypeOf').mockImplementation((object, prototype) => {
    if (object instanceof IncomingMessage || object instanceof ServerResponse)
      told.push({ changed: Object.getPrototypeOf(object) !== prototype });
    return setPrototypeOf(object, prototype);
  });
  try {
    const body = requestBody(['robin@example.com']);
    const response = await request(server).post('/helpscout').set(headersFor(body)).send(body);
    expect(response.status).toBe(200);
    // Fewer, and Express does it by other means: then this watches the wrong thing.
    expect(told).toEqual([{ changed: false }, { changed: false }]);
  } finally {
    spy.mockRestore();
  }
});

test('what Express adds to requests and responses is there, for this app', async () => {
  const app = express();
  app.set('trust proxy', true);
  app.get('/', (req, res) => {
    res.set('X-App', String(req.app === app && res.app === app));
    res.json({ ip: req.ip, host: req.hostname, wants: req.accepts('json') });
  });
  const response = await request(serverOf(app)).get('/').set('X-Forwarded-For', '192.0.2.7');
  expect(response.headers['x-app']).toBe('true');
  expect(response.body).toEqual({ ip: '192.0.2.7', host: '127.0.0.1', wants: 'json' });
});

test('two apps in one process keep their own', async () => {
  const [one, two] = [express(), express()];
  for (const app of [one, two]) app.get('/', (req, res) => void res.json(req.app === app));
  const servers = [serverOf(one), serverOf(two)];
  for (const server of servers) expect((await request(server).get('/')).body).toBe(true);
});
