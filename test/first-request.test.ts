import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeFirstRequest } from '../src/first-request.ts';

test.each(['127.0.0.1', '0.0.0.0'])('asks a server at %s whether it is alive', async (host) => {
  const asked: unknown[] = [];
  const server = createServer((req, res) => {
    asked.push(req.url);
    res.end('{}');
  }).listen(0, host);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  await makeFirstRequest(host, (server.address() as AddressInfo).port);
  expect(asked).toEqual(['/healthz']);
});

test('goes on where nobody answers', async () => {
  const server = createTcpServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await makeFirstRequest('127.0.0.1', port);
  server.close();
  await makeFirstRequest('127.0.0.1', port);
});
