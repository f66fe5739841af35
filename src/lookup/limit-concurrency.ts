import { type Account, type FindAccounts, LookupError } from '../domain/account.ts';
import { createDeadline } from '../domain/deadline.ts';
import { removeItem } from '../domain/remove-item.ts';
import { questionOf } from './lookup-key.ts';

/** An agent waits no longer than this for a lookup, whatever it is that hangs. */
const deadlineMs = 2_000;

/**
 * With four connections and half a millisecond each, the last of these waits for eight: fifty
 * agents at once are a busy morning, more are a bad day. What waits costs little and is thrown out
 * by the pool's own limit.
 */
const maxConcurrent = 64;

/**
 * The same lookups, but each within a deadline, no more than a few at once, and the same question
 * asked once however many tabs ask it together. Throws `LookupError` "busy" for those too many.
 */
export function limitConcurrency(
  findAccounts: FindAccounts,
  isOverloaded: () => boolean,
): FindAccounts {
  const underWay: UnderWay[] = [];
  const inTime = createDeadline(deadlineMs, () => new LookupError('unreachable', 'deadline', {}));
  return (...asked) => {
    const question = questionOf(asked);
    const same = underWay.find((one) => one.question === question);
    if (same !== undefined) return same.lookup;
    if (isOverloaded()) return Promise.reject(new LookupError('busy', 'overload', {}));
    if (underWay.length >= maxConcurrent)
      return Promise.reject(new LookupError('busy', 'too_many_lookups', {}));
    const lookup = inTime(findAccounts(...asked), () => removeItem(underWay, one));
    const one: UnderWay = { question, lookup };
    underWay.push(one);
    return lookup;
  };
}

type UnderWay = { question: string; lookup: Promise<Account[]> };
