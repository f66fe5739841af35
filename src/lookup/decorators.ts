import { LRUCache } from 'lru-cache';
import { type Account, type FindAccounts, LookupError } from '../domain/account.ts';
import type { Context } from '../domain/context.ts';
import { Deadline } from '../domain/deadline.ts';
import { foldEmail, spellingsOf } from '../domain/email.ts';
import { failureOf } from '../domain/failures.ts';
import type { Log } from '../domain/log.ts';
import type { Observer } from '../domain/observer.ts';

/** Addresses and ids have no white space, so that different lookups have different keys. */
const lookupKey = (emails: readonly string[], customerId = '', context: Context = {}) =>
  `${customerId} ${emails.join(' ')} ${JSON.stringify(context)}`;

/** The same lookups, each reported to the observer. */
export function observeLookups(
  findAccounts: FindAccounts,
  { onLookupStarted, onLookupEnded }: Observer,
): FindAccounts {
  return async (...args) => {
    onLookupStarted();
    const started = performance.now();
    try {
      const accounts = await findAccounts(...args);
      onLookupEnded(performance.now() - started, null);
      return accounts;
    } catch (error) {
      const failure = error instanceof LookupError ? error.class : 'other';
      onLookupEnded(performance.now() - started, failure);
      throw error;
    }
  };
}

/**
 * The accounts whose address was requested, or that are of the requested customer. A pattern match in
 * a query, or a lower() that folds more than ASCII, would show another customer's account.
 */
export function onlyRequested(findAccounts: FindAccounts, log: Log): FindAccounts {
  return async (emails, customerId, deadline, context) => {
    const found = await findAccounts(emails, customerId, deadline, context);
    const requested = found.filter(
      ({ email, helpScoutCustomerId }) =>
        emails.includes(foldEmail(email)) ||
        (customerId !== undefined && helpScoutCustomerId === customerId),
    );
    if (requested.length < found.length)
      log.warn({ event: 'unasked_rows', count: found.length - requested.length });
    return requested;
  };
}

/** The role's function accepts no more addresses in a call. */
const maxBatchSize = 10;

/** Each counts as a lookup in flight: one customer must not keep many others from theirs. */
const maxBatchesAtOnce = 2;

/** Looks up more addresses in several calls, and both spellings of international domains. */
export function inBatches(findAccounts: FindAccounts): FindAccounts {
  return async (emails, customerId, deadline = new Deadline(), context) => {
    const asked = [...new Set(emails.flatMap(spellingsOf))];
    const batches = [asked.splice(0, maxBatchSize)];
    while (asked.length > 0) batches.push(asked.splice(0, maxBatchSize));
    const found: Account[] = [];
    for (let i = 0; i < batches.length; i += maxBatchesAtOnce) {
      const calls = batches
        .slice(i, i + maxBatchesAtOnce)
        .map((batch, j) =>
          findAccounts(batch, i + j === 0 ? customerId : undefined, deadline, context),
        );
      found.push(...(await Promise.all(calls)).flat());
    }
    return found;
  };
}

/** Fifty agents at once are a busy morning. */
const maxConcurrent = 64;

const late = () => new LookupError('unreachable', 'deadline', {});

/**
 * Limits the lookups in flight, and runs equal ones once. Each waiter has its own deadline; the
 * lookup has that of the first. Throws `LookupError` "busy" when there are too many.
 */
export function limitConcurrency(
  findAccounts: FindAccounts,
  isOverloaded: () => boolean,
): FindAccounts {
  const inFlight = new Map<string, Account[] | Promise<Account[]>>();
  return (emails, customerId, deadline = new Deadline(), context) => {
    const key = lookupKey(emails, customerId, context);
    const same = inFlight.get(key);
    if (same !== undefined) return deadline.race(same, late);
    if (isOverloaded()) return Promise.reject(new LookupError('busy', 'overload', {}));
    if (inFlight.size >= maxConcurrent)
      return Promise.reject(new LookupError('busy', 'too_many_lookups', {}));
    const lookup = findAccounts(emails, customerId, deadline, context);
    inFlight.set(key, lookup);
    const result = deadline.race(lookup, late);
    // A lookup that hangs must not keep its place, nor keep others from trying again.
    const release = () => void inFlight.delete(key);
    result.then(release, release);
    return result;
  };
}

/** What a lookup found: now, or, when the database fails, at an earlier time. */
export type LookupResult =
  | { accounts: Account[]; failure: null }
  | { accounts: Account[]; failure: LookupError; asOf: Date };

/** Longer than a restart or a failover takes, and too short for much to change. */
const ttlMs = 10 * 60_000;

/** Some kilobytes each, in all no more than `maxCacheBytes`. */
const maxEntries = 500;
const maxCacheBytes = 16 * 1024 * 1024;

/** A larger result is not kept: it would evict those of many other customers. */
const maxResultBytes = 1024 * 1024;

/** Characters may take two bytes each. */
const bytesPerCharacter = 2;

/** About what V8 needs for a field, a list's item or a date, its text apart. */
const bytesPerValue = 48;

/** About how much memory a lookup's key and result take. */
const resultBytes = ({ accounts }: { accounts: Account[] }, key: string): number =>
  accounts.reduce((sum, account) => sum + bytesOf(account), bytesOf(key));

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return bytesPerValue + value.length * bytesPerCharacter;
  let bytes = bytesPerValue;
  // A date has no fields of its own.
  if (typeof value === 'object') for (const name in value) bytes += bytesOf(value[name as never]);
  return bytes;
}

/** More would only evict each other, and keep the garbage collector busy. */
const maxNewPerSecond = 100;

/** Fails every lookup until an admin acts, so that no result would be good for long. */
const isLasting = ({ reason, class: failure }: LookupError) =>
  reason === 'misconfigured' && !failureOf(failure).isAboutData;

/**
 * Keeps the last good result of each lookup, in memory alone, and returns it when, and only when,
 * the lookup fails and may succeed again. The key is the whole lookup: no customer gets another's
 * result, and no agent what another role was shown.
 */
export function staleIfError(
  findAccounts: FindAccounts,
  now: () => Date,
): (...args: Parameters<FindAccounts>) => Promise<LookupResult> {
  const cache = new LRUCache<string, { accounts: Account[]; asOf: Date }>({
    max: maxEntries,
    maxSize: maxCacheBytes,
    maxEntrySize: maxResultBytes,
    sizeCalculation: resultBytes,
    ttl: ttlMs,
    // Each get asks the clock: by itself the cache sets a timer to remember the time.
    ttlResolution: 0,
    perf: { now: () => now().getTime() },
  });

  let [second, newInSecond] = [0, 0];
  function hasRoom(at: Date): boolean {
    const thisSecond = Math.floor(at.getTime() / 1_000);
    if (thisSecond !== second) {
      [second, newInSecond] = [thisSecond, 0];
      cache.purgeStale();
    }
    return ++newInSecond <= maxNewPerSecond;
  }

  return async (emails, customerId, deadline, context) => {
    const key = lookupKey(emails, customerId, context);
    try {
      const accounts = await findAccounts(emails, customerId, deadline, context);
      const asOf = now();
      if (cache.has(key) || hasRoom(asOf)) cache.set(key, { accounts, asOf });
      return { accounts, failure: null };
    } catch (error) {
      if (!(error instanceof LookupError) || isLasting(error)) throw error;
      const last = cache.get(key);
      if (last === undefined) throw error;
      return { ...last, failure: error };
    }
  };
}
