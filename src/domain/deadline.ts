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
    let timer: NodeJS.Timeout;
    const lateness = new Promise<never>((_, reject) => {
      const ms = Math.ceil(Math.min(this.remainingMs(), maxMs));
      timer = setTimeout(() => reject(late()), ms);
    });
    return Promise.race([work, lateness]).finally(() => clearTimeout(timer));
  }
}
