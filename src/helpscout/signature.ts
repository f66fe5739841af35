import { createHmac, timingSafeEqual } from 'node:crypto';

/** 20 bytes in standard base64, and nothing else that Node's decoder would accept. */
export const base64OfTwentyBytes = /^[A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=$/;

/** The base64 HMAC-SHA1 that Help Scout puts into `X-HelpScout-Signature`. */
export function sign(secretKey: string, body: Buffer | string): string {
  return createHmac('sha1', secretKey).update(body).digest('base64');
}

/** The bytes must be as sent: Help Scout writes `\/`, so JSON that is serialized again differs. */
export function isSignedBy(secretKey: string, body: Buffer, signature: string): boolean {
  if (!base64OfTwentyBytes.test(signature)) return false;
  const expected = createHmac('sha1', secretKey).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'base64'));
}

/** The app's Secret Key, and while it is being changed, the previous one. */
export type SecretKeys = {
  secretKey: string;
  previous: { secretKey: string; until: Date } | null;
};

/** The key that signed; "expired" and null prove nothing. */
export type Proof = 'current' | 'previous' | 'expired' | null;

/** Which key signed these bytes. Both are always tried, so that the time tells nothing. */
export function verifySignature(
  keys: SecretKeys,
  body: Buffer,
  signature: string,
  now: Date,
): Proof {
  const byCurrent = isSignedBy(keys.secretKey, body, signature);
  const byPrevious = keys.previous !== null && isSignedBy(keys.previous.secretKey, body, signature);
  if (byCurrent) return 'current';
  if (!byPrevious || keys.previous === null) return null;
  return now < keys.previous.until ? 'previous' : 'expired';
}

/** The header's value, or why it cannot be one, as the log calls it. */
export type SignatureHeader =
  | { signature: string; isFreeScout: boolean; fault: null | 'empty' | 'shape' }
  | { signature: null; fault: 'missing' | 'duplicate' };

/** FreeScout sends its own, or at its admin's choice Help Scout's, and signs in the same way. */
const freeScoutHeader = 'x-freescout-signature';
const signatureHeaders = new Set(['x-helpscout-signature', freeScoutHeader]);

/** Of both names: most headers have another length. */
const nameLength = 'x-helpscout-signature'.length;

/** Two headers are refused even when they agree: which one a proxy saw is unknown. */
export function readSignature(rawHeaders: readonly string[]): SignatureHeader {
  let signature: string | undefined;
  let isFreeScout = false;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const rawName = rawHeaders[i] as string;
    if (rawName.length !== nameLength) continue;
    const name = rawName.toLowerCase();
    if (!signatureHeaders.has(name)) continue;
    if (signature !== undefined) return { signature: null, fault: 'duplicate' };
    signature = rawHeaders[i + 1] as string;
    isFreeScout = name === freeScoutHeader;
  }
  if (signature === undefined) return { signature: null, fault: 'missing' };
  if (signature === '') return { signature, isFreeScout, fault: 'empty' };
  const fault = base64OfTwentyBytes.test(signature) ? null : 'shape';
  return { signature, isFreeScout, fault };
}
