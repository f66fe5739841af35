import { type Account, type FindAccounts, LookupError } from '../account.ts';
import { within } from '../deadline.ts';

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
    const late = () => new LookupError('unreachable', 'deadline', {});
    const lookup = within(deadlineMs, findAccounts(...asked), late).finally(() =>
      underWay.delete(question),
    );
    underWay.set(question, lookup);
    return lookup;
  };
}
