import { removeItem } from './remove-item.ts';

/**
 * The same work, but rejected with `late()` when it takes longer; it is not stopped. `onEnd` is called
 * once, when it ends or is late.
 */
export type InTime = <T>(work: Promise<T>, onEnd?: () => void) => Promise<T>;

type Waiting = { dueAt: number; reject: (error: Error) => void; onEnd: () => void };

/**
 * Gives each work so long. One timer serves all, since who began first is the first to be late: one for
 * each would be started and stopped again for every answer.
 */
export function createDeadline(ms: number, late: () => Error): InTime {
  /** In the order in which they are due. */
  const waiting: Waiting[] = [];
  let isTimerSet = false;

  function look(): void {
    isTimerSet = false;
    const now = performance.now();
    const inTime = waiting.findIndex(({ dueAt }) => dueAt > now);
    for (const { reject, onEnd } of waiting.splice(0, inTime === -1 ? waiting.length : inTime)) {
      onEnd();
      // Made only when it is late: an error takes longer to make than the words of an account.
      reject(late());
    }
    const [next] = waiting;
    if (next !== undefined) setTimer(next.dueAt - now);
  }

  function setTimer(forMs: number): void {
    if (!isTimerSet) setTimeout(look, Math.ceil(forMs)).unref();
    isTimerSet = true;
  }

  return (work, onEnd = () => {}) =>
    new Promise((resolve, reject) => {
      const one = { dueAt: performance.now() + ms, reject, onEnd };
      waiting.push(one);
      setTimer(ms);
      // An app's own lookup may give what it found at once.
      Promise.resolve(work).then(
        (result) => {
          if (removeItem(waiting, one)) onEnd();
          resolve(result);
        },
        (error: unknown) => {
          if (removeItem(waiting, one)) onEnd();
          reject(error);
        },
      );
    });
}
