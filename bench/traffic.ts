import { sign } from '../src/helpscout/signature.ts';
import { requestBody } from '../src/kit/request.ts';
import { secretKey } from './servers.ts';

/** One request as bytes, and what a right answer to it says. */
export type Request = { bytes: Buffer; status: number; says: string };

/** The same numbers in each run. https://en.wikipedia.org/wiki/Linear_congruential_generator */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * What Help Scout would send while agents open these many conversations with customers picked
 * among so many users: 5 % are strangers, 1 % are forged.
 */
export function makeTraffic(requests: number, users: number): Request[] {
  const random = randomNumbers(6);
  return Array.from({ length: requests }, (_, i) => {
    const user = 1 + Math.floor(random() * users);
    if (i % 100 === 0) return forged(customer(user));
    if (i % 20 === 1) return stranger(user);
    return ask(customer(user), `Company ${Math.floor((user - 1) / 10) + 1} &amp; Sons`);
  });
}

const customer = (user: number) => `person${user}@customers.example.com`;

function stranger(user: number): Request {
  const email = `stranger${user}@elsewhere.example.com`;
  return ask(email, `No account found for ${email}.`);
}

/** One customer, asked again and again. */
export const ask = (email: string, says: string): Request => {
  const body = requestBody([email]);
  return { bytes: toBytes(body, sign(secretKey, body)), status: 200, says };
};

function forged(email: string): Request {
  const body = requestBody([email]);
  const bytes = toBytes(body, sign(`${secretKey.slice(1)}x`, body));
  return { bytes, status: 403, says: 'forbidden' };
}

function toBytes(body: string, signature: string): Buffer {
  return Buffer.from(
    `POST /helpscout HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
      `Accept: application/json\r\nUser-Agent: Help Scout\r\n` +
      `X-HelpScout-Signature: ${signature}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
