import { type Log, stackFrames } from '../domain/log.ts';

/** More than all that a process waits for at a stop. */
export const hardStopMs = 8_000;

/** npm passes Ctrl-C on to a program that the terminal told already: that is no second wish. */
const oneWishMs = 1_000;

/** Calls `stop` at the first signal that asks for it, and ends the process at a later one. */
export function onStopSignal(stop: (signal: NodeJS.Signals) => void): void {
  let toldAt: number | null = null;
  const onSignal = (signal: NodeJS.Signals) => {
    // Whoever asks twice does not want to wait.
    if (toldAt !== null && performance.now() - toldAt > oneWishMs) process.exit(1);
    if (toldAt !== null) return;
    toldAt = performance.now();
    stop(signal);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
}

/** After a defect nothing is certain, so the supervisor starts anew. */
export function endOnDefects(log: Log): void {
  process.on('uncaughtException', (error) => {
    log.error({ event: 'crashed', class: error.name, stack: stackFrames(error) });
    process.exit(1);
  });
}
