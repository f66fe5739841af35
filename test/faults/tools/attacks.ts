import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

// Callers without a signature who try to make the server hold more than it has.

const post = 'POST /helpscout HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';
export const page = 'GET /helpscout HTTP/1.1\r\nHost: x\r\n\r\n';
const signedShape =
  'GET /helpscout?customer-id=1&X-HelpScout-Signature=AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D HTTP/1.1\r\nHost: x\r\n\r\n';
const unknown = 'GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n';

export type Attack = {
  name: string;
  begin: (port: number) => Promise<Socket[]>;
  closedWithinMs: number;
};

export const open = (port: number) => connect(port, '127.0.0.1').on('error', () => {});

/** Sends all at once and reads nothing. */
const flood = (request: string, count: number) => (socket: Socket) =>
  void socket.pause().write(request.repeat(count));

/** In steps, so that the good requests of the same process are not late for its own sake. */
const atOnce =
  (count: number, act: (socket: Socket, i: number) => void) => async (port: number) => {
    const sockets: Socket[] = [];
    for (let i = 0; i < count; i++) {
      const socket = open(port);
      act(socket, i);
      sockets.push(socket);
      if (i % 50 === 49) await wait(1);
    }
    return sockets;
  };

const oneByOne =
  (count: number, act: (socket: Socket, i: number) => void) => async (port: number) => {
    const sockets: Socket[] = [];
    for (let i = 0; i < count; i++) {
      const socket = open(port);
      act(socket, i);
      sockets.push(socket);
      await wait(5);
    }
    return sockets;
  };

/** They ask for answers and never read. */
const unread: [string, Attack['begin']][] = [
  [
    '200 connections that send 1,900 unsigned POSTs at once and never read',
    atOnce(200, flood(post, 1_900)),
  ],
  [
    '200 connections that send 1,900 requests for the page, one connection after the other',
    oneByOne(200, flood(page, 1_900)),
  ],
  [
    '200 connections that send 1,900 forged platform requests at once',
    atOnce(200, flood(signedShape, 1_900)),
  ],
  [
    '200 connections that send 1,900 requests for nothing at once',
    atOnce(200, flood(unknown, 1_900)),
  ],
  [
    '400 connections that send 15 requests for the page each and never read',
    atOnce(400, flood(page, 15)),
  ],
];

export const attacks: Attack[] = [
  ...unread.map(([name, begin]) => ({ name, begin, closedWithinMs: 10_000 })),
  {
    name: '5,100 connections that send nothing',
    begin: atOnce(5_100, () => {}),
    closedWithinMs: Number.POSITIVE_INFINITY,
  },
];
