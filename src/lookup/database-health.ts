import { type FindAccounts, LookupError } from '../domain/account.ts';
import { Deadline } from '../domain/deadline.ts';

/** How long an agent's lookup shows that the database is up. */
const lookupValidForMs = 60_000;

const checkValidForMs = 5_000;

/** What agents' lookups tell, and who counts a check that failed. */
type Lookups = {
  /** When the latest ended, in ms; -Infinity if it failed or there was none. */
  lookupSucceededAt: () => number;
  onCheckFailed: (failure: string) => void;
};

/** Each gives the state after a check that is in flight: true for up, null for not known. */
export type DatabaseHealth = {
  /** Starts a lookup if nothing recent is known. */
  check: () => Promise<boolean | null>;
  /** Never starts a lookup. */
  lastKnown: () => Promise<boolean | null>;
};

/**
 * Whether the database is up. An empty lookup finds out if no agent's lookup succeeded lately, so
 * that watching a serverless database does not keep it awake. A busy database is up.
 */
export function createDatabaseHealth(
  findAccounts: FindAccounts,
  now: () => Date,
  { lookupSucceededAt, onCheckFailed }: Lookups,
): DatabaseHealth {
  const late = () => new LookupError('unreachable', 'deadline', {});
  let checkedAt = Number.NEGATIVE_INFINITY;
  let lastCheck = Promise.resolve();
  let isUp: boolean | null = null;

  const age = (ms: number) => now().getTime() - ms;
  const lookupSucceeded = () => age(lookupSucceededAt()) < lookupValidForMs;

  async function runCheck(): Promise<void> {
    try {
      await new Deadline().race(findAccounts([]), late);
      isUp = true;
    } catch (error) {
      isUp = error instanceof LookupError && error.reason === 'busy';
      if (!isUp) onCheckFailed(error instanceof LookupError ? error.class : 'other');
    }
  }

  async function lastKnown(): Promise<boolean | null> {
    await lastCheck;
    if (lookupSucceeded()) isUp = true;
    return isUp;
  }

  return {
    lastKnown,
    check() {
      if (!lookupSucceeded() && age(checkedAt) >= checkValidForMs) {
        checkedAt = now().getTime();
        lastCheck = runCheck();
      }
      return lastKnown();
    },
  };
}
