import type { Timers } from '../ports.ts';

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

  /** Timers that fall due on the way run in their order, each at its time. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [next] = [...this.#due].filter(({ at }) => at <= until).toSorted((left, right) => left.at - right.at);
      if (next === undefined) break;
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = until;
  }
}

/** Resolves once the condition holds; rejects after ten seconds. Looks again whenever the process has nothing else to do. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`did not come true within 10 s: ${holds.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
