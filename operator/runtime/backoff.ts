/** Waits between failures that follow each other, as a reflector of client-go has them. */
export class Backoff {
  readonly #mono: () => number;
  /** From 0 to below 1. */
  readonly #random: () => number;
  #failures = 0;
  #failedAt = -Infinity;

  constructor(mono: () => number, random: () => number) {
    this.#mono = mono;
    this.#random = random;
  }

  /** ms: 0.8 s, doubled with each failure up to 30 s, and up to twice that by chance, so that many do not come at once. */
  next(): number {
    const now = this.#mono();
    if (now - this.#failedAt > quietMs) this.#failures = 0;
    this.#failedAt = now;
    const ms = Math.min(firstMs * 2 ** this.#failures, longestMs);
    this.#failures += 1;
    return ms * (1 + this.#random());
  }
}

const firstMs = 800;
const longestMs = 30_000;
/** Without a failure for so long, the next is the first again. It is more than the longest wait. */
const quietMs = 120_000;
