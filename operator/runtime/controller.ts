import type { Logger } from 'pino';
import { keyText, type ObjectKey } from '../resources/home.ts';
import { faultOf } from './fault.ts';
import type { ControllerMetrics, RuntimeMetrics } from './metrics.ts';
import { WorkQueue } from './queue.ts';
import { RateLimiter } from './rateLimiter.ts';
import type { Outcome, Poke, Reconcile } from './reconcile.ts';
import { endsWithin, type Timers } from './timers.ts';
import type { Watch } from './watch.ts';

export interface ControllerSettings {
  /** In metrics and logs: the kind in lower case. */
  readonly name: string;
  readonly reconcile: Reconcile;
  readonly watches: readonly Watch[];
  /** How many keys are reconciled at once. Default 1. */
  readonly workers?: number;
  /** After so long a reconcile's signal is aborted. Default 2 minutes. */
  readonly deadlineMs?: number;
}

export interface ControllerPorts {
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  readonly timers: Timers;
  readonly metrics: RuntimeMetrics;
  readonly log: Logger;
}

/** The reason of a reconcile's signal at its deadline. */
class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/** The reason of a reconcile's signal when the program stops. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

interface Active {
  readonly key: ObjectKey;
  readonly since: number;
  readonly aborter: AbortController;
}

/** How long reconciles that were aborted have to end. */
const abortedMs = 5000;

/** Workers that reconcile the keys of one queue. What a reconcile says or throws decides when its key comes back; no throw ends a worker. */
export class Controller {
  readonly name: string;
  readonly watches: readonly Watch[];
  readonly #reconcile: Reconcile;
  readonly #workers: number;
  readonly #deadlineMs: number;
  readonly #ports: Pick<ControllerPorts, 'mono' | 'timers'>;
  readonly #log: Logger;
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #metrics: ControllerMetrics;
  readonly #active = new Set<Active>();
  #isStopping = false;

  constructor(settings: ControllerSettings, { mono, timers, metrics, log }: ControllerPorts) {
    const { name, reconcile, watches, workers = 1, deadlineMs = 120_000 } = settings;
    this.name = name;
    this.watches = watches;
    this.#reconcile = reconcile;
    this.#workers = workers;
    this.#deadlineMs = deadlineMs;
    this.#ports = { mono, timers };
    this.#log = log.child({ controller: name });
    this.#metrics = metrics.controller({ name, workers, standing: () => this.#queue.standing() });
    const limiter = new RateLimiter(mono);
    this.#queue = new WorkQueue({ text: keyText, mono, timers, limiter, metrics: this.#metrics.queue });
  }

  /** Also before the workers run: the key waits for them. */
  readonly poke: Poke = (key, afterMs = 0) => {
    if (afterMs > 0) this.#queue.addAfter(key, afterMs);
    else this.#queue.add(key);
  };

  /** Resolves once it was stopped and every worker has ended. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#workers }, () => this.#work()));
  }

  /** Takes no more keys; reconciles that are on have `graceMs` to end, and are aborted then. One that does not heed its signal is left behind. */
  async stop(graceMs: number): Promise<void> {
    this.#queue.shutDown();
    const drained = this.#queue.drained();
    if (graceMs > 0 && (await endsWithin(this.#ports.timers, graceMs, drained))) return;
    this.#isStopping = true;
    for (const { aborter } of this.#active) aborter.abort(new Stopped('the program stops'));
    if (await endsWithin(this.#ports.timers, abortedMs, drained)) return;
    const keys = [...this.#active].map(({ key }) => keyText(key));
    this.#log.error({ keys }, 'reconciles were left behind: they do not heed their signal');
  }

  /** What is wrong with it, for a person: reconciles that do not end twice their deadline after they began. */
  ailments(): readonly string[] {
    const now = this.#ports.mono();
    return [...this.#active]
      .filter(({ since }) => now - since > 2 * this.#deadlineMs)
      .map(({ key, since }) => {
        const seconds = Math.round((now - since) / 1000);
        return `${this.name}: a worker has been at ${keyText(key)} for ${seconds} s and does not heed its deadline`;
      });
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      await this.#attend(key);
      this.#queue.done(key);
    }
  }

  async #attend(key: ObjectKey): Promise<void> {
    const active = { key, since: this.#ports.mono(), aborter: new AbortController() };
    const timer = this.#ports.timers.after(this.#deadlineMs, () => {
      active.aborter.abort(new DeadlinePassed(`the reconcile did not end within ${this.#deadlineMs} ms`));
    });
    this.#active.add(active);
    this.#metrics.onStarted();
    try {
      this.#settle(key, await this.#reconcile(key, active.aborter.signal));
    } catch (error) {
      this.#fail(key, error);
    } finally {
      timer.cancel();
      this.#active.delete(active);
      this.#metrics.onEnded(this.#ports.mono() - active.since);
    }
  }

  #settle(key: ObjectKey, outcome: Outcome): void {
    this.#log.debug({ key: keyText(key), outcome }, 'reconciled');
    if (outcome.kind === 'again' && outcome.afterMs <= 0) {
      this.#queue.addRateLimited(key); // at once, but not for ever: it would go round without a pause
      this.#metrics.onResult('requeue');
      return;
    }
    if (outcome.kind === 'again') this.#queue.addAfter(key, outcome.afterMs);
    this.#queue.forget(key);
    this.#metrics.onResult(outcome.kind === 'again' ? 'requeue_after' : 'success');
    if (outcome.kind === 'stalled') this.#metrics.onStalled();
  }

  #fail(key: ObjectKey, thrown: unknown): void {
    const fault = faultOf(thrown);
    const failures = this.#queue.failures(key) + 1;
    if (this.#isStopping && fault.is !== 'panic') {
      this.#log.info({ key: keyText(key), err: thrown }, 'reconcile ended with the program');
      return;
    }
    // A conflict waits as well: two who write over each other for ever would keep a core busy.
    const afterMs = this.#queue.addRateLimited(key);
    this.#metrics.onResult(fault.is === 'conflict' ? 'requeue' : 'error');
    if (fault.is === 'conflict') {
      this.#log.debug({ key: keyText(key), afterMs }, 'reconcile met a newer version');
      return;
    }
    if (fault.is === 'panic') this.#metrics.onPanicked();
    const message = fault.is === 'panic' ? 'reconcile panicked: a fault of this program' : 'reconcile failed';
    this.#log.error({ key: keyText(key), err: fault.err, failures, afterMs }, message);
  }
}
