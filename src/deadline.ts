/** The same work, but rejected with `late()` when it takes longer; it is not stopped. */
export type InTime = <T>(work: Promise<T>) => Promise<T>;

type Waiting = { dueAt: number; reject: (error: Error) => void };

/**
 * Gives each work so long. One timer serves all, since who began first is the first to be late: one for
 * each would be started and stopped again for every answer.
 */
export function createDeadline(ms: number, late: () => Error): InTime {
  /** In the order in which they are due. */
  const waiting = new Set<Waiting>();
  let isTimerSet = false;

  function look(): void {
    isTimerSet = false;
    const now = performance.now();
    for (const one of waiting) {
      if (one.dueAt > now) {
        setTimer(one.dueAt - now);
        return;
      }
      waiting.delete(one);
      // Made only when it is late: an error takes longer to make than the words of an account.
      one.reject(late());
    }
  }

  function setTimer(forMs: number): void {
    if (!isTimerSet) setTimeout(look, Math.ceil(forMs)).unref();
    isTimerSet = true;
  }

  return (work) =>
    new Promise((resolve, reject) => {
      const one = { dueAt: performance.now() + ms, reject };
      waiting.add(one);
      setTimer(ms);
      work.then(
        (result) => {
          waiting.delete(one);
          resolve(result);
        },
        (error: unknown) => {
          waiting.delete(one);
          reject(error);
        },
      );
    });
}
