import { type LevelWithSilent, pino } from 'pino';
import { type Log, type LogEntry, logFields } from '../domain/log.ts';

/** More, unread by a slow log collector, would fill the memory. */
const maxUnreadBytes = 1024 * 1024;

/** To write each line by itself would take as long as to render an account. */
const flushIntervalMs = 5;

type LogOptions = {
  level?: LevelWithSilent;
  output?: NodeJS.WriteStream;
  onLineDropped?: (() => void) | undefined;
};

/** Writes each entry as a line of JSON. */
export function createLog(options: LogOptions = {}): Log {
  const { level = 'info', output = process.stdout, onLineDropped = () => {} } = options;
  const timestamp = pino.stdTimeFunctions.isoTime;
  const destination = bufferLines(output, onLineDropped);
  return withKnownFields(pino({ level, base: null, timestamp }, destination));
}

/** Drops every other field: of a database error, `detail` and `where` hold values of rows. */
export function withKnownFields(log: Log): Log {
  return {
    info: (entry) => log.info(pickKnownFields(entry)),
    warn: (entry) => log.warn(pickKnownFields(entry)),
    error: (entry) => log.error(pickKnownFields(entry)),
  };
}

const knownFields: ReadonlySet<string> = new Set(logFields);

function pickKnownFields(entry: Readonly<Record<string, unknown>>): LogEntry {
  const picked: Record<string, unknown> = {};
  for (const field in entry) if (knownFields.has(field)) picked[field] = entry[field];
  return picked as LogEntry;
}

/** Unlike pino's own destination, it does not wait at exit for a log collector that hangs. */
function bufferLines(output: NodeJS.WriteStream, onLineDropped: () => void) {
  let lines = '';
  let dropped = 0;
  const flush = () => {
    output.write(lines);
    lines = '';
  };
  // The server outlives its log collector.
  output.on('error', () => {});
  process.once('exit', flush);
  return {
    write(line: string) {
      if (output.writableLength + lines.length > maxUnreadBytes) {
        dropped++;
        return onLineDropped();
      }
      if (lines === '') setTimeout(flush, flushIntervalMs).unref();
      lines += dropped === 0 ? line : `{"log_dropped":${dropped},${line.slice(1)}`;
      dropped = 0;
    },
  };
}
