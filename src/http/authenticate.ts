import { LRUCache } from 'lru-cache';
import type { Warn } from '../domain/log.ts';
import type { Observer, Refusal } from '../domain/observer.ts';
import { diagnose } from '../helpscout/diagnosis.ts';
import type { Proof, SecretKeys } from '../helpscout/signature.ts';

/** A signature, how to verify it, and the bytes that it should be of. */
export type Claim = { signature: string; verify: () => Proof; signed: () => Buffer };

/** Why a claim is refused, as the log calls it; null when it is proven. */
export type Authenticate = (claim: Claim) => Refusal | null;

export function createAuthenticate(
  secretKeys: SecretKeys,
  now: () => Date,
  warn: Warn,
  observer?: Observer,
): Authenticate {
  let lastDiagnosis = Number.NEGATIVE_INFINITY;
  const isRepeated = createRepetitionCheck(now);

  /** At most once a minute: it costs six times what the refusal does. */
  function diagnoseMismatch({ signed, signature }: Claim): Refusal {
    if (now().getTime() - lastDiagnosis < 60_000) return 'mismatch';
    lastDiagnosis = now().getTime();
    return diagnose(secretKeys.secretKey, signed(), signature);
  }

  function authenticate(claim: Claim): Refusal | null {
    const proof = claim.verify();
    if (proof === null) return diagnoseMismatch(claim);
    if (proof === 'expired') return 'expired_secret';
    observer?.onProven(proof);
    if (proof === 'previous') warn({ event: 'accepted', class: 'previous_secret' });
    if (isRepeated(claim.signature)) warn({ event: 'accepted', class: 'same_signature' });
    return null;
  }

  return (claim) => {
    try {
      return authenticate(claim);
    } catch {
      // A verifier that fails has proven nothing.
      return 'verify_threw';
    }
  };
}

const hourMs = 3_600_000;

/** Agents do not open the same conversation that often in an hour. */
const suspiciousPerHour = 60;

const maxSignatures = 10_000;

/** 72 of 160 bits tell conversations apart. V8 would keep all of a signature for a longer slice. */
const prefixLength = 12;

/**
 * Whether this signature has now come suspiciously often in an hour; true once. Help Scout signs no
 * time, so that a replayed request looks like a conversation that is opened again.
 */
export function createRepetitionCheck(now: () => Date): (signature: string) => boolean {
  const counters = new LRUCache<string, { count: number }>({
    max: maxSignatures,
    ttl: hourMs,
    ttlResolution: 0,
    perf: { now: () => now().getTime() },
  });
  return (signature) => {
    // A whole signature would let whoever reads it ask for that customer.
    const key = signature.slice(0, prefixLength);
    const counter = counters.get(key) ?? { count: 0 };
    if (counter.count === 0) counters.set(key, counter);
    return ++counter.count === suspiciousPerHour;
  };
}
