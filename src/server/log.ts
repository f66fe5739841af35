import { remember } from '../domain/memoize.ts';
import type { Observer, Warning } from '../domain/observer.ts';

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

/** What a collector that reads slowly may leave unread; more would fill the memory. */
const mostUnreadBytes = 1024 * 1024;

/**
 * A line goes out at once, and what follows it within a moment together: to write each by itself takes
 * as long as an account's words. A longer moment would leave more to the garbage collector, which
 * meets them all each time. What is said last goes out when the process ends.
 */
const momentMs = 5;

/**
 * One JSON line an entry on standard output. Lines that nobody reads are dropped, and counted.
 */
export function createLog(
  output: NodeJS.WriteStream = process.stdout,
  onDropped: () => void = () => {},
): Log {
  let dropped = 0;
  let lines = '';
  let isMoment = false;
  // A collector that went away costs the lines, not the server.
  output.on('error', () => {});
  const isFull = () => output.writableLength + lines.length > mostUnreadBytes;
  const flush = () => {
    isMoment = lines !== '';
    if (!isMoment) return;
    output.write(lines);
    lines = '';
    setTimeout(flush, momentMs).unref();
  };
  process.once('exit', flush);
  const write = (level: number, entry: object) => {
    if (isFull()) {
      dropped++;
      onDropped();
      return;
    }
    const said = dropped === 0 ? entry : { log_dropped: dropped, ...entry };
    dropped = 0;
    lines += `{"level":${level},"time":"${timeOf(Date.now())}",${JSON.stringify(said).slice(1)}\n`;
    if (!isMoment) flush();
  };
  return {
    info: (entry) => write(levels.info, entry),
    warn: (entry) => write(levels.warn, entry),
    error: (entry) => write(levels.error, entry),
  };
}

/** An instant as ISO 8601 has it: within a second only the end of it is new. */
const timeOf = (ms: number) =>
  `${secondOf(Math.floor(ms / 1_000))}${String(ms % 1_000).padStart(3, '0')}Z`;
const secondOf = remember(1, (second: number) =>
  new Date(second * 1_000).toISOString().replace('000Z', ''),
);

/** As pino and bunyan number them, so that collectors know them. */
const levels = { info: 30, warn: 40, error: 50 } as const;

/**
 * Where an error came from, a place a line, and nothing of its message: whatever library threw it may
 * quote what a customer wrote. EJS names the view in the first line of its own.
 */
export function placesOf(error: Error): string[] {
  const [view = ''] = error.message.split('\n');
  const frames = error.stack?.match(/^ +at .*$/gm) ?? [];
  return [...(/^.+\.ejs:\d+$/.test(view) ? [view] : []), ...frames.map((frame) => frame.trim())];
}
