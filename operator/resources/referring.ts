import type { Kind, ObjectKey, Resource } from './home.ts';

/** The kinds that refer to a Registry. */
export type Referring = Exclude<Kind, 'Registry'>;

/** The Registry that an object refers to, which is of its own namespace; `undefined`: it refers to none. */
export function registryKeyOf(object: Resource<Referring>): ObjectKey;
export function registryKeyOf(object: Resource<Kind>): ObjectKey | undefined;
export function registryKeyOf({ metadata: { namespace }, spec }: Resource<Kind>): ObjectKey | undefined {
  return 'registryRef' in spec ? { namespace, name: spec.registryRef.name } : undefined;
}

/** Those that refer to it. */
export function referringTo<K extends Kind>(
  objects: readonly Resource<K>[],
  { namespace, name }: ObjectKey,
): readonly Resource<K>[] {
  return objects.filter((object) => {
    const registry = registryKeyOf(object);
    return registry?.namespace === namespace && registry.name === name;
  });
}
