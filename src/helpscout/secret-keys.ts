import { isSignedBy } from './signature.ts';

/** The app's Secret Key, and while it is being changed, the one before. */
export type SecretKeys = {
  secretKey: string;
  previous: { secretKey: string; until: Date } | null;
};

export type Proof = 'current' | 'previous' | 'expired' | null;

/**
 * Which key signed these bytes; "expired" and null are no proof. Both are always tried, so that
 * the time tells nothing.
 */
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
