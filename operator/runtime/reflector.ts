import type { Logger } from 'pino';
import {
  type Change,
  isSameVersion,
  type Kind,
  keyOf,
  keyText,
  type ReadableHome,
  type Resource,
} from '../resources/home.ts';
import { Shelf } from '../resources/shelf.ts';
import { Backoff } from './backoff.ts';
import { Recheck } from './recheck.ts';
import { pause, repeat, type Timers } from './timers.ts';

/** What came to light of one object. */
export type Sighting<K extends Kind> =
  | { readonly saw: 'added'; readonly after: Resource<K> }
  | { readonly saw: 'changed'; readonly before: Resource<K>; readonly after: Resource<K> }
  | { readonly saw: 'gone'; readonly before: Resource<K> };

export interface Listener<K extends Kind> {
  /** A rejection lists everything again after a while, and what this one did not take is told anew. */
  sighted(sighting: Sighting<K>, signal: AbortSignal): void | Promise<void>;
  /** Every so often, whether anything changed or not. */
  resynced?(objects: Iterable<Resource<K>>): void;
}

export interface ReflectorPorts {
  readonly home: ReadableHome;
  /** A clock that never goes back, ms. */
  readonly mono: () => number;
  readonly timers: Timers;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: Logger;
  /** How often every object is brought back although nothing changed; absent: never. */
  readonly resyncMs?: number;
  /** How often all is listed anew and held against what the watch told, a tenth more or less by chance. Default 10 h. */
  readonly relistMs?: number;
  /** The watch had kept something back, for which it had stood. Absent: nobody counts. */
  readonly onMissed?: (kind: Kind) => void;
}

const usualRelistMs = 10 * 3_600_000;

/**
 * Tells listeners of every change of one kind: list, then watch, then from the start again where the watch breaks. What it hears stands on its shelf before
 * anybody is told of it. A watch that keeps something back is found out by a list every so often.
 */
export class Reflector<K extends Kind> {
  readonly #kind: K;
  readonly #ports: ReflectorPorts;
  readonly #backoff: Backoff;
  readonly #listeners: Listener<K>[] = [];
  /** As it was told. */
  readonly #known = new Map<string, Resource<K>>();
  readonly #shelf: Shelf<K>;
  readonly #recheck: Recheck<K>;
  readonly #synced = Promise.withResolvers<undefined>();
  #isSynced = false;

  constructor(kind: K, ports: ReflectorPorts, shelf = new Shelf<K>()) {
    this.#kind = kind;
    this.#ports = ports;
    this.#shelf = shelf;
    const { timers, random, relistMs: everyMs = usualRelistMs, home } = ports;
    this.#recheck = new Recheck({ timers, random, everyMs, list: (signal) => home.list(kind, signal) });
    this.#backoff = new Backoff(ports.mono, ports.random);
  }

  /** Before `run`. */
  listen(listener: Listener<K>): void {
    this.#listeners.push(listener);
  }

  get isListenedTo(): boolean {
    return this.#listeners.length > 0;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Resolves once a whole list was told. */
  async synced(): Promise<void> {
    await this.#synced.promise;
  }

  /** Resolves once `signal` is aborted: nothing that a home answers ends it before. */
  async run(signal: AbortSignal): Promise<void> {
    const resyncing = this.#resyncing();
    const rechecking = this.#recheck.begin();
    try {
      while (!signal.aborted) await this.#tell(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      resyncing.cancel();
      rechecking.cancel();
    }
  }

  async #tell(signal: AbortSignal): Promise<void> {
    try {
      let version = await this.#list(signal);
      for (;;) version = await this.#follow(version, signal);
    } catch (err) {
      if (signal.aborted) return;
      const afterMs = this.#backoff.next();
      this.#ports.log.warn({ err, kind: this.#kind, afterMs }, 'watch broke; listing again');
      await pause(this.#ports.timers, afterMs, signal);
    }
  }

  /** A listener that fails keeps nothing else from being told; what it did not take is told again with the next list. */
  async #list(signal: AbortSignal): Promise<string> {
    const list = await this.#ports.home.list(this.#kind, signal);
    const { items, resourceVersion } = list;
    this.#recheck.forget();
    this.#shelf.fill(list);
    const gone = new Map(this.#known);
    for (const item of items) gone.delete(keyText(keyOf(item)));
    await eachOf([
      ...items.map((item) => () => this.#see(item, signal)),
      ...gone.values().map((object) => () => this.#miss(object, signal)),
      async () => {
        this.#isSynced = true;
        this.#synced.resolve(undefined);
      },
    ]);
    return resourceVersion;
  }

  /** Returns where the next watch goes on. */
  async #follow(from: string, signal: AbortSignal): Promise<string> {
    const { home, mono } = this.#ports;
    const began = mono();
    let version = from;
    let isIdle = true;
    for await (const change of home.watch(this.#kind, from, signal)) {
      isIdle = false;
      version = await this.#take(change, signal);
    }
    signal.throwIfAborted();
    // Watches that end as soon as they begin would go round without a pause.
    if (isIdle && mono() - began < 1000) throw new Error('a watch ended within a second, and told nothing');
    return version;
  }

  async #take(change: Change<K>, signal: AbortSignal): Promise<string> {
    const { onMissed, log } = this.#ports;
    for (const missed of await this.#recheck.missed(this.#known, this.#shelf.resourceVersion, change, signal)) {
      log.warn({ kind: this.#kind, missed }, 'a watch had kept a change back');
      onMissed?.(this.#kind);
      await this.#tellOf(missed, signal);
    }
    await this.#tellOf(change, signal);
    return this.#shelf.resourceVersion;
  }

  /** On the shelf first: whoever is told may look there. */
  async #tellOf(change: Change<K>, signal: AbortSignal): Promise<void> {
    this.#shelf.take(change);
    if (change.type === 'BOOKMARK') return;
    if (change.type === 'DELETED') await this.#miss(change.object, signal);
    else await this.#see(change.object, signal);
  }

  async #see(after: Resource<K>, signal: AbortSignal): Promise<void> {
    const text = keyText(keyOf(after));
    const before = this.#known.get(text);
    if (before !== undefined && isSameVersion(before, after)) return;
    await this.#sight(before === undefined ? { saw: 'added', after } : { saw: 'changed', before, after }, signal);
    this.#known.set(text, after); // only now: what was not told is owed
  }

  async #miss(before: Resource<K>, signal: AbortSignal): Promise<void> {
    await this.#sight({ saw: 'gone', before }, signal);
    this.#known.delete(keyText(keyOf(before)));
  }

  async #sight(sighting: Sighting<K>, signal: AbortSignal): Promise<void> {
    await eachOf(this.#listeners.map((listener) => async () => listener.sighted(sighting, signal)));
  }

  #resyncing(): { cancel(): void } {
    const { resyncMs, timers } = this.#ports;
    if (resyncMs === undefined) return { cancel: () => undefined };
    return repeat(
      timers,
      () => resyncMs,
      () => {
        for (const listener of this.#listeners) listener.resynced?.(this.#known.values());
      },
    );
  }
}

/** One after the other, also after one that failed; rejects with what failed. */
async function eachOf(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, 'not every change could be told');
}
