import { LRUCache } from 'lru-cache';
import type { Log } from '../../domain/log.ts';

/** Finds, by the reference in an error message for the agent, what the log says about it. */
export function createFailures(log: Log) {
  const failures = new LRUCache<string, { class: string; message?: string }>({ max: 100 });
  const error: Log['error'] = (entry) => {
    const { ref, message } = entry;
    if (ref !== undefined && entry.class !== undefined)
      failures.set(String(ref), {
        class: String(entry.class),
        ...(message !== undefined && { message: String(message) }),
      });
    log.error(entry);
  };
  const { info, warn } = log;
  return {
    log: { info: info.bind(log), warn: warn.bind(log), error } satisfies Log,
    find: (html: string) => failures.get(/\(([0-9a-f]{8})\)/.exec(html)?.[1] ?? '') ?? null,
  };
}
