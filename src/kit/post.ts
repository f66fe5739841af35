import { STATUS_CODES } from 'node:http';
import { sign } from '../helpscout/signature.ts';

/** What became of a request that was signed and sent as Help Scout would. */
export type Posted = {
  status: number;
  /** "OK", "Forbidden", … */
  statusText: string;
  /** The body, as it was sent. */
  text: string;
  bytes: number;
  /** From the first byte sent to the last one received. */
  ms: number;
  signature: string;
};

export type Loaded = Omit<Posted, 'signature'>;

const answerWithinMs = 10_000;

/** Where the signature stands. */
export const helpScoutHeader = 'X-HelpScout-Signature';
export const freeScoutHeader = 'X-FREESCOUT-SIGNATURE';

/** Throws what `fetch` throws. */
export async function post(
  url: URL,
  body: string,
  secretKey: string,
  header = helpScoutHeader,
): Promise<Posted> {
  const signature = sign(secretKey, body);
  const headers = { 'Content-Type': 'application/json', [header]: signature };
  return { ...(await load(url, { method: 'POST', headers, body })), signature };
}

/** Throws what `fetch` throws. */
export async function load(url: URL, init: RequestInit = {}): Promise<Loaded> {
  const started = performance.now();
  const response = await fetch(url, {
    ...init,
    // Help Scout does not follow redirects either.
    redirect: 'manual',
    signal: AbortSignal.timeout(answerWithinMs),
  });
  const text = await response.text();
  return {
    status: response.status,
    statusText: STATUS_CODES[response.status] ?? '',
    text,
    bytes: Buffer.byteLength(text),
    ms: Math.round((performance.now() - started) * 10) / 10,
  };
}

/** The html of an answer, or null when it is none. */
export function htmlIn(text: string): string | null {
  try {
    const answer: unknown = JSON.parse(text);
    const isSidebar = typeof answer === 'object' && answer !== null && 'html' in answer;
    return isSidebar && typeof answer.html === 'string' ? answer.html : null;
  } catch {
    return null;
  }
}
