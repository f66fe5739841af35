import { type FindAccounts, LookupError } from '../account.ts';
import { within } from '../deadline.ts';

const knownForMs = 5_000;
const deadlineMs = 2_000;

/**
 * Whether the database answers, for those who watch: by a lookup of nobody, when somebody wants to
 * know, and at most every five seconds however many want to. That it has too much to do, or
 * that its connections do, is no reason to call it down.
 */
export function createIsUp(findAccounts: FindAccounts, now: () => Date): () => Promise<boolean> {
  let askedAt = Number.NEGATIVE_INFINITY;
  let isUp: Promise<boolean> = Promise.resolve(true);
  const late = () => new LookupError('unreachable', 'deadline', {});
  return () => {
    if (now().getTime() - askedAt < knownForMs) return isUp;
    askedAt = now().getTime();
    isUp = within(deadlineMs, findAccounts([]), late).then(
      () => true,
      (error: unknown) => error instanceof LookupError && error.reason === 'busy',
    );
    return isUp;
  };
}
