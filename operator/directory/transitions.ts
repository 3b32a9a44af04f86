import { isDeepStrictEqual } from 'node:util';
import type { Kinds } from '../api/types.ts';
import {
  apiVersion,
  Conflict,
  type Draft,
  Invalid,
  type Kind,
  type Metadata,
  type ObjectKey,
  type Resource,
} from '../resources/home.ts';

/*
 * What a write makes of an object, as an API server does it. An object that is given back as it was changed nothing. The resource version is given when
 * the write is kept.
 */

const firstStatus: { readonly [K in Kind]: Kinds[K]['status'] } = {
  Registry: { observedGeneration: -1 },
  RetentionPolicy: { observedGeneration: -1 },
  DeleteRequest: { observedGeneration: -1 },
  CollectionRun: { observedGeneration: -1 },
};

const plural: Readonly<Record<Kind, string>> = {
  Registry: 'registries',
  RetentionPolicy: 'retentionpolicies',
  DeleteRequest: 'deleterequests',
  CollectionRun: 'collectionruns',
};

/** `now`: RFC 3339, in whole seconds. */
export interface Moment {
  readonly uid: string;
  readonly now: string;
}

export function created<K extends Kind>(draft: Draft<K>, { uid, now }: Moment): Resource<K> {
  const { kind, metadata, spec } = asStored(draft);
  const { namespace, name } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      ...{ namespace, name, uid, resourceVersion: '0', generation: 1, creationTimestamp: now },
      ...ofUser(metadata),
    },
    spec,
    status: firstStatus[draft.kind],
  };
}

/** Labels and annotations become what the draft has; owners that it does not name stay, as they do where another manager owns them. */
export function updated<K extends Kind>(old: Resource<K>, draft: Draft<K>): Resource<K> {
  const { metadata, spec } = asStored(draft);
  const { labels: _labels, annotations: _annotations, ...rest } = old.metadata;
  const generation = old.metadata.generation + (isDeepStrictEqual(old.spec, spec) ? 0 : 1);
  return orSame(old, { ...old, metadata: { ...rest, ...ofUser(metadata), generation }, spec });
}

export function withStatus<K extends Kind>(old: Resource<K>, status: Kinds[K]['status']): Resource<K> {
  return orSame(old, { ...old, status: asStored(status) });
}

export function withFinalizers<K extends Kind>(old: Resource<K>, finalizers: readonly string[]): Resource<K> {
  const { finalizers: before = [], ...rest } = old.metadata;
  const added = finalizers.filter((one) => !before.includes(one));
  if (old.metadata.deletionTimestamp !== undefined && added.length > 0) {
    const says = `no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`;
    throw new Invalid(`${qualified(old)} is invalid: metadata.finalizers: Forbidden: ${says}`);
  }
  return orSame(old, {
    ...old,
    metadata: finalizers.length === 0 ? rest : { ...rest, finalizers: [...finalizers] },
  });
}

/** To be deleted, once its finalizers are lifted. This counts as a new generation, as an API server has it. */
export function terminating<K extends Kind>(old: Resource<K>, now: string): Resource<K> {
  if (old.metadata.deletionTimestamp !== undefined) return old;
  const { generation } = old.metadata;
  return { ...old, metadata: { ...old.metadata, deletionTimestamp: now, generation: generation + 1 } };
}

/** Nothing keeps it any more. */
export function isOver({ metadata: { deletionTimestamp, finalizers = [] } }: Resource<Kind>): boolean {
  return deletionTimestamp !== undefined && finalizers.length === 0;
}

/** The object itself, if it is the version that was observed. */
export function sameVersion<K extends Kind>(observed: Resource<K>, current: Resource<K> | undefined): Resource<K> {
  const { uid, resourceVersion } = observed.metadata;
  if (current?.metadata.uid === uid && current.metadata.resourceVersion === resourceVersion) return current;
  throw new Conflict(
    `Operation cannot be fulfilled on ${resourceText(observed.kind, observed.metadata)}: ${conflictText}`,
  );
}

const conflictText = 'the object has been modified; please apply your changes to the latest version and try again';

function qualified({ kind, metadata: { name } }: Resource<Kind>): string {
  return `${kind}.coppice.dev ${JSON.stringify(name)}`;
}

/** As messages of an API server name an object. */
export function resourceText(kind: Kind, { name }: ObjectKey): string {
  return `${plural[kind]}.coppice.dev ${JSON.stringify(name)}`;
}

/** As an API server knows times: in whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function ofUser({ labels, annotations, ownerReferences }: Draft<Kind>['metadata']): Partial<Metadata> {
  return {
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
    ...(ownerReferences !== undefined && { ownerReferences }),
  };
}

function orSame<T>(old: T, next: T): T {
  return isDeepStrictEqual(old, next) ? old : next;
}

/** A copy, as it will come back from a file. */
function asStored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Of an object among all. */
export function place(kind: Kind, { namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}
