import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { listen } from '../../src/http/listen.ts';
import { warmUp } from '../../src/http/warm-up.ts';

test('asks a server whether it is alive before it listens', async () => {
  const asked: unknown[] = [];
  const server = createServer((req, res) => {
    asked.push([req.url, server.listening]);
    res.end('{}');
  });
  await warmUp(server);
  expect(asked).toEqual([['/healthz', false]]);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(asked).toHaveLength(2);
  server.close();
});

test('goes on where nobody answers', async () => {
  await warmUp(createServer().on('connection', (socket) => socket.destroy()));
  await warmUp(createServer((_req, res) => void res.destroy()));
});

test('was made when a port opens', async () => {
  const asked: unknown[] = [];
  const app: RequestListener = (req, res) => {
    asked.push(req.url);
    res.end();
  };
  const { close } = await listen(app, 0, '127.0.0.1');
  expect(asked).toEqual(['/healthz']);
  await close();
});
