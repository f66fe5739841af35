import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The network between two programs, and what may befall it. */
export type Network = {
  port: number;
  /** Packets vanish, those of new connections too, until `resume` delivers what was sent again. */
  stall: () => void;
  resume: () => void;
  /** The connections of this moment never say anything again; new ones work, as after a failover. */
  halfDie: () => void;
  /** Ends every connection: with a reset in the middle of whatever it does, or in good order. */
  reset: () => void;
  cut: () => void;
  /** What the server says arrives as noise. */
  garble: (isOn: boolean) => void;
  close: () => Promise<void>;
};

type Pair = { client: Socket; server: Socket; isDead: boolean };

export async function createNetwork(targetPort: number): Promise<Network> {
  const pairs = new Set<Pair>();
  let isStalled = false;
  let isGarbled = false;

  const listener = createServer((client) => {
    const server = connect(targetPort, '127.0.0.1');
    const pair = { client, server, isDead: false };
    pairs.add(pair);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      if (isStalled) socket.pause();
    }
    client.on('data', (sent) => server.write(sent));
    server.on('data', (sent) => client.write(isGarbled ? randomBytes(sent.length) : sent));
    client.on('end', () => server.end());
    server.on('end', () => pair.isDead || client.end());
    const onClose = () => {
      if (client.destroyed && server.destroyed) pairs.delete(pair);
      // Whoever is cut off by half-dead connections must notice by himself.
      else if (!pair.isDead) for (const socket of [client, server]) socket.destroy();
    };
    client.on('close', onClose);
    server.on('close', onClose);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');

  const setPaused = (paused: boolean) => {
    isStalled = paused;
    for (const { client, server, isDead } of pairs)
      if (!isDead) for (const socket of [client, server]) paused ? socket.pause() : socket.resume();
  };
  const destroy = (how: 'destroy' | 'resetAndDestroy') => {
    for (const { client, server } of pairs) for (const socket of [client, server]) socket[how]();
  };

  return {
    port: (listener.address() as AddressInfo).port,
    stall: () => setPaused(true),
    resume: () => setPaused(false),
    halfDie: () => {
      for (const pair of pairs) {
        pair.isDead = true;
        pair.client.removeAllListeners('data').pause();
        // Its machine is gone, and the backend with it.
        pair.server.destroy();
      }
    },
    reset: () => destroy('resetAndDestroy'),
    cut: () => destroy('destroy'),
    garble: (isOn) => {
      isGarbled = isOn;
    },
    close: async () => {
      const closed = once(listener, 'close');
      listener.close();
      destroy('destroy');
      await closed;
    },
  };
}
