import type { Response } from 'express';
import type { Lap } from '../doors/lap.ts';

/**
 * Tells in the answer's Server-Timing header how many milliseconds each stage took, where `ask`
 * and a browser's own tools read it. https://www.w3.org/TR/server-timing/
 */
export function createServerTiming(): Lap {
  const lastLaps = new WeakMap<Response, number>();
  return (res, stage) => {
    const now = performance.now();
    const ms = now - (lastLaps.get(res) ?? now);
    lastLaps.set(res, now);
    // A lookup may end when its answer was given up, and an apology sent, already.
    if (stage !== undefined && !res.headersSent)
      res.append('Server-Timing', `${stage};dur=${ms.toFixed(3)}`);
  };
}
