/** Small, because the first window of a run is measured by nothing, and what a removal costs differs by a hundred between disks. */
const first = 16;
/** Windows until one takes a single candidate again, where what that takes decides: disks get faster, too. */
const leastIsKnownFor = 50;

/** What a window took that is over. */
export interface WindowCost {
  /** How many were chosen for it. */
  readonly candidates: number;
  /** From the writing of its gate to its end, ms. */
  readonly heldMs: number;
}

/**
 * How many candidates a window takes. It may hold for as long as a push does not notice it or, where one takes longer that removes a single candidate (a disk
 * that is slow to sync), twice as long as that one: smaller windows would hold more in all. The first that holds for too long is followed by one with a single
 * candidate, which tells. ADR 5.
 */
export class BatchSize {
  readonly #most: number;
  readonly #targetMs: number;
  #size: number;
  /** What a window takes at least, ms: that of the last with a single candidate, or of a larger one since that took less. */
  #leastMs: number | undefined;
  #sinceLeast = 0;

  constructor(most: number, targetMs: number) {
    this.#most = Math.max(1, most);
    this.#targetMs = targetMs;
    this.#size = Math.min(first, this.#most);
  }

  get current(): number {
    return this.#size;
  }

  took({ candidates, heldMs }: WindowCost): void {
    this.#learn(candidates, heldMs);
    const mayHoldMs = Math.max(this.#targetMs, 2 * (this.#leastMs ?? 0));
    const fitting = Math.round((candidates * mayHoldMs) / heldMs);
    if (fitting < candidates && this.#leastMs === undefined) this.#size = 1;
    else if (mayHoldMs > this.#targetMs && this.#sinceLeast >= leastIsKnownFor) this.#size = 1;
    // One that took fewer than it might have says nothing of more: clients who delete one by one make no batch smaller, or larger.
    else if (fitting < candidates || candidates >= this.#size) this.#size = this.#towards(fitting);
  }

  #learn(candidates: number, heldMs: number): void {
    this.#sinceLeast += 1;
    if (candidates === 1) {
      this.#leastMs = heldMs;
      this.#sinceLeast = 0;
    } else if (this.#leastMs !== undefined) {
      this.#leastMs = Math.min(this.#leastMs, heldMs);
    }
  }

  /** At most twice as many, and no fewer than a quarter, so that one odd window does not decide. */
  #towards(fitting: number): number {
    const bounded = Math.min(Math.max(fitting, Math.floor(this.#size / 4)), this.#size * 2);
    return Math.min(this.#most, Math.max(1, bounded));
  }
}
