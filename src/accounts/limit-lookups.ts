import { type Account, type FindAccounts, LookupError } from '../account.ts';

/** An agent waits no longer than this for a lookup, whatever it is that hangs. */
const deadlineMs = 2_000;

/**
 * With four connections and half a millisecond each, the last of these waits for eight: fifty
 * agents at once are a busy morning, more are a bad day. What waits costs little and is thrown out
 * by the pool's own limit.
 */
const mostAtOnce = 64;

/**
 * The same lookups, but each within a deadline, no more than a few at once, and the same question
 * asked once however many tabs ask it together. Throws `LookupError` "busy" for those too many.
 */
export function limitLookups(
  findAccounts: FindAccounts,
  isOverloaded: () => boolean,
): FindAccounts {
  const underWay = new Map<string, Promise<Account[]>>();
  return (...asked) => {
    const question = JSON.stringify(asked);
    const same = underWay.get(question);
    if (same !== undefined) return same;
    if (isOverloaded()) return Promise.reject(new LookupError('busy', 'overload', {}));
    if (underWay.size >= mostAtOnce)
      return Promise.reject(new LookupError('busy', 'too_many_lookups', {}));
    const lookup = beforeDeadline(findAccounts(...asked)).finally(() => underWay.delete(question));
    underWay.set(question, lookup);
    return lookup;
  };
}

async function beforeDeadline<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    // Made only when it is late: an error takes longer to make than the words of an account.
    const giveUp = () => reject(new LookupError('unreachable', 'deadline', {}));
    timer = setTimeout(giveUp, deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
