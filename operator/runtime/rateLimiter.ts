export interface RateLimits {
  /** After the first failure of a key; each further one doubles it. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** Failures of all keys together: after `burst` at once, so many a second come back. */
  readonly perSecond: number;
  readonly burst: number;
}

/** As controller-runtime's default: of both waits the longer one. */
const usualLimits: RateLimits = { firstMs: 5, longestMs: 1_000_000, perSecond: 10, burst: 100 };

/** How long a key that failed waits for its next try. */
export class RateLimiter {
  readonly #mono: () => number;
  readonly #limits: RateLimits;
  readonly #failures = new Map<string, number>();
  /** Of the bucket; below zero what was promised ahead. */
  #tokens: number;
  #filledAt: number;

  constructor(mono: () => number, limits: RateLimits = usualLimits) {
    this.#mono = mono;
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#filledAt = mono();
  }

  /** Counts a failure; ms until the key's turn. */
  delayMs(text: string): number {
    const { firstMs, longestMs } = this.#limits;
    const failures = this.failures(text);
    this.#failures.set(text, failures + 1);
    return Math.max(Math.min(firstMs * 2 ** failures, longestMs), this.#reserve());
  }

  failures(text: string): number {
    return this.#failures.get(text) ?? 0;
  }

  forget(text: string): void {
    this.#failures.delete(text);
  }

  #reserve(): number {
    const { perSecond, burst } = this.#limits;
    const now = this.#mono();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond) - 1;
    this.#filledAt = now;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / perSecond) * 1000;
  }
}
