import type { RateLimiter } from './rateLimiter.ts';
import type { Timers } from './timers.ts';

/** What the metrics of a queue are made of; all times in ms. */
export interface QueueMetrics {
  /** An item that was not waiting already. */
  onAdded(): void;
  onTaken(waitedMs: number): void;
  onDone(workedMs: number): void;
  /** An item is to come back later. */
  onRetried(): void;
}

export interface QueuePorts<T> {
  /** Items of the same text are the same. */
  readonly text: (item: T) => string;
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  readonly timers: Timers;
  readonly limiter: RateLimiter;
  readonly metrics: QueueMetrics;
}

/** Of a queue at this moment. */
export interface QueueStanding {
  /** Items to be taken, those included that wait for their own work to end. */
  readonly depth: number;
  /** How long each item that was taken is being worked on. */
  readonly workingMs: readonly number[];
}

interface Waiting<T> {
  readonly item: T;
  readonly addedAt: number;
}

/** A timer of Node's that is longer than 2³¹ ms runs at once: a far one goes in stretches. */
const longestTimerMs = 24 * 3_600_000;

/**
 * Items by their text, as client-go's work queue: one that waits already is not added again, no two workers ever have the same one, and one that is
 * added while it is worked on comes back after. An item says that something is to be looked at, never what: so adds may be merged, but none is lost.
 */
export class WorkQueue<T> {
  readonly #ports: QueuePorts<T>;
  /** To be taken, in the order of their adding. */
  readonly #ready = new Map<string, Waiting<T>>();
  /** Added again while they are worked on. */
  readonly #repeats = new Map<string, Waiting<T>>();
  /** Being worked on, since when. */
  readonly #working = new Map<string, number>();
  readonly #later = new Map<string, { readonly at: number; readonly timer: { cancel(): void } }>();
  readonly #takers: ((item: T | undefined) => void)[] = [];
  readonly #drained = Promise.withResolvers<undefined>();
  #isShut = false;

  constructor(ports: QueuePorts<T>) {
    this.#ports = ports;
  }

  add(item: T): void {
    const text = this.#ports.text(item);
    if (this.#isShut || this.#ready.has(text) || this.#repeats.has(text)) return;
    this.#ports.metrics.onAdded();
    const waiting = { item, addedAt: this.#ports.mono() };
    if (this.#working.has(text)) this.#repeats.set(text, waiting);
    else this.#offer(text, waiting);
  }

  /** Of several for one item the earliest counts; whoever takes it says anew when it is to come back. Throws RangeError if `ms` is not a number. */
  addAfter(item: T, ms: number): void {
    if (Number.isNaN(ms)) throw new RangeError('an item cannot come back after NaN ms');
    if (this.#isShut) return;
    this.#ports.metrics.onRetried();
    if (ms <= 0) {
      this.add(item);
      return;
    }
    const text = this.#ports.text(item);
    const at = this.#ports.mono() + ms;
    const known = this.#later.get(text);
    if (known !== undefined && known.at <= at) return;
    known?.timer.cancel();
    this.#arm(item, at);
  }

  /** After a failure. Returns the wait, ms. */
  addRateLimited(item: T): number {
    const ms = this.#ports.limiter.delayMs(this.#ports.text(item));
    this.addAfter(item, ms);
    return ms;
  }

  /** Its failures are over. */
  forget(item: T): void {
    this.#ports.limiter.forget(this.#ports.text(item));
  }

  failures(item: T): number {
    return this.#ports.limiter.failures(this.#ports.text(item));
  }

  /** The next item, once there is one; `undefined` once the queue is shut. Whoever took it calls `done`. */
  async take(): Promise<T | undefined> {
    if (this.#isShut) return undefined;
    for (const [text, waiting] of this.#ready) {
      this.#ready.delete(text);
      return this.#begin(text, waiting);
    }
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    this.#takers.push(resolve);
    return promise;
  }

  /** Throws if nobody had taken it. */
  done(item: T): void {
    const text = this.#ports.text(item);
    const began = this.#working.get(text);
    if (began === undefined) throw new Error(`${text} is done, but nobody works on it`);
    this.#working.delete(text);
    this.#ports.metrics.onDone(this.#ports.mono() - began);
    const repeat = this.#repeats.get(text);
    this.#repeats.delete(text);
    if (repeat !== undefined) this.#offer(text, repeat);
    this.#checkDrained();
  }

  /** Nothing is added or handed out any more. What waited is dropped: the next start lists everything again. */
  shutDown(): void {
    this.#isShut = true;
    for (const { timer } of this.#later.values()) timer.cancel();
    for (const waiting of [this.#later, this.#ready, this.#repeats]) waiting.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
    this.#checkDrained();
  }

  /** Resolves once the queue is shut and nothing is worked on. */
  async drained(): Promise<void> {
    await this.#drained.promise;
  }

  standing(): QueueStanding {
    const now = this.#ports.mono();
    return {
      depth: this.#ready.size + this.#repeats.size,
      workingMs: [...this.#working.values()].map((began) => now - began),
    };
  }

  #arm(item: T, at: number): void {
    const text = this.#ports.text(item);
    const timer = this.#ports.timers.after(Math.min(at - this.#ports.mono(), longestTimerMs), () => {
      if (this.#ports.mono() < at) {
        this.#arm(item, at);
        return;
      }
      this.#later.delete(text);
      this.add(item);
    });
    this.#later.set(text, { at, timer });
  }

  #offer(text: string, waiting: Waiting<T>): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#ready.set(text, waiting);
    else taker(this.#begin(text, waiting));
  }

  #begin(text: string, { item, addedAt }: Waiting<T>): T {
    const now = this.#ports.mono();
    this.#working.set(text, now);
    this.#ports.metrics.onTaken(now - addedAt);
    return item;
  }

  #checkDrained(): void {
    if (this.#isShut && this.#working.size === 0) this.#drained.resolve(undefined);
  }
}
