import type { StorageClock } from '../storage/driver.ts';

interface Probe {
  readonly storage: number;
  /** This process's clock before the storage was asked. */
  readonly asked: number;
}

/**
 * What time the storage has, without asking it at each request: a probe, carried on by this process's own clock. It is never earlier than the storage's
 * own time, so that a link looks rather too old, and is renewed, than too young.
 */
export class StorageTime {
  readonly #clock: StorageClock;
  readonly #mono: () => number;
  readonly #goodForMs: number;
  #probe: Probe | undefined;

  /** After `goodForMs` the storage is asked again: two clocks drift apart, and one that stood still while a machine slept is not noticed otherwise. */
  constructor(clock: StorageClock, mono: () => number, goodForMs: number) {
    this.#clock = clock;
    this.#mono = mono;
    this.#goodForMs = goodForMs;
  }

  async now(signal: AbortSignal): Promise<number> {
    const standing = this.#probe;
    if (standing !== undefined && this.#mono() - standing.asked < this.#goodForMs) return this.#carriedOn(standing);
    const asked = this.#mono();
    const probe = { asked, storage: await this.#clock.now(signal) };
    this.#probe = probe;
    return this.#carriedOn(probe);
  }

  #carriedOn({ storage, asked }: Probe): number {
    return storage + (this.#mono() - asked);
  }
}
