import type { Log } from '../domain/log.ts';

/** What a collector that reads slowly may leave unread; more would fill the memory. */
const mostUnreadBytes = 1024 * 1024;

/**
 * A line goes out at once, and what follows it within a moment together: to write each by itself takes
 * as long as an account's words. A longer moment would leave more to the garbage collector, which
 * meets them all each time. What is said last goes out when the process ends.
 */
const flushIntervalMs = 5;

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
    setTimeout(flush, flushIntervalMs).unref();
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

let [second, secondText] = [Number.NaN, ''];

/** An instant as ISO 8601 has it: within a second only the end of it is new. */
function timeOf(ms: number): string {
  const current = Math.floor(ms / 1_000);
  if (current !== second) secondText = new Date(current * 1_000).toISOString().slice(0, -4);
  second = current;
  return `${secondText}${String(ms % 1_000).padStart(3, '0')}Z`;
}

/** As pino and bunyan number them, so that collectors know them. */
const levels = { info: 30, warn: 40, error: 50 } as const;
