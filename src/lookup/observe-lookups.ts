import { type FindAccounts, LookupError } from '../domain/account.ts';
import type { Observer } from '../domain/observer.ts';

/** The same lookups; the observer is told when each starts, and how it ends. */
export function observeLookups(
  findAccounts: FindAccounts,
  { onLookupStarted, onLookupEnded }: Observer,
): FindAccounts {
  return async (...asked) => {
    onLookupStarted();
    const started = performance.now();
    try {
      const accounts = await findAccounts(...asked);
      onLookupEnded(performance.now() - started, null);
      return accounts;
    } catch (error) {
      const failure = error instanceof LookupError ? error.class : 'other';
      onLookupEnded(performance.now() - started, failure);
      throw error;
    }
  };
}
