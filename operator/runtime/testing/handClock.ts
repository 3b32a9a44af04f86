import type { Timers } from '../timers.ts';

/** A clock that a test moves by hand, with the timers that go by it. */
export class HandClock {
  #now = 0;
  readonly #due = new Set<{ readonly at: number; readonly run: () => void }>();

  readonly mono = (): number => this.#now;

  readonly timers: Timers = {
    after: (ms, run) => {
      const timer = { at: this.#now + ms, run };
      this.#due.add(timer);
      return { cancel: () => void this.#due.delete(timer) };
    },
  };

  /** Timers that nobody cancelled. */
  get armed(): number {
    return this.#due.size;
  }

  /** Timers that fall due on the way run in their order, each at its time, and what they set off goes as far as it can without another. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await idle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await idle();
    }
    this.#now = until;
  }

  #next(until: number): { readonly at: number; readonly run: () => void } | undefined {
    const due = [...this.#due].filter(({ at }) => at <= until);
    return due.toSorted((left, right) => left.at - right.at)[0];
  }
}

/** Resolves once everything went as far as it can that waits for no timer, file or socket. */
export async function idle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
