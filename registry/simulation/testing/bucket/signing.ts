import type { Timers } from '../../../window/ports.ts';
import { StorageError } from '../../../storage/driver.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Calls } from '../kernel/process.ts';
import type { SimulatedDisk } from '../storage/disk.ts';

const attempts = 3;

/** What a bucket does with requests, and how badly. */
export interface BucketOptions {
  /** How long a signed request may take to arrive, ms of the storage's clock. */
  readonly signedMs: number;
  /** Asked at each: so many signed requests get no answer, and land at some moment or never. */
  readonly unanswered: () => number;
  /** Whether what arrives after its time is refused. */
  readonly refusesExpired: boolean;
  /** Whether who ends a life or a window waits until nothing that was signed before can arrive. */
  readonly waits: boolean;
  readonly now: () => number;
  readonly chance: Chance;
  readonly timers: Timers;
  /** Later, whatever becomes of the process that asked. */
  readonly arrive: (ms: number, effect: () => void) => void;
  readonly count: (what: string) => void;
}

/**
 * Requests that carry their own end: the storage refuses them once it is over. That stands where a filesystem has stage and door: who ends a life or a
 * window takes its mark away, so that nothing more is signed for it, and waits until all that was signed has run out.
 */
export class Signing {
  readonly #calls: Calls;
  readonly #disk: SimulatedDisk;
  readonly #options: BucketOptions;

  constructor(calls: Calls, disk: SimulatedDisk, options: BucketOptions) {
    this.#calls = calls;
    this.#disk = disk;
    this.#options = options;
  }

  /**
   * One request, sent while `mark` stands, and again only when it is known that it did nothing. An answer that does not come is waited for until the
   * request has run out: so whoever hears of an error knows that nothing of it is on its way any more.
   */
  async send<T>(call: string, path: string, mark: string, effect: () => T): Promise<{ readonly is: T } | 'markGone'> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      // The time in the answer to the look: what is signed by it runs out no later than it would for whoever looked.
      const seenAt = await this.#calls.step('HEAD', mark, () =>
        this.#disk.find(mark) === undefined ? undefined : this.#options.now(),
      );
      if (seenAt === undefined) return 'markGone';
      const outcome = await this.#attempt(call, path, seenAt + this.#options.signedMs, effect);
      if (outcome !== 'expired') return outcome;
    }
    throw new StorageError(path, 'every request ran out before it arrived');
  }

  /** Resolves when nothing that was signed until now can arrive any more. */
  async runOut(signal: AbortSignal): Promise<void> {
    if (!this.#options.waits) return;
    await this.#waitUntil((await this.date()) + this.#options.signedMs, signal);
  }

  date(): Promise<number> {
    return this.#calls.step('HEAD', '/', this.#options.now);
  }

  async #attempt<T>(
    call: string,
    path: string,
    until: number,
    effect: () => T,
  ): Promise<{ readonly is: T } | 'expired'> {
    const { chance, unanswered, count, signedMs, arrive } = this.#options;
    const arrived = (): { readonly is: T } | 'expired' => {
      if (this.#options.refusesExpired && this.#options.now() > until) {
        count('bucket: requests refused as run out');
        return 'expired';
      }
      return { is: effect() };
    };
    if (!chance.happens(unanswered())) return this.#calls.step(call, path, arrived);
    count('bucket: requests without an answer');
    arrive(chance.between(0, 2 * signedMs), arrived);
    const { signal } = new AbortController();
    await this.#waitUntil(until, signal);
    throw new StorageError(path, `no answer to ${call}, and it has run out`);
  }

  async #waitUntil(time: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const now = await this.date();
      if (now > time) return;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      this.#options.timers.after(time - now + 1, () => {
        resolve(undefined);
      });
      await promise;
    }
  }
}
