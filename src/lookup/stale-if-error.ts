import { type Account, type FindAccounts, LookupError } from '../domain/account.ts';
import { questionOf } from './lookup-key.ts';

/** What a lookup found: now, or, when the database fails, at an earlier time. */
export type Answer =
  | { accounts: Account[]; failure: null }
  | { accounts: Account[]; failure: LookupError; asOf: Date };

/** Longer than a restart or a failover takes, and too short for much to change. */
const keptMs = 10 * 60_000;

/** Some kilobytes each. */
const maxEntries = 500;

/** More would only push each other out, and keep the garbage collector busy. */
const mostNewInSecond = 100;

/**
 * Keeps the last good answer to each question and gives it when, and only when, the database
 * cannot answer. A question is its addresses in their order and the customer's id, so that nobody
 * can be shown what somebody else's question found. In memory alone: it ends with the process.
 */
export function staleIfError(
  findAccounts: FindAccounts,
  now: () => Date,
): (...asked: Parameters<FindAccounts>) => Promise<Answer> {
  const kept = new Map<string, { accounts: Account[]; asOf: Date }>();
  const isTooOld = (asOf: Date) => now().getTime() - asOf.getTime() > keptMs;

  let [second, newInSecond] = [0, 0];
  function isTooMany(at: Date): boolean {
    const thisSecond = Math.floor(at.getTime() / 1_000);
    if (thisSecond !== second) newInSecond = 0;
    second = thisSecond;
    return ++newInSecond > mostNewInSecond;
  }

  function forgetTheOldest(): void {
    for (const [question, { asOf }] of kept) {
      if (kept.size <= maxEntries && !isTooOld(asOf)) return;
      kept.delete(question);
    }
  }

  return async (...asked) => {
    const question = questionOf(asked);
    try {
      const accounts = await findAccounts(...asked);
      const answer = { accounts, asOf: now() };
      // Taken out and put back, it becomes the youngest.
      if (kept.delete(question) || !isTooMany(answer.asOf)) {
        kept.set(question, answer);
        forgetTheOldest();
      }
      return { accounts, failure: null };
    } catch (error) {
      const last = kept.get(question);
      const helps = error instanceof LookupError && error.reason !== 'misconfigured';
      if (!helps || last === undefined || isTooOld(last.asOf)) throw error;
      return { ...last, failure: error };
    }
  };
}
