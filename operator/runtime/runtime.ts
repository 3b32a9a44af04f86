import { once } from 'node:events';
import type { Kind } from '../resources/home.ts';
import { emptyShelves, type Shelves } from '../resources/shelf.ts';
import type { Controller } from './controller.ts';
import { Reflector, type ReflectorPorts } from './reflector.ts';
import { endsWithin } from './timers.ts';
import type { Reflectors } from './watch.ts';

/** Runs beside the controllers until `signal` is aborted. Its rejection before that ends the whole runtime with this reason. */
export type Task = (signal: AbortSignal) => Promise<void>;

export interface RuntimeParts extends ReflectorPorts {
  readonly controllers: readonly Controller[];
  /** Where the controllers find what was listed and watched; absent: they look elsewhere. */
  readonly shelves?: Shelves;
  /** They outlive the workers, which may need them to end well. */
  readonly tasks?: readonly Task[];
  /** Last of all: what is written behind goes to its place. */
  readonly flush?: () => Promise<void>;
  /** How long reconciles that are on may go on after a stop. Default 30 s. */
  readonly graceMs?: number;
}

/** How long tasks have to end once they are aborted. */
const taskMs = 5000;

/** Reflectors and controllers from the first list to a graceful stop. Runs once. */
export class Runtime {
  readonly #parts: RuntimeParts;
  /** Of the kinds that some controller watches. */
  readonly #reflectors: readonly Pick<Reflector<Kind>, 'run' | 'synced' | 'isSynced'>[];
  readonly #fatal = Promise.withResolvers<never>();
  readonly #stopping = Promise.withResolvers<undefined>();
  #isStopping = false;

  constructor(parts: RuntimeParts) {
    this.#parts = parts;
    const { shelves = emptyShelves() } = parts;
    const reflectors: Reflectors = {
      Registry: new Reflector('Registry', parts, shelves.Registry),
      RetentionPolicy: new Reflector('RetentionPolicy', parts, shelves.RetentionPolicy),
      DeleteRequest: new Reflector('DeleteRequest', parts, shelves.DeleteRequest),
      CollectionRun: new Reflector('CollectionRun', parts, shelves.CollectionRun),
    };
    for (const { watches, poke } of parts.controllers)
      for (const watch of watches)
        watch(reflectors, (key) => {
          poke(key);
        });
    this.#reflectors = Object.values(reflectors).filter(({ isListenedTo }) => isListenedTo);
  }

  /** Every kind was listed, and no stop is under way. */
  get isReady(): boolean {
    return !this.#isStopping && this.#reflectors.every(({ isSynced }) => isSynced);
  }

  /** What keeps it from doing its work, for people. */
  ailments(): readonly string[] {
    return this.#parts.controllers.flatMap((controller) => controller.ailments());
  }

  /**
   * Resolves after a graceful stop, which `signal` asks for. A fatal error stops without grace, since whoever takes over may be at work already, and
   * rejects with its reason.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { controllers, tasks = [], graceMs = 30_000, log, timers } = this.#parts;
    const watching = new AbortController();
    const tasking = new AbortController();
    const work = [
      ...this.#reflectors.map((reflector) => this.#guarded(() => reflector.run(watching.signal))),
      ...tasks.map((task) => this.#guarded(() => task(tasking.signal))),
      this.#guarded(() => this.#work()),
    ];
    const fatal = await this.#end(signal);
    this.#isStopping = true;
    this.#stopping.resolve(undefined);
    log.info({ err: fatal?.reason }, 'operator stops');
    watching.abort();
    await Promise.all(controllers.map((controller) => controller.stop(fatal === undefined ? graceMs : 0)));
    tasking.abort();
    if (!(await endsWithin(timers, taskMs, Promise.all(work))))
      log.error({}, 'something of the operator was left behind: it does not heed its signal');
    await this.#flush(fatal);
    if (fatal !== undefined) throw fatal.reason;
  }

  /** A worker that began before the first list would take what it has not seen yet for gone. */
  async #work(): Promise<void> {
    const synced = Promise.all(this.#reflectors.map((reflector) => reflector.synced()));
    await Promise.race([synced, this.#stopping.promise]);
    if (this.#isStopping) return;
    this.#parts.log.info({}, 'operator begins: every kind was listed');
    await Promise.all(this.#parts.controllers.map((controller) => controller.run()));
  }

  async #guarded(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (err) {
      if (this.#isStopping) this.#parts.log.info({ err }, 'ended with the operator');
      this.#fatal.reject(err);
    }
  }

  async #end(signal: AbortSignal): Promise<Fatal | undefined> {
    const listening = new AbortController();
    try {
      const asked = signal.aborted ? undefined : once(signal, 'abort', { signal: listening.signal });
      await Promise.race([this.#fatal.promise, asked]);
      return undefined;
    } catch (reason) {
      return { reason };
    } finally {
      listening.abort();
    }
  }

  async #flush(fatal: Fatal | undefined): Promise<void> {
    try {
      await this.#parts.flush?.();
    } catch (err) {
      if (fatal === undefined) throw err;
      this.#parts.log.error({ err }, 'what was written behind did not go to its place'); // the first reason is the one to tell
    }
  }
}

interface Fatal {
  readonly reason: unknown;
}
