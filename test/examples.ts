import { sign } from '../src/helpscout/signature.ts';
import type { Log } from '../src/log.ts';

export const secretKey = 'test-secret-of-forty-characters-exactly!';

/** A Sunday, on which Sydney has summer time and Europe has not. */
export const now = new Date('2026-11-22T15:14:00Z');

/** A log that keeps its entries. */
export function memoryLog(): Log & { entries: object[] } {
  const entries: object[] = [];
  const keep = (entry: object) => void entries.push(entry);
  return { entries, info: keep, warn: keep, error: keep };
}

/** A body and the headers with which Help Scout would send it. */
export function signed(body: string | Buffer): {
  body: string | Buffer;
  headers: Record<string, string>;
} {
  return {
    body,
    headers: { 'Content-Type': 'application/json', 'X-HelpScout-Signature': sign(secretKey, body) },
  };
}
