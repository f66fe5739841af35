import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { guardConnections, markVerified } from '../../src/http/connections.ts';
import { createCounters } from '../../src/server/metrics/counters.ts';
import { eventually } from '../examples.ts';

// Real sockets: what one connection, and all together, may make the server hold.

async function serve(answer: (path: string, res: ServerResponse) => void, maxConnections?: number) {
  const handled: string[] = [];
  const rejected: string[] = [];
  const server: Server = createServer();
  let parsed = 0;
  server.on('request', () => parsed++);
  const guard = guardConnections(server, (failure) => rejected.push(failure), maxConnections);
  server.on(
    'request',
    guard.inTurn((req, res) => {
      const path = req.url ?? '';
      handled.push(path);
      if (path === '/verified') markVerified(req);
      answer(path, res);
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const open = async () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  const ask = async (socket: Socket, path = '/') => {
    socket.write(get(path));
    const [data] = await once(socket.setEncoding('utf8'), 'data');
    return String(data);
  };
  return { handled, rejected, open, ask, parsed: () => parsed };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const paths = (count: number) => Array.from({ length: count }, (_, i) => `/${i}`);

test.each(['connections', 'pipelined', 'too_many_headers', 'unread'])(
  'what is closed as %s is counted under that name',
  (failure) => {
    const { observer, totals } = createCounters();
    observer.onWarning({ event: 'rejected', class: failure });
    expect(totals.rejections[failure]).toBe(1);
  },
);

test('begins the requests of a connection one after the other, in order', async () => {
  const waiting: ServerResponse[] = [];
  const { handled, open } = await serve((_, res) => void waiting.push(res));
  const socket = await open();
  socket.write(paths(16).map(get).join(''));
  for (let answered = 0; answered < 16; answered++) {
    await eventually(() => expect(handled).toEqual(paths(answered + 1)));
    waiting[answered]?.end('x');
  }
});

test('closes a connection at its seventeenth request, and does no work for those behind', async () => {
  const { handled, rejected, open, parsed } = await serve(() => {});
  const socket = await open();
  socket.write(paths(1_900).map(get).join(''));
  await once(socket, 'close');
  expect(handled).toEqual(['/0']);
  // Else Node would make a request and a response of each.
  expect(parsed()).toBeLessThan(60);
  expect(rejected).toEqual(['pipelined']);
});

test('begins no answer while the one before is unread', async () => {
  const { handled, open } = await serve((_, res) => void res.end('x'.repeat(8 * 1024 * 1024)));
  const socket = await open();
  socket.pause().write(paths(3).map(get).join(''));
  await eventually(() => expect(handled).toEqual(['/0']));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(handled).toEqual(['/0']);
  socket.resume();
  await eventually(() => expect(handled).toEqual(['/0', '/1', '/2']));
});

test('closes a connection that does not read its answer', async () => {
  const { rejected, open } = await serve((_, res) => void res.end('x'.repeat(8 * 1024 * 1024)));
  const socket = await open();
  socket.pause().write(get('/'));
  await eventually(() => expect(rejected).toEqual(['unread']));
});

test('makes room by closing the oldest idle connection that never carried a verified request', async () => {
  const { rejected, open, ask } = await serve((_, res) => void res.end('ok'), 3);
  const proxy = await open();
  await ask(proxy, '/verified');
  const idle = await open();
  await ask(idle);
  const unused = await open();
  const closed = once(idle, 'close');
  expect(await ask(await open())).toContain('200 OK');
  await closed;
  expect(rejected).toEqual(['connections']);
  const closedToo = once(unused, 'close');
  expect(await ask(await open())).toContain('200 OK');
  await closedToo;
  expect(await ask(proxy)).toContain('200 OK');
});

test('closes the new connection where all others are verified', async () => {
  const { open, ask } = await serve((_, res) => void res.end('ok'), 2);
  const proxies = [await open(), await open()];
  for (const proxy of proxies) await ask(proxy, '/verified');
  const late = await open();
  await once(late, 'close');
  for (const proxy of proxies) expect(await ask(proxy)).toContain('200 OK');
});
