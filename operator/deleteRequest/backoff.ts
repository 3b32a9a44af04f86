interface Failure {
  readonly times: number;
  readonly until: number;
}

const shortestMs = 1000;
const longestMs = 60_000;

/** When something that failed is worth another try: 1 s, twice as long each time, up to a minute. Remembered in this process only. `mono`: ms. */
export class Backoff {
  readonly #mono: () => number;
  readonly #failures = new Map<string, Failure>();

  constructor(mono: () => number) {
    this.#mono = mono;
  }

  /** It failed again; answers for how long to leave it, ms. `atLeastMs`: not before that. */
  fail(key: string, atLeastMs = 0): number {
    const times = this.#failures.get(key)?.times ?? 0;
    const pauseMs = Math.max(Math.min(shortestMs * 2 ** times, longestMs), atLeastMs);
    this.#failures.set(key, { times: Math.min(times + 1, 10), until: this.#mono() + pauseMs });
    return pauseMs;
  }

  /** ms; 0: now. */
  left(key: string): number {
    return Math.max((this.#failures.get(key)?.until ?? 0) - this.#mono(), 0);
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}
