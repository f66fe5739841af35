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
  let count = 0;
  let dropped = 0;
  /** How many dropped lines the waiting ones tell of. */
  let told = 0;

  function drop(): void {
    dropped++;
    onLineDropped();
  }

  function flush(): void {
    if (count === 0) return;
    const written = { count, told };
    output.write(lines, (error) => {
      if (!error) return;
      // A full disk may have taken half of a line.
      if (!lines.startsWith('\n')) lines = `\n${lines}`;
      dropped += written.told;
      for (let lost = 0; lost < written.count; lost++) drop();
    });
    lines = '';
    count = told = 0;
  }

  // The server outlives its log collector.
  output.on('error', () => {});
  process.once('exit', flush);
  return {
    write(line: string) {
      if (output.writableLength + lines.length > maxUnreadBytes) return drop();
      if (count === 0) setTimeout(flush, flushIntervalMs).unref();
      lines += dropped === 0 ? line : `{"log_dropped":${dropped},${line.slice(1)}`;
      told += dropped;
      count++;
      dropped = 0;
    },
  };
}
