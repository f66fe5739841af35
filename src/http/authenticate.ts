import type { Warn } from '../domain/log.ts';
import type { Observer, Refusal } from '../domain/observer.ts';
import { diagnose } from '../helpscout/diagnosis.ts';
import { createRepetitionCheck } from '../helpscout/repetition.ts';
import type { Proof, SecretKeys } from '../helpscout/secret-keys.ts';

/** What is said to be signed, and what finds out who signed it. */
export type Claim = { signature: string; prove: () => Proof; signed: () => Buffer };

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
  function diagnosis({ signed, signature }: Claim): Refusal {
    if (now().getTime() - lastDiagnosis < 60_000) return 'mismatch';
    lastDiagnosis = now().getTime();
    return diagnose(secretKeys.secretKey, signed(), signature);
  }

  function whyRefused(claim: Claim): Refusal | null {
    const proof = claim.prove();
    if (proof === null) return diagnosis(claim);
    if (proof === 'expired') return 'expired_secret';
    observer?.onProven(proof);
    if (proof === 'previous') warn({ event: 'accepted', class: 'previous_secret' });
    if (isRepeated(claim.signature)) warn({ event: 'accepted', class: 'same_signature' });
    return null;
  }

  return (claim) => {
    try {
      return whyRefused(claim);
    } catch {
      // A verifier that fails has proven nothing.
      return 'verify_threw';
    }
  };
}
