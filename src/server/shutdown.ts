import { type Log, stackFrames } from '../domain/log.ts';

/** More than all shutdown hooks take together. */
export const hardStopMs = 8_000;

/** npm passes a Ctrl-C on to a program that got it from the terminal already. */
const duplicateSignalMs = 1_000;

/** Calls `stop` at the first stop signal; a later one ends the process at once. */
export function onStopSignal(stop: () => void): void {
  let firstAt: number | null = null;
  const onSignal = () => {
    if (firstAt === null) {
      firstAt = performance.now();
      stop();
    } else if (performance.now() - firstAt > duplicateSignalMs) process.exit(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, onSignal);
}

/** After a defect the state of the process is unknown, so the supervisor restarts it. */
export function exitOnCrash(log: Log): void {
  process.on('uncaughtException', (error) => {
    log.error({ event: 'crashed', class: error.name, stack: stackFrames(error) });
    process.exit(1);
  });
}
