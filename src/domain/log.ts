import type { Observer, Warning } from './observer.ts';

/** All fields of the log. Never a body, header, secret, address, name or value of a row. */
export const logFields = [
  'event',
  'class',
  'says',
  'todo',
  'message',
  'stack',
  'endpoint',
  'outcome',
  'accounts',
  'ref',
  'ms',
  'count',
  'host',
  'port',
  'node',
  'tz',
  'until',
  'column',
] as const;

export type LogEntry = { event: string } & { [field in (typeof logFields)[number]]?: unknown };

/** Ours, or an app's own logger, such as pino's. */
export type Log = Readonly<Record<'info' | 'warn' | 'error', (entry: LogEntry) => void>>;

/** Takes a warning that any caller can trigger, as often as they like. */
export type Warn = (warning: Warning) => void;

/** Logs the first warning of a kind in each minute, then every hundredth. The observer sees all. */
export function sampled(log: Log, now: () => Date, observer?: Observer): Warn {
  const kinds = new Map<string, { total: number; inMinute: number; minute: number }>();
  return (entry) => {
    observer?.onWarning(entry);
    const key = `${entry.event} ${entry.class}`;
    const minute = Math.floor(now().getTime() / 60_000);
    const kind = kinds.get(key) ?? { total: 0, inMinute: 0, minute };
    if (kind.minute !== minute) Object.assign(kind, { inMinute: 0, minute });
    kind.total++;
    kind.inMinute++;
    kinds.set(key, kind);
    if (kind.inMinute === 1 || kind.inMinute % 100 === 0) log.warn({ ...entry, count: kind.total });
  };
}

/** A stack without its message, which may quote a customer, but with the view that EJS names. */
export function stackFrames(error: Error): string[] {
  const [view = ''] = error.message.split('\n');
  const frames = error.stack?.match(/^ +at .*$/gm) ?? [];
  return [...(/^.+\.ejs:\d+$/.test(view) ? [view] : []), ...frames.map((frame) => frame.trim())];
}
