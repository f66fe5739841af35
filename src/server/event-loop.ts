import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A request waits several times; above this, more lookups would only make all of them late. */
const maxLagMs = 180;

const resolutionMs = 20;

export type Load = ReturnType<typeof monitorEventLoop>;

/** Measures the event loop's lag every second. */
export function monitorEventLoop() {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let median = 0;
  const peaks: number[] = [];
  setInterval(() => {
    // Not the peak: one long pause, as for garbage collection, is no overload.
    median = lagOf(delay.percentile(50));
    peaks.push(lagOf(delay.max));
    // Metrics are read every 15 or 30 seconds, and must not miss a peak.
    if (peaks.length > 30) peaks.shift();
    delay.reset();
  }, 1_000).unref();
  return {
    isOverloaded: () => median > maxLagMs,
    /** The lag: its median in the last second, and its peak in the last 30. */
    waitedMs: () => ({ usual: median, longest: Math.max(0, ...peaks) }),
  };
}

/** Node measures the time between two samples, in nanoseconds. */
const lagOf = (delayNs: number) => Math.max(0, delayNs / 1e6 - resolutionMs);
