import { isDeepStrictEqual } from 'node:util';
import { type Kind, keyOf, type ObjectKey, type Resource } from '../resources/home.ts';
import type { Reflector, Sighting } from './reflector.ts';

export type Reflectors = { readonly [K in Kind]: Reflector<K> };

/** Makes changes of one kind into keys of a controller's queue. */
export type Watch = (reflectors: Reflectors, add: (key: ObjectKey) => void) => void;

/** Whether a change is worth a reconcile. An object that is new, gone or another by uid is always told. */
export type Matters<K extends Kind> = (before: Resource<K>, after: Resource<K>) => boolean;

/**
 * What people and other programs want of an object, as against what its controller writes to its status: with this, a reconcile that writes its status is
 * not brought back by it. Not for a controller that must see others write that status.
 */
export function intentChanged({ metadata: before }: Resource<Kind>, { metadata: after }: Resource<Kind>): boolean {
  return (
    before.generation !== after.generation ||
    before.deletionTimestamp !== after.deletionTimestamp ||
    !isDeepStrictEqual(before.annotations, after.annotations) ||
    !isDeepStrictEqual(before.labels, after.labels) ||
    !isDeepStrictEqual(before.finalizers, after.finalizers)
  );
}

/** The kind that the controller reconciles. */
export function watchOwn<K extends Kind>(kind: K, matters: Matters<K> = () => true): Watch {
  return (reflectors, add) => {
    reflectors[kind].listen({
      sighted(sighting) {
        if (isWorthIt(sighting, matters)) add(keyOf(newest(sighting)));
      },
      resynced(objects) {
        for (const object of objects) add(keyOf(object));
      },
    });
  };
}

/** A kind that the controller's objects depend on. */
export interface Dependency<K extends Kind> {
  readonly kind: K;
  /** The objects that a change of this one brings back. Asked for the version before as well: what it let go of is to know. */
  readonly toKeys: (object: Resource<K>) => readonly ObjectKey[];
  /** Absent: every change. */
  readonly matters?: Matters<K>;
}

export function watchDependency<K extends Kind>({ kind, toKeys, matters = () => true }: Dependency<K>): Watch {
  return (reflectors, add) => {
    reflectors[kind].listen({
      sighted(sighting) {
        if (!isWorthIt(sighting, matters)) return;
        for (const version of versions(sighting)) for (const key of toKeys(version)) add(key);
      },
    });
  };
}

function isWorthIt<K extends Kind>(sighting: Sighting<K>, matters: Matters<K>): boolean {
  if (sighting.saw !== 'changed') return true;
  const { before, after } = sighting;
  return before.metadata.uid !== after.metadata.uid || matters(before, after);
}

function newest<K extends Kind>(sighting: Sighting<K>): Resource<K> {
  return sighting.saw === 'gone' ? sighting.before : sighting.after;
}

function versions<K extends Kind>(sighting: Sighting<K>): readonly Resource<K>[] {
  return sighting.saw === 'changed' ? [sighting.before, sighting.after] : [newest(sighting)];
}
