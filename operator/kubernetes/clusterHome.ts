import { isDeepStrictEqual } from 'node:util';
import type { Kinds } from '../api/types.ts';
import {
  type AnyResource,
  apiVersion,
  type Change,
  Conflict,
  type Draft,
  type Kind,
  type ObjectEvent,
  type ObjectKey,
  type Resource,
  type ResourceHome,
  type ResourceList,
} from '../resources/home.ts';
import { referringTo } from '../resources/referring.ts';
import { watchCluster, type WatchPorts } from './clusterWatch.ts';
import { ApiError } from './failure.ts';
import { resourceOf } from './objects.ts';
import { pagesOf } from './pages.ts';
import { collectionPath, fieldManager, objectPath, type Query, statusPath } from './paths.ts';
import type { Asking } from './transport.ts';

export interface ClusterHomePorts extends WatchPorts {
  readonly recorder: Pick<ResourceHome, 'record'>;
  /** How many objects come with one answer. Default 500. */
  readonly pageSize?: number;
}

/** What is written names every field that it knows: one that the server does not know is a mistake, and not dropped. */
const written = { fieldManager, fieldValidation: 'Strict' } as const;

/** Resources in an API server. Every read asks it and gets what stands now; every write is over the version, or of the uid, that was observed. */
export class ClusterHome implements ResourceHome {
  readonly live = this;
  readonly #ports: ClusterHomePorts;

  constructor(ports: ClusterHomePorts) {
    this.#ports = ports;
  }

  async get<K extends Kind>(kind: K, key: ObjectKey, signal: AbortSignal): Promise<Resource<K> | undefined> {
    signal.throwIfAborted();
    const answer = await this.#ask({ verb: 'get', path: objectPath(kind, key) }, signal);
    return answer.is === 'done' ? resourceOf(kind, answer.body) : undefined;
  }

  /** In pages of one moment; where the server forgot that moment on the way, all at once. */
  async list<K extends Kind>(kind: K, signal: AbortSignal): Promise<ResourceList<K>> {
    return this.#listIn(this.#ports.namespace, kind, signal);
  }

  /** In the Registry's namespace alone, whatever else this home sees. */
  async listReferring<K extends Kind>(
    kind: K,
    registry: ObjectKey,
    signal: AbortSignal,
  ): Promise<readonly Resource<K>[]> {
    return referringTo((await this.#listIn(registry.namespace, kind, signal)).items, registry);
  }

  async #listIn<K extends Kind>(namespace: string | undefined, kind: K, signal: AbortSignal): Promise<ResourceList<K>> {
    signal.throwIfAborted();
    const { pageSize = 500, transport } = this.#ports;
    const path = (query: Query): string => collectionPath(kind, namespace, query);
    let resourceVersion = '';
    let items: Resource<K>[] = [];
    for await (const page of pagesOf({ path, pageSize }, transport, signal)) {
      if (page.isAnew) items = [];
      items.push(...page.items.map((item) => resourceOf(kind, item)));
      ({ resourceVersion } = page);
    }
    return { items, resourceVersion };
  }

  watch<K extends Kind>(kind: K, resourceVersion: string, signal: AbortSignal): AsyncIterable<Change<K>> {
    return watchCluster(kind, resourceVersion, this.#ports, signal);
  }

  async create<K extends Kind>(draft: Draft<K>, signal: AbortSignal): Promise<Resource<K> | 'exists'> {
    signal.throwIfAborted();
    const { kind, metadata } = draft;
    const path = collectionPath(kind, metadata.namespace, written);
    const answer = await this.#ask({ verb: 'create', path, body: { apiVersion, ...draft } }, signal);
    if (answer.is === 'done') return resourceOf(kind, answer.body);
    if (answer.is === 'exists') return 'exists';
    throw new ApiError(`POST ${path}`, answer.says, { status: 404 }); // its namespace
  }

  async delete(kind: Kind, key: ObjectKey, uid: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const preconditions = { uid };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions };
    try {
      await this.#ask({ verb: 'delete', path: objectPath(kind, key), body }, signal);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      const found = await this.get(kind, key, signal);
      if (found?.metadata.uid === uid) throw error; // it is still there, and was changed meanwhile
    }
  }

  async applyStatus<K extends Kind>(
    observed: Resource<K>,
    status: Kinds[K]['status'],
    signal: AbortSignal,
  ): Promise<Resource<K>> {
    signal.throwIfAborted();
    const asWritten = JSON.parse(JSON.stringify(status)) as unknown;
    if (isDeepStrictEqual(observed.status, asWritten)) return observed;
    const { kind, metadata } = observed;
    const path = statusPath(kind, metadata, { ...written, force: true });
    const body = { apiVersion, kind, metadata: versionOf(observed), status: asWritten };
    return this.#over(observed, { verb: 'apply', path, body }, signal);
  }

  async setFinalizers<K extends Kind>(
    observed: Resource<K>,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<Resource<K>> {
    signal.throwIfAborted();
    const { kind, metadata } = observed;
    if (isDeepStrictEqual(metadata.finalizers ?? [], finalizers)) return observed;
    const path = objectPath(kind, metadata, written);
    const body = { metadata: { ...versionOf(observed), finalizers } };
    return this.#over(observed, { verb: 'merge', path, body }, signal);
  }

  record(object: AnyResource, event: ObjectEvent): void {
    this.#ports.recorder.record(object, event);
  }

  async #over<K extends Kind>(
    { kind, metadata }: Resource<K>,
    asking: Asking,
    signal: AbortSignal,
  ): Promise<Resource<K>> {
    const answer = await this.#ask(asking, signal);
    if (answer.is === 'done') return resourceOf(kind, answer.body);
    throw new Conflict(answer.is === 'absent' ? answer.says : `${metadata.name} exists already`);
  }

  async #ask(asking: Asking, signal: AbortSignal) {
    return this.#ports.transport.ask(asking, signal);
  }
}

/** The object that was observed, in that version: of any other the server says Conflict. */
function versionOf({ metadata: { namespace, name, uid, resourceVersion } }: Resource<Kind>) {
  return { namespace, name, uid, resourceVersion };
}
