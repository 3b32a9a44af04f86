interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  /** Nobody's code goes on because of it. */
  readonly isSilent: boolean;
}

const turnEvery = 1000;

/**
 * Time and order of a simulated world. Whatever waits, for a call on the storage, a timer or a message, waits for an event here; the world stands still
 * while what one event set going runs on, until all of it waits again. So the seed decides who comes first, and nothing else does.
 */
export class Scheduler {
  #now = 0;
  #order = 0;
  #moments = 0;
  /** A binary heap: the earliest event first. */
  readonly #events: Event[] = [];

  /** Milliseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** How many events there have been. */
  get passed(): number {
    return this.#order;
  }

  /** A number that is greater each time: what came before what, also within one event. */
  moment(): number {
    this.#moments += 1;
    return this.#moments;
  }

  after(ms: number, run: () => void): void {
    this.#add(ms, run, false);
  }

  /** The same for what wakes nobody: the world need not be waited for. */
  afterSilently(ms: number, run: () => void): void {
    this.#add(ms, run, true);
  }

  async sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.after(ms, () => {
      resolve(undefined);
    });
    await promise;
  }

  /** Lets the world go on until `isOver`. Rejects if nothing would ever happen again before that. */
  async run(isOver: () => boolean): Promise<void> {
    await quiet();
    while (!isOver()) {
      const next = this.#pop();
      if (next === undefined) throw new Error('everybody waits, and nothing is on its way');
      this.#now = next.at;
      next.run();
      if (!next.isSilent) await quiet();
      if (this.#order % turnEvery === 0) await new Promise((resolve) => setImmediate(resolve)); // others in this thread want to live, too
    }
  }

  #add(ms: number, run: () => void, isSilent: boolean): void {
    this.#order += 1;
    this.#push({ at: this.#now + Math.max(0, ms), order: this.#order, run, isSilent });
  }

  #push(event: Event): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(at, above)) return;
      this.#swap(at, above);
      at = above;
    }
  }

  #pop(): Event | undefined {
    const events = this.#events;
    if (events.length === 0) return undefined;
    this.#swap(0, events.length - 1);
    const first = events.pop();
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const below = right < events.length && this.#isBefore(right, left) ? right : left;
      if (below >= events.length || !this.#isBefore(below, at)) return first;
      this.#swap(at, below);
      at = below;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [left, right] = [this.#events[one], this.#events[other]];
    if (left === undefined || right === undefined) throw new RangeError('not in the heap');
    return left.at < right.at || (left.at === right.at && left.order < right.order);
  }

  #swap(one: number, other: number): void {
    const [left, right] = [this.#events[one], this.#events[other]];
    if (left === undefined || right === undefined) throw new RangeError('not in the heap');
    this.#events[one] = right;
    this.#events[other] = left;
  }
}

/**
 * Resolves when all that could go on without waiting has done so: promises first, all of them, and then what streams put off to the next tick, which is
 * never more than two ticks deep. A turn of the event loop would do the same at ten times the price.
 */
function quiet(): Promise<void> {
  return new Promise((resolve) => {
    // A tick that is asked for by a promise comes when no promise can go on; one asked for by a tick would come before them.
    const again = (ticks: number): void => {
      process.nextTick(() => {
        if (ticks === 0) resolve();
        else
          queueMicrotask(() => {
            again(ticks - 1);
          });
      });
    };
    again(2);
  });
}
