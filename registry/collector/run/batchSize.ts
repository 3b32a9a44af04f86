/** Small, because the first window of a run is measured by nothing, and what a removal costs differs by a hundred between disks. */
const first = 16;

/**
 * How many candidates a window takes. Agreeing on a window costs the same for one as for many; the removals in it may take what is left of the time for
 * which a push may notice it or, where agreeing alone takes longer (a disk that is slow to sync), as long again: smaller windows would hold more in all.
 */
export class BatchSize {
  readonly #most: number;
  readonly #targetMs: number;
  #size: number;

  constructor(most: number, targetMs: number) {
    this.#most = Math.max(1, most);
    this.#targetMs = targetMs;
    this.#size = Math.min(first, this.#most);
  }

  get current(): number {
    return this.#size;
  }

  /** At most twice as many as before, and no fewer than a quarter, so that one odd window does not decide. */
  took({ heldMs, sweptMs }: { readonly heldMs: number; readonly sweptMs: number }): void {
    const agreedMs = heldMs - sweptMs;
    const mayTakeMs = Math.max(this.#targetMs - agreedMs, agreedMs);
    const fitting = Math.floor((this.#size * mayTakeMs) / Math.max(sweptMs, 0.1));
    const next = Math.min(Math.max(fitting, Math.floor(this.#size / 4)), this.#size * 2);
    this.#size = Math.min(this.#most, Math.max(1, next));
  }
}
