import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The road to a server far away. */
export type Distance = {
  port: number;
  close: () => Promise<void>;
};

type Options = {
  roundTripMs: number;
  /** Until so long after the start nothing arrives, as at a database that wakes up. */
  wakesAfterMs?: number;
};

/**
 * Delays each direction by half the round trip. What a connection sends first waits for a whole one
 * more, as it would for the TCP handshake, which loopback does at once.
 */
export async function createDistance(
  targetPort: number,
  { roundTripMs, wakesAfterMs = 0 }: Options,
): Promise<Distance> {
  const sockets = new Set<Socket>();
  const startsAt = performance.now() + wakesAfterMs;

  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = connect({
      port: targetPort,
      host: '127.0.0.1',
      noDelay: true,
      allowHalfOpen: true,
    });
    const handshakeEnds = performance.now() + roundTripMs;
    delay(client, server, roundTripMs / 2, Math.max(startsAt, handshakeEnds) + roundTripMs / 2);
    delay(server, client, roundTripMs / 2, 0);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  return {
    port: (listener.address() as AddressInfo).port,
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Hands on what arrives, in order, so much later and not before that moment; its end too. */
function delay(from: Socket, to: Socket, ms: number, notBefore: number): void {
  const due: { at: number; deliver: () => void }[] = [];
  let timer: NodeJS.Timeout | null = null;
  const deliverDue = () => {
    timer = null;
    while (due[0] !== undefined && due[0].at <= performance.now()) due.shift()?.deliver();
    schedule();
  };
  const schedule = () => {
    if (timer !== null || due[0] === undefined) return;
    timer = setTimeout(deliverDue, due[0].at - performance.now());
  };
  const later = (deliver: () => void) => {
    due.push({ at: Math.max(performance.now() + ms, notBefore), deliver });
    schedule();
  };
  from.on('data', (chunk) => later(() => to.write(chunk)));
  from.on('end', () => later(() => to.end()));
  from.on('close', (hadError) => hadError && later(() => to.resetAndDestroy()));
}
