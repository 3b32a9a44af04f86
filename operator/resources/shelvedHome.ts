import type { Kinds } from '../api/types.ts';
import {
  type AnyResource,
  type Change,
  Conflict,
  type Draft,
  isSameVersion,
  type Kind,
  keyOf,
  keyText,
  type ObjectEvent,
  type ObjectKey,
  type Resource,
  type ResourceHome,
  type ResourceList,
} from './home.ts';
import type { Shelves } from './shelf.ts';

/**
 * A home whose objects are read from shelves, which a watch keeps: no read of a reconciler asks an API server. What is read may be old, by the time that a
 * watch takes, and that is safe because
 *
 * - every write is over the version that was read: over an older one it is a `Conflict`, nothing after it is done, and the key comes back;
 * - what an operator wrote itself is on the shelf as soon as the write is answered, so that its next look does not begin again what it has begun;
 * - a step that cannot be taken back is preceded by a look through `live` (`confirm`), also where nothing was to be written;
 * - that something is absent is believed of the home alone: it may be too new to be on a shelf;
 * - a version that met a `Conflict`, or was not the one that `live` found, is read anew the next time, should the watch have missed the newer one.
 */
export class ShelvedHome implements ResourceHome {
  readonly live: ResourceHome['live'];
  readonly #home: ResourceHome;
  readonly #shelves: Shelves;
  /** `KIND/NAMESPACE/NAME` of objects of which the shelf may have missed something. */
  readonly #doubted = new Set<string>();

  constructor(home: ResourceHome, shelves: Shelves) {
    this.#home = home;
    this.#shelves = shelves;
    this.live = {
      get: async (kind, key, signal) => this.#lookUp(kind, key, signal),
      listReferring: async (kind, registry, signal) => home.live.listReferring(kind, registry, signal),
    };
  }

  async get<K extends Kind>(kind: K, key: ObjectKey, signal: AbortSignal): Promise<Resource<K> | undefined> {
    signal.throwIfAborted();
    const found = this.#shelves[kind].get(key);
    const isDoubted = this.#doubted.has(doubtOf(kind, key));
    return found === undefined || isDoubted ? this.#lookUp(kind, key, signal) : found;
  }

  async list<K extends Kind>(kind: K, signal: AbortSignal): Promise<ResourceList<K>> {
    signal.throwIfAborted();
    const shelf = this.#shelves[kind];
    if (!shelf.isFilled) return this.#home.list(kind, signal);
    return { items: shelf.all(), resourceVersion: shelf.resourceVersion };
  }

  async listReferring<K extends Kind>(
    kind: K,
    registry: ObjectKey,
    signal: AbortSignal,
  ): Promise<readonly Resource<K>[]> {
    signal.throwIfAborted();
    const shelf = this.#shelves[kind];
    return shelf.isFilled ? shelf.referringTo(registry) : this.#home.listReferring(kind, registry, signal);
  }

  watch<K extends Kind>(kind: K, resourceVersion: string, signal: AbortSignal): AsyncIterable<Change<K>> {
    return this.#home.watch(kind, resourceVersion, signal);
  }

  create<K extends Kind>(draft: Draft<K>, signal: AbortSignal): Promise<Resource<K> | 'exists'> {
    return this.#home.create(draft, signal);
  }

  delete(kind: Kind, key: ObjectKey, uid: string, signal: AbortSignal): Promise<void> {
    return this.#home.delete(kind, key, uid, signal);
  }

  async applyStatus<K extends Kind>(
    observed: Resource<K>,
    status: Kinds[K]['status'],
    signal: AbortSignal,
  ): Promise<Resource<K>> {
    return this.#written(observed, this.#home.applyStatus(observed, status, signal));
  }

  async setFinalizers<K extends Kind>(
    observed: Resource<K>,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<Resource<K>> {
    return this.#written(observed, this.#home.setFinalizers(observed, finalizers, signal));
  }

  record(object: AnyResource, event: ObjectEvent): void {
    this.#home.record(object, event);
  }

  async #written<K extends Kind>({ kind, metadata }: Resource<K>, writing: Promise<Resource<K>>): Promise<Resource<K>> {
    try {
      const written = await writing;
      this.#shelves[kind].note(written);
      return written;
    } catch (error) {
      if (error instanceof Conflict) this.#doubted.add(doubtOf(kind, metadata));
      throw error;
    }
  }

  async #lookUp<K extends Kind>(kind: K, key: ObjectKey, signal: AbortSignal): Promise<Resource<K> | undefined> {
    const found = await this.#home.live.get(kind, key, signal);
    const shelf = this.#shelves[kind];
    if (found !== undefined) shelf.note(found);
    // Gone, new, or another of the same name: until the watch tells so, it is read anew each time.
    if (shelf.get(key)?.metadata.uid === found?.metadata.uid) this.#doubted.delete(doubtOf(kind, key));
    else this.#doubted.add(doubtOf(kind, key));
    return found;
  }
}

function doubtOf(kind: Kind, key: ObjectKey): string {
  return `${kind}/${keyText(key)}`;
}

/**
 * Right before a step that cannot be taken back: the object as it stands now. Rejects with `Conflict` where that is not the version that was observed
 * (`isSame`: where another version will do), or where it is gone.
 */
export async function confirm<K extends Kind>(
  { live }: Pick<ResourceHome, 'live'>,
  observed: Resource<K>,
  signal: AbortSignal,
  isSame: (found: Resource<K>, observed: Resource<K>) => boolean = isSameVersion,
): Promise<Resource<K>> {
  const key = keyOf(observed);
  const found = await live.get(observed.kind, key, signal);
  if (found?.metadata.uid === observed.metadata.uid && isSame(found, observed)) return found;
  throw new Conflict(`${observed.kind} ${keyText(key)} is another than the one that was observed`);
}
