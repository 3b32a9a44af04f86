import { admit, validateStatus } from '../api/admission.ts';
import type { Kinds } from '../api/types.ts';
import {
  type AnyResource,
  apiVersion,
  type Change,
  type Draft,
  Invalid,
  type Kind,
  kinds,
  type ObjectEvent,
  type ObjectKey,
  type Resource,
  type ResourceHome,
  type ResourceList,
} from '../resources/home.ts';
import { referringTo } from '../resources/referring.ts';
import type { EventLog } from './eventLog.ts';
import { History } from './history.ts';
import type { Keeper, Log, Write } from './ports.ts';
import {
  created,
  isOver,
  place,
  sameVersion,
  terminating,
  timestamp,
  updated,
  withFinalizers,
  withStatus,
} from './transitions.ts';
import { Turns } from './turns.ts';

export interface StorePorts {
  readonly keeper: Keeper;
  readonly events: EventLog;
  readonly freshUid: () => string;
  /** This machine's clock, ms since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** What a user wants of the object of a name, told from what is there. */
export interface Wish {
  readonly kind: Kind;
  readonly key: ObjectKey;
  readonly wanted: (old: AnyResource | undefined) => Draft<Kind> | 'absent' | 'asItIs';
}

/** `object`: what stands afterwards. `error`: the write was not kept, and nothing changed. */
export interface Granted {
  readonly object?: AnyResource;
  readonly error?: Error;
}

/** So many versions are reserved at once: those that a stopped process did not use are passed over. */
const versionsAtOnce = 10_000;

type Index = { readonly [K in Kind]: Map<string, Resource<K>> };

/**
 * Objects with the manners of an API server, in memory; `keeper` makes them outlast the process. Writes of one object are kept one after the other, those
 * of different objects at the same time. Each gets its version before it is kept and is seen after that, in the order of versions.
 */
export class ObjectStore implements ResourceHome {
  readonly live = this;
  readonly #ports: StorePorts;
  readonly #index: Index;
  readonly #history: History;
  readonly #turns = new Turns();
  readonly #background = new Set<Promise<void>>();
  /** Settled once every write that has a version is seen, or is known to have failed. */
  #seen: Promise<unknown> = Promise.resolve();
  #version: number;
  #reserved: number;
  #reserving: Promise<void> = Promise.resolve();

  constructor(ports: StorePorts, kept: readonly AnyResource[] = [], version = 0) {
    this.#ports = ports;
    this.#index = {
      Registry: new Map(),
      RetentionPolicy: new Map(),
      DeleteRequest: new Map(),
      CollectionRun: new Map(),
    };
    this.#version = Math.max(version, ...kept.map(({ metadata }) => Number(metadata.resourceVersion)));
    this.#reserved = this.#version;
    this.#history = new History(this.#version);
    for (const object of kept) put(this.#index, object);
  }

  async get<K extends Kind>(kind: K, key: ObjectKey, signal: AbortSignal): Promise<Resource<K> | undefined> {
    signal.throwIfAborted();
    return this.#index[kind].get(place(kind, key));
  }

  async list<K extends Kind>(kind: K, signal: AbortSignal): Promise<ResourceList<K>> {
    signal.throwIfAborted();
    return { items: [...this.#index[kind].values()], resourceVersion: this.#history.version };
  }

  async listReferring<K extends Kind>(
    kind: K,
    registry: ObjectKey,
    signal: AbortSignal,
  ): Promise<readonly Resource<K>[]> {
    return referringTo((await this.list(kind, signal)).items, registry);
  }

  watch<K extends Kind>(kind: K, resourceVersion: string, signal: AbortSignal): AsyncIterable<Change<K>> {
    return this.#history.watch(kind, resourceVersion, signal);
  }

  async create<K extends Kind>(draft: Draft<K>, signal: AbortSignal): Promise<Resource<K> | 'exists'> {
    signal.throwIfAborted();
    const { kind, metadata } = draft;
    return this.#turns.take([place(kind, metadata)], async () => {
      if (this.#index[kind].has(place(kind, metadata))) return 'exists';
      return this.#write({ next: created(admitted(draft), this.#moment()) });
    });
  }

  async delete(kind: Kind, key: ObjectKey, uid: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#turns.take([place(kind, key)], async () => {
      const old = this.#index[kind].get(place(kind, key));
      if (old?.metadata.uid === uid) await this.#write({ old, next: terminating(old, timestamp(this.#ports.now())) });
    });
  }

  async applyStatus<K extends Kind>(
    observed: Resource<K>,
    status: Kinds[K]['status'],
    signal: AbortSignal,
  ): Promise<Resource<K>> {
    signal.throwIfAborted();
    return this.#over(observed, (old) => {
      const next = withStatus(old, status);
      const admitted = validateStatus(old.kind, status, old.metadata.name);
      if (next !== old && !admitted.ok) throw new Invalid(admitted.message);
      return next;
    });
  }

  async setFinalizers<K extends Kind>(
    observed: Resource<K>,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<Resource<K>> {
    signal.throwIfAborted();
    return this.#over(observed, (old) => withFinalizers(old, finalizers));
  }

  record({ kind, metadata: { namespace, name, uid } }: AnyResource, event: ObjectEvent): void {
    this.#ports.events.record({ kind, namespace, name, uid }, event);
  }

  /** What users want, seen in one moment: nobody meets one policy of a commit without the others. The answers are in the order of the wishes. */
  async grant(wishes: readonly Wish[], signal: AbortSignal): Promise<readonly Granted[]> {
    signal.throwIfAborted();
    const places = wishes.map(({ kind, key }) => place(kind, key));
    return this.#turns.take(places, async () => {
      const changes = wishes.flatMap((wish) => this.#changeFor(wish) ?? []);
      const errors = new Map<string, Error>();
      for (const [at, kept] of (await this.#commit(changes)).entries()) {
        const next = changes[at]?.next;
        if (next !== undefined && kept instanceof Error) errors.set(place(next.kind, next.metadata), kept);
      }
      return wishes.map(({ kind, key }) => {
        const object = this.#index[kind].get(place(kind, key));
        const error = errors.get(place(kind, key));
        return { ...(object !== undefined && { object: oneOfAll(object) }), ...(error !== undefined && { error }) };
      });
    });
  }

  /** Every object of every kind. */
  all(): readonly AnyResource[] {
    return kinds.flatMap((kind): AnyResource[] => [...this.#index[kind].values()]);
  }

  /** Ends every watch that goes on, as a server does now and then. */
  endWatches(): void {
    this.#history.endWatches();
  }

  /** Forgets what changed: a watch from before has to list again. */
  forgetHistory(): void {
    this.#history.forget();
  }

  /** What belongs to nobody any more goes. Owners that no home of ours can know are taken to be there. */
  collectOrphans(): void {
    const all = this.all();
    const isThere = new Set(all.map((object) => `${place(object.kind, object.metadata)} ${object.metadata.uid}`));
    for (const { kind, metadata } of all) {
      const { namespace, name, uid, ownerReferences = [], deletionTimestamp } = metadata;
      if (ownerReferences.length === 0 || deletionTimestamp !== undefined) continue;
      const isOwned = ownerReferences.some(
        (owner) =>
          !owner.apiVersion.startsWith('coppice.dev/') ||
          isThere.has(`${owner.kind}/${namespace}/${owner.name} ${owner.uid}`),
      );
      if (!isOwned) this.#inBackground(this.delete(kind, { namespace, name }, uid, new AbortController().signal));
    }
  }

  /** Until everything that was begun is kept. */
  async settle(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
    await this.#seen;
  }

  #changeFor({ kind, key, wanted }: Wish): Replacing<Kind> | undefined {
    const old: Resource<Kind> | undefined = this.#index[kind].get(place(kind, key));
    const wish = wanted(old && oneOfAll(old));
    if (wish === 'asItIs') return undefined;
    if (wish === 'absent') return old && { old, next: terminating(old, timestamp(this.#ports.now())) };
    if (old === undefined) return { next: created(wish, this.#moment()) };
    return { old, next: updated(old, wish) };
  }

  async #over<K extends Kind>(observed: Resource<K>, change: (old: Resource<K>) => Resource<K>): Promise<Resource<K>> {
    const { kind, metadata } = observed;
    return this.#turns.take([place(kind, metadata)], async () => {
      const old = sameVersion(observed, this.#index[kind].get(place(kind, metadata)));
      return this.#write({ old, next: change(old) });
    });
  }

  async #write<K extends Kind>(change: Replacing<K>): Promise<Resource<K>> {
    const [kept] = await this.#commit([change]);
    if (kept === undefined || kept instanceof Error) throw kept ?? new Error('nothing was written');
    return kept;
  }

  /** Within the turns of all these objects. What is the same already is not written. */
  async #commit<K extends Kind>(changes: readonly Replacing<K>[]): Promise<readonly (Resource<K> | Error)[]> {
    const stamped = changes.map(({ old, next }) => (next === old ? next : withVersion(next, (this.#version += 1))));
    const isNew = (object: Resource<K>, at: number): boolean => object !== changes[at]?.old;
    const writes = stamped.filter(isNew).map((object): Write => {
      return { is: isOver(object) ? 'gone' : 'kept', object: oneOfAll(object) };
    });
    if (writes.length === 0) return stamped;
    const before = this.#seen;
    const { promise, resolve: seen } = Promise.withResolvers<undefined>();
    this.#seen = Promise.all([before, promise]);
    try {
      const errors = await this.#keep(writes, this.#version);
      await before;
      this.#show(writes.filter((_, at) => errors[at] === undefined));
      let written = 0;
      return stamped.map((object, at) => (isNew(object, at) ? (errors[written++] ?? object) : object));
    } finally {
      seen(undefined);
    }
  }

  async #keep(writes: readonly Write[], version: number): Promise<readonly (Error | undefined)[]> {
    if (version > this.#reserved) await this.#reserve(version);
    return this.#ports.keeper.keep(writes);
  }

  async #reserve(version: number): Promise<void> {
    this.#reserving = this.#reserving.then(async () => {
      if (version <= this.#reserved) return;
      await this.#ports.keeper.reserve(version + versionsAtOnce);
      this.#reserved = version + versionsAtOnce;
    });
    const mine = this.#reserving;
    this.#reserving = mine.catch(() => undefined); // whoever comes next tries anew
    await mine;
  }

  #show(writes: readonly Write[]): void {
    const entries = writes.map(({ is, object }) => {
      const isThere = this.#index[object.kind].has(place(object.kind, object.metadata));
      if (is === 'gone') this.#index[object.kind].delete(place(object.kind, object.metadata));
      else put(this.#index, object);
      const type: 'ADDED' | 'MODIFIED' | 'DELETED' = is === 'gone' ? 'DELETED' : isThere ? 'MODIFIED' : 'ADDED';
      return { version: Number(object.metadata.resourceVersion), type, object };
    });
    this.#history.add(entries);
    const mayOrphan = ({ type, object }: (typeof entries)[number]): boolean =>
      type === 'DELETED' || (type === 'ADDED' && object.metadata.ownerReferences !== undefined);
    if (entries.some(mayOrphan)) this.collectOrphans();
  }

  #moment(): { readonly uid: string; readonly now: string } {
    return { uid: this.#ports.freshUid(), now: timestamp(this.#ports.now()) };
  }

  #inBackground(work: Promise<void>): void {
    const done = work
      .catch((err: unknown) => {
        this.#ports.log.error({ err }, 'an object whose owner is gone could not be deleted');
      })
      .finally(() => this.#background.delete(done));
    this.#background.add(done);
  }
}

interface Replacing<K extends Kind> {
  readonly old?: Resource<K>;
  readonly next: Resource<K>;
}

function withVersion<K extends Kind>(object: Resource<K>, version: number): Resource<K> {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}

function put<K extends Kind>(index: Index, object: Resource<K>): void {
  index[object.kind].set(place(object.kind, object.metadata), object);
}

/** What the compiler does not know: an object of some kind is one of those of each kind. */
function oneOfAll(object: Resource<Kind>): AnyResource {
  return object as AnyResource;
}

/** Rejects with `Invalid`. */
function admitted<K extends Kind>({ kind, metadata, spec }: Draft<K>): Draft<K> {
  const answer = admit(kind, { apiVersion, kind, metadata, spec });
  if (!answer.ok) throw new Invalid(answer.message);
  return { kind, metadata: answer.object.metadata, spec: answer.object.spec };
}
