import { type FindAccounts, LookupError } from '../domain/account.ts';
import { Deadline } from '../domain/deadline.ts';

const knownForMs = 5_000;

/** What else is known of it, by those who look up for agents. */
type Lookups = {
  /** How many succeeded so far. */
  succeeded: () => number;
  /** The class of a lookup of nobody that failed. */
  onFailed: (failure: string) => void;
};

/**
 * Whether the database answers, for those who watch: by a lookup of nobody, when somebody wants to
 * know, and at most every five seconds however many want to. That it has too much to do, or
 * that its connections do, is no reason to call it down. An agent's lookup that succeeds ends the
 * time for which it is known to be away.
 */
export function createDatabaseHealth(
  findAccounts: FindAccounts,
  now: () => Date,
  lookups: Lookups = { succeeded: () => 0, onFailed: () => {} },
): () => Promise<boolean> {
  let askedAt = Number.NEGATIVE_INFINITY;
  let succeededBefore = 0;
  let isUp: Promise<boolean> = Promise.resolve(true);
  const late = () => new LookupError('unreachable', 'deadline', {});
  return () => {
    if (now().getTime() - askedAt < knownForMs)
      return isUp.then((is) => is || lookups.succeeded() > succeededBefore);
    askedAt = now().getTime();
    isUp = new Deadline().race(findAccounts([]), late).then(
      () => true,
      (error: unknown) => {
        if (error instanceof LookupError && error.reason === 'busy') return true;
        succeededBefore = lookups.succeeded();
        lookups.onFailed(error instanceof LookupError ? error.class : 'other');
        return false;
      },
    );
    return isUp;
  };
}
