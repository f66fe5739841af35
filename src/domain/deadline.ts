/** How long an agent waits at most, for Help Scout's API and the database together. */
export const requestBudgetMs = 2_000;

/** When a request must be answered, on the monotonic clock. Made once and handed down. */
export class Deadline {
  readonly #endsAt: number;

  constructor(ms = requestBudgetMs) {
    this.#endsAt = performance.now() + ms;
  }

  remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** Rejects with `late()` when the work is not done in time, or within `maxMs`; it goes on. */
  race<T>(work: T | Promise<T>, late: () => Error, maxMs = Number.POSITIVE_INFINITY): Promise<T> {
    return new Promise((resolve, reject) => {
      const ms = Math.ceil(Math.min(this.remainingMs(), maxMs));
      const timer = setTimeout(() => reject(late()), ms);
      const end =
        <V>(settle: (value: V) => void) =>
        (value: V) => {
          clearTimeout(timer);
          settle(value);
        };
      // An app's own lookup may return its result at once.
      Promise.resolve(work).then(end(resolve), end(reject));
    });
  }
}
