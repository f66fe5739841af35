import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Answers that wait longer than this for their turn help nobody. */
const longestWaitMs = 200;

const measuredEveryMs = 1_000;

/** As often as it looks whether it is late. */
const resolutionMs = 20;

/** So that whoever asks every quarter of a minute, or every half, misses none. */
const longestKeptSeconds = 30;

export type Load = {
  /** Whether this process has so much to do that everything waits. */
  isOverloaded: () => boolean;
  /** How long things waited for their turn: half of them in the last second, any in the last 30. */
  waitedMs: () => { usual: number; longest: number };
  stop: () => void;
};

/** How long things wait for their turn in this process, measured every second. */
export function monitorEventLoop(): Load {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let usual = 0;
  const longest: number[] = [];
  const timer = setInterval(() => {
    // The median: one long pause, as for the garbage collector, is no overload.
    usual = delay.percentile(50) / 1e6;
    longest.push(delay.max / 1e6);
    if (longest.length > longestKeptSeconds) longest.shift();
    delay.reset();
  }, measuredEveryMs);
  timer.unref();
  const stop = () => {
    clearInterval(timer);
    delay.disable();
  };
  // What is measured is the time from one look to the next.
  const late = (ms: number) => Math.max(0, ms - resolutionMs);
  return {
    isOverloaded: () => usual > longestWaitMs,
    waitedMs: () => ({ usual: late(usual), longest: late(Math.max(0, ...longest)) }),
    stop,
  };
}
