import { once } from 'node:events';
import type { Kinds } from '../../api/types.ts';
import {
  apiVersion,
  type Change,
  type Kind,
  keyOf,
  keyText,
  type Metadata,
  type ObjectKey,
  type ReadableHome,
  type Resource,
  type ResourceList,
} from '../../resources/home.ts';
import { referringTo } from '../../resources/referring.ts';

/** One kind of a home whose lists and watches a test makes fail. */
class Shelf<K extends Kind> {
  readonly #kind: K;
  readonly #objects = new Map<string, Resource<K>>();
  readonly #told: { readonly version: number; readonly change: Change<K> }[] = [];
  readonly #stirred = new EventTarget();
  #version = 0;
  #uids = 0;
  #breaks: { readonly cause: Error | undefined; readonly nth: number } = { cause: undefined, nth: 0 };
  /** The next lists reject with these, one each. */
  readonly failures: Error[] = [];
  /** What happens unseen: changes are kept from watches, as those that came while a watch was broken. */
  isSilent = false;
  lists = 0;
  watches = 0;

  constructor(kind: K) {
    this.#kind = kind;
  }

  /** Makes it, or writes over it; a change of the spec is a new generation. */
  put(name: string, body: Pick<Resource<K>, 'spec' | 'status'>, marks: Partial<Metadata> = {}): Resource<K> {
    const before = this.#objects.get(keyText(keyNamed(name)));
    const isAsBefore = before?.spec === body.spec;
    const metadata: Metadata = {
      ...keyNamed(name),
      uid: before?.metadata.uid ?? `uid-${(this.#uids += 1)}`,
      resourceVersion: `${this.#version + 1}`,
      generation: (before?.metadata.generation ?? 0) + (isAsBefore ? 0 : 1),
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...marks,
    };
    const object: Resource<K> = { apiVersion, kind: this.#kind, metadata, ...body };
    this.#objects.set(keyText(keyOf(object)), object);
    this.#tell(before === undefined ? 'ADDED' : 'MODIFIED', object);
    return object;
  }

  remove(name: string): void {
    const object = this.get(keyNamed(name));
    if (object === undefined) throw new Error(`there is no ${name}`);
    this.#objects.delete(keyText(keyNamed(name)));
    this.#tell('DELETED', { ...object, metadata: { ...object.metadata, resourceVersion: `${this.#version + 1}` } });
  }

  /** As an API server tells now and then that nothing changed up to now. */
  bookmark(): void {
    const resourceVersion = `${this.#version}`;
    this.#told.push({ version: this.#version + 0.5, change: { type: 'BOOKMARK', resourceVersion } });
    this.#stirred.dispatchEvent(new Event('stir'));
  }

  /** Watches that are on end: with this error, or of themselves. */
  endWatches(cause?: Error): void {
    this.#breaks = { cause, nth: this.#breaks.nth + 1 };
    this.#stirred.dispatchEvent(new Event('stir'));
  }

  get({ namespace, name }: ObjectKey): Resource<K> | undefined {
    return this.#objects.get(keyText({ namespace, name }));
  }

  list(): ResourceList<K> {
    this.lists += 1;
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    return { items: [...this.#objects.values()], resourceVersion: `${this.#version}` };
  }

  async *watch(from: string, signal: AbortSignal): AsyncGenerator<Change<K>> {
    this.watches += 1;
    const { nth } = this.#breaks;
    let at = Number(from);
    for (;;) {
      signal.throwIfAborted();
      const next = this.#told.find(({ version }) => version > at);
      if (this.#breaks.nth !== nth) {
        if (this.#breaks.cause !== undefined) throw this.#breaks.cause;
        return;
      }
      if (next === undefined) await once(this.#stirred, 'stir', { signal });
      else {
        at = next.version;
        yield next.change;
      }
    }
  }

  #tell(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: Resource<K>): void {
    this.#version += 1;
    if (this.isSilent) return;
    this.#told.push({ version: this.#version, change: { type, object } });
    this.#stirred.dispatchEvent(new Event('stir'));
  }
}

export class ScriptedHome implements ReadableHome {
  readonly shelves: { readonly [K in Kind]: Shelf<K> } = {
    Registry: new Shelf('Registry'),
    RetentionPolicy: new Shelf('RetentionPolicy'),
    DeleteRequest: new Shelf('DeleteRequest'),
    CollectionRun: new Shelf('CollectionRun'),
  };

  async get<K extends Kind>(kind: K, key: ObjectKey): Promise<Resource<K> | undefined> {
    return this.shelves[kind].get(key);
  }

  async list<K extends Kind>(kind: K): Promise<ResourceList<K>> {
    return this.shelves[kind].list();
  }

  async listReferring<K extends Kind>(kind: K, registry: ObjectKey): Promise<readonly Resource<K>[]> {
    return referringTo((await this.list(kind)).items, registry);
  }

  watch<K extends Kind>(kind: K, resourceVersion: string, signal: AbortSignal): AsyncIterable<Change<K>> {
    return this.shelves[kind].watch(resourceVersion, signal);
  }
}

export function requestBody(registry = 'main'): Kinds['DeleteRequest'] {
  return { spec: { registryRef: { name: registry }, targets: [] }, status: { observedGeneration: -1 } };
}

export function keyNamed(name: string): ObjectKey {
  return { namespace: 'default', name };
}
