import { admit } from '../../api/admission.ts';
import type { Kinds } from '../../api/types.ts';
import { EventLog, type RecordedEvent } from '../../directory/eventLog.ts';
import { ObjectStore, type Wish } from '../../directory/objectStore.ts';
import type { Keeper, Log } from '../../directory/ports.ts';
import {
  type AnyResource,
  apiVersion,
  type Change,
  type Draft,
  Invalid,
  type Kind,
  type ObjectEvent,
  type ObjectKey,
  type Resource,
  type ResourceHome,
  type ResourceList,
} from '../home.ts';

export interface MemoryHomeOptions {
  /** ms since 1970. Absent: it is always the same moment. */
  readonly now?: () => number;
  /** Absent: what admission refuses is taken as it is, as if an earlier schema had admitted it; reconcilers meet that, too. */
  readonly refuses?: boolean;
}

/** What is applied: the namespace is `default` where none is given. */
export type Applied<K extends Kind> = Omit<Draft<K>, 'metadata'> & {
  readonly metadata: Omit<Draft<K>['metadata'], 'namespace'> & { readonly namespace?: string };
};

const { signal } = new AbortController();
const someMoment = Date.parse('2026-11-23T12:00:00Z');

/** The semantics of the directory home without the directory; and what tests do in the place of users. */
export class MemoryHome implements ResourceHome {
  readonly live = this;
  readonly #store: ObjectStore;
  readonly #refuses: boolean;
  readonly #events: EventLog;

  constructor({ now = () => someMoment, refuses = false }: MemoryHomeOptions = {}) {
    this.#refuses = refuses;
    let uids = 0;
    const freshUid = (): string => `00000000-0000-4000-8000-${String((uids += 1)).padStart(12, '0')}`;
    this.#events = new EventLog(now, () => undefined);
    this.#store = new ObjectStore({
      keeper: keepsNothing,
      events: this.#events,
      freshUid,
      now,
      log: silent,
    });
  }

  /** As `kubectl apply` does: makes the object, or makes it so. */
  async apply<K extends Kind>(applied: Applied<K>): Promise<Resource<K>> {
    const { kind, spec } = applied;
    const metadata = { ...applied.metadata, namespace: applied.metadata.namespace ?? 'default' };
    const document = { apiVersion, kind, metadata, spec };
    await this.#grant(kind, metadata, (old) => {
      const admitted = admit<Kind>(kind, document, old);
      if (!admitted.ok && this.#refuses) throw new Invalid(admitted.message);
      if (!admitted.ok) return { kind, metadata, spec };
      return { kind, metadata: admitted.object.metadata, spec: admitted.object.spec };
    });
    return this.only(kind, metadata.name, metadata.namespace);
  }

  /** As `kubectl delete` does; what it owned goes with it. */
  async remove(kind: Kind, name: string, namespace = 'default'): Promise<void> {
    await this.#grant(kind, { namespace, name }, () => 'absent');
    await this.#store.settle();
  }

  /** As `kubectl annotate` does: these annotations beside those that are there. */
  async annotate(kind: Kind, name: string, annotations: Readonly<Record<string, string>>): Promise<void> {
    const { metadata, spec } = await this.only(kind, name);
    const all = { ...metadata.annotations, ...annotations };
    await this.apply({ kind, metadata: { ...metadata, annotations: all }, spec });
  }

  /** The object that has to be there. */
  async only<K extends Kind>(kind: K, name: string, namespace = 'default'): Promise<Resource<K>> {
    const found = await this.get(kind, { namespace, name }, signal);
    if (found === undefined) throw new Error(`there is no ${kind} ${namespace}/${name}`);
    return found;
  }

  /** Oldest first. Of the object of this name alone, if one is given. */
  events(name?: string): readonly RecordedEvent[] {
    return this.#events.list().filter(({ subject }) => name === undefined || subject.name === name);
  }

  /** Ends every watch that goes on, as an API server does now and then. */
  endWatches(): void {
    this.#store.endWatches();
  }

  /** Forgets what changed: a watch from before is `Gone`. */
  forgetHistory(): void {
    this.#store.forgetHistory();
  }

  get<K extends Kind>(kind: K, key: ObjectKey, signal: AbortSignal): Promise<Resource<K> | undefined> {
    return this.#store.get(kind, key, signal);
  }

  list<K extends Kind>(kind: K, signal: AbortSignal): Promise<ResourceList<K>> {
    return this.#store.list(kind, signal);
  }

  listReferring<K extends Kind>(kind: K, registry: ObjectKey, signal: AbortSignal): Promise<readonly Resource<K>[]> {
    return this.#store.listReferring(kind, registry, signal);
  }

  watch<K extends Kind>(kind: K, resourceVersion: string, signal: AbortSignal): AsyncIterable<Change<K>> {
    return this.#store.watch(kind, resourceVersion, signal);
  }

  create<K extends Kind>(draft: Draft<K>, signal: AbortSignal): Promise<Resource<K> | 'exists'> {
    return this.#store.create(draft, signal);
  }

  delete(kind: Kind, key: ObjectKey, uid: string, signal: AbortSignal): Promise<void> {
    return this.#store.delete(kind, key, uid, signal);
  }

  applyStatus<K extends Kind>(
    observed: Resource<K>,
    status: Kinds[K]['status'],
    signal: AbortSignal,
  ): Promise<Resource<K>> {
    return this.#store.applyStatus(observed, status, signal);
  }

  setFinalizers<K extends Kind>(
    observed: Resource<K>,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<Resource<K>> {
    return this.#store.setFinalizers(observed, finalizers, signal);
  }

  record(object: AnyResource, event: ObjectEvent): void {
    this.#store.record(object, event);
  }

  async #grant(kind: Kind, { namespace, name }: ObjectKey, wanted: Wish['wanted']): Promise<void> {
    const [granted] = await this.#store.grant([{ kind, key: { namespace, name }, wanted }], signal);
    if (granted?.error !== undefined) throw granted.error;
  }
}

const keepsNothing: Keeper = {
  keep: async (writes) => writes.map(() => undefined),
  reserve: async () => undefined,
};

const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
