import type { Log } from '../../domain/log.ts';

export type Failure = { class: string; message?: string };

const maxFailures = 100;

/** Finds, by the reference in an error message for the agent, what the log says about it. */
export function createFailures(log: Log): { log: Log; find: (html: string) => Failure | null } {
  const failures = new Map<string, Failure>();
  const add = (entry: object) => {
    if (!('ref' in entry && 'class' in entry)) return;
    const message = 'message' in entry ? { message: String(entry.message) } : {};
    failures.set(String(entry.ref), { class: String(entry.class), ...message });
    const [oldest] = failures.keys();
    if (failures.size > maxFailures && oldest !== undefined) failures.delete(oldest);
  };
  return {
    log: {
      info: log.info.bind(log),
      warn: log.warn.bind(log),
      error(entry) {
        add(entry);
        log.error(entry);
      },
    },
    find(html) {
      const [, ref = ''] = /\(([0-9a-f]{8})\)/.exec(html) ?? [];
      return failures.get(ref) ?? null;
    },
  };
}
