import type { Observer, Warning } from './observer.ts';

/**
 * Where entries go: an event, its class, a reference, durations. Never a body, a header, a
 * secret, an address, a name or a value of a row.
 */
export type Log = Readonly<Record<'info' | 'warn' | 'error', (entry: object) => void>>;

/** Takes a warning that strangers can cause as often as they like. */
export type Warn = (warning: Warning) => void;

const minuteMs = 60_000;

/**
 * Writes the first of its kind in each minute and then every hundredth, with the count of all
 * there have been, so that a flood fills no disk. The observer is told of all.
 */
export function sampled(log: Log, now: () => Date, observer?: Observer): Warn {
  const kinds = new Map<string, { total: number; inMinute: number; minute: number }>();
  return (entry) => {
    observer?.onWarning(entry);
    const key = `${entry.event} ${entry.class}`;
    const minute = Math.floor(now().getTime() / minuteMs);
    const kind = kinds.get(key) ?? { total: 0, inMinute: 0, minute };
    if (kind.minute !== minute) Object.assign(kind, { inMinute: 0, minute });
    kind.total++;
    kind.inMinute++;
    kinds.set(key, kind);
    if (kind.inMinute === 1 || kind.inMinute % 100 === 0) log.warn({ ...entry, count: kind.total });
  };
}

/**
 * Where an error came from, a place a line, and nothing of its message: whatever library threw it may
 * quote what a customer wrote. EJS names the view in the first line of its own.
 */
export function stackFrames(error: Error): string[] {
  const [view = ''] = error.message.split('\n');
  const frames = error.stack?.match(/^ +at .*$/gm) ?? [];
  return [...(/^.+\.ejs:\d+$/.test(view) ? [view] : []), ...frames.map((frame) => frame.trim())];
}
