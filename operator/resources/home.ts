import type { Kinds } from '../api/types.ts';

/*
 * Where resources live. Two homes answer to this: an API server, and a directory of YAML files. What a reconciler sees is the same in both, down to
 * generations, resource versions, finalizers and the words of a refusal.
 */

export type Kind = keyof Kinds;
export const kinds = [
  'Registry',
  'RetentionPolicy',
  'DeleteRequest',
  'CollectionRun',
] as const satisfies readonly Kind[];
export const apiVersion = 'coppice.dev/v1alpha1';

/** An object of one kind by its name. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface Metadata extends ObjectKey {
  readonly uid: string;
  /** Of this version of the object: a whole number; of two of one kind the greater is the newer one. */
  readonly resourceVersion: string;
  /** Of this version of the spec: a whole number from 1 on. */
  readonly generation: number;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  /** Set once somebody asked for its deletion and finalizers still stand. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface Resource<K extends Kind> {
  readonly apiVersion: typeof apiVersion;
  readonly kind: K;
  readonly metadata: Metadata;
  /** With the schema's defaults. */
  readonly spec: Kinds[K]['spec'];
  /** From the first moment on `{observedGeneration: -1}`, as the schema defaults it. */
  readonly status: Kinds[K]['status'];
}

export type AnyResource = { readonly [K in Kind]: Resource<K> }[Kind];

/** What is to be made: the home gives it the rest. */
export interface Draft<K extends Kind> {
  readonly kind: K;
  readonly metadata: ObjectKey & Pick<Metadata, 'labels' | 'annotations' | 'ownerReferences'>;
  readonly spec: Kinds[K]['spec'];
}

export type Change<K extends Kind> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Resource<K> }
  /** Nothing changed until this version. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface ResourceList<K extends Kind> {
  readonly items: readonly Resource<K>[];
  /** Where a watch goes on. */
  readonly resourceVersion: string;
}

/** What happened to an object, for people: `coppice events`, `kubectl get events`. The same again within minutes is counted, not listed anew. */
export interface ObjectEvent {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, one word for machines. */
  readonly reason: string;
  readonly message: string;
}

/** The object is not the version that was observed: observe again. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** A watch cannot go on from this version any more: list again (HTTP 410 of an API server). */
export class Gone extends Error {
  override readonly name = 'Gone';
}

/** Refused with the words of an API server: the schema or one of its rules does not admit it. */
export class Invalid extends Error {
  override readonly name = 'Invalid';
}

export interface Reads {
  get<K extends Kind>(kind: K, key: ObjectKey, signal: AbortSignal): Promise<Resource<K> | undefined>;
  /** In no order. */
  listReferring<K extends Kind>(kind: K, registry: ObjectKey, signal: AbortSignal): Promise<readonly Resource<K>[]>;
}

export interface ReadableHome extends Reads {
  list<K extends Kind>(kind: K, signal: AbortSignal): Promise<ResourceList<K>>;
  /** Every change after `resourceVersion`, in order. Ends by itself now and then; rejects with `Gone` where it cannot go on. */
  watch<K extends Kind>(kind: K, resourceVersion: string, signal: AbortSignal): AsyncIterable<Change<K>>;
}

/** A read may give what stood a moment ago where the home answers from memory (`ShelvedHome`). */
export interface ResourceHome extends ReadableHome {
  /** What stands now. */
  readonly live: Reads;
  /** `exists`: an object of this name is there already, whatever it holds. Rejects with `Invalid`. */
  create<K extends Kind>(draft: Draft<K>, signal: AbortSignal): Promise<Resource<K> | 'exists'>;
  /** Only the object of this uid; one that is gone is done. With finalizers it stays, with a `deletionTimestamp`, until they are lifted. */
  delete(kind: Kind, key: ObjectKey, uid: string, signal: AbortSignal): Promise<void>;
  /** The whole status, by one field manager, over the version observed. Rejects with `Conflict`; a status that is the same already changes nothing. */
  applyStatus<K extends Kind>(
    observed: Resource<K>,
    status: Kinds[K]['status'],
    signal: AbortSignal,
  ): Promise<Resource<K>>;
  /** Over the version observed. Lifting the last one of an object that is to be deleted removes it. Rejects with `Conflict`. */
  setFinalizers<K extends Kind>(
    observed: Resource<K>,
    finalizers: readonly string[],
    signal: AbortSignal,
  ): Promise<Resource<K>>;
  /** Best effort: an event that cannot be written is logged, and nothing fails. */
  record(object: AnyResource, event: ObjectEvent): void;
}

export function keyOf({ metadata: { namespace, name } }: { readonly metadata: ObjectKey }): ObjectKey {
  return { namespace, name };
}

export function isSameVersion({ metadata: left }: Resource<Kind>, { metadata: right }: Resource<Kind>): boolean {
  return left.uid === right.uid && left.resourceVersion === right.resourceVersion;
}

export function keyText({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}
