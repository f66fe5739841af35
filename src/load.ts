import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Answers that wait longer than this for their turn help nobody. */
const longestWaitMs = 200;

const measuredEveryMs = 1_000;

/** Whether this process has so much to do that everything waits: measured over the last second. */
export function watchLoad(): { isOverloaded: () => boolean; stop: () => void } {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let waitedMs = 0;
  const timer = setInterval(() => {
    // The median: one long pause, as for the garbage collector, is no overload.
    waitedMs = delay.percentile(50) / 1e6;
    delay.reset();
  }, measuredEveryMs);
  timer.unref();
  const stop = () => {
    clearInterval(timer);
    delay.disable();
  };
  return { isOverloaded: () => waitedMs > longestWaitMs, stop };
}
