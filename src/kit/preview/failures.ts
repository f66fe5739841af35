import type { Log } from '../../domain/log.ts';

export type Failure = { class: string; message?: string };

const mostFailures = 100;

/**
 * An apology shows the agent a reference, and the log says under it what failed. The page shows
 * both at once.
 */
export function createFailures(log: Log): { log: Log; find: (html: string) => Failure | null } {
  const known = new Map<string, Failure>();
  const keep = (entry: object) => {
    if (!('ref' in entry && 'class' in entry)) return;
    const message = 'message' in entry ? { message: String(entry.message) } : {};
    known.set(String(entry.ref), { class: String(entry.class), ...message });
    const [oldest] = known.keys();
    if (known.size > mostFailures && oldest !== undefined) known.delete(oldest);
  };
  return {
    log: {
      info: log.info.bind(log),
      warn: log.warn.bind(log),
      error(entry) {
        keep(entry);
        log.error(entry);
      },
    },
    find(html) {
      const [, ref = ''] = /\(([0-9a-f]{8})\)/.exec(html) ?? [];
      return known.get(ref) ?? null;
    },
  };
}
