import type { Resource } from '../resources/home.ts';
import type { Look } from './coherence.ts';

/** Stands while the replicas may have been told to refuse pushes in this Registry's name. */
export const readOnlyFinalizer = 'coppice.dev/read-only';

export type ReadOnlyEffect =
  | { readonly do: 'declare'; readonly owner: string; readonly reason: string }
  | { readonly do: 'withdraw'; readonly owner: string };

const longestOwner = 253;

export function readOnlyOwner({ metadata: { namespace, name } }: Resource<'Registry'>): string {
  return `Registry ${namespace}/${name}`.slice(0, longestOwner);
}

/** What the gate is to be told. Where somebody else declared it, nothing: it is theirs to end, and until then it is as this Registry wants it. */
export function readOnlyEffectOf(registry: Resource<'Registry'>, look: Look | undefined): ReadOnlyEffect | undefined {
  if (look?.newest === undefined) return undefined;
  const owner = readOnlyOwner(registry);
  const { enabled = false, reason = '' } = registry.spec.readOnly ?? {};
  const declared = look.newest.gate.readOnly;
  if (enabled && declared === undefined) {
    return { do: 'declare', owner, reason: reason === '' ? `spec.readOnly of ${owner}` : reason };
  }
  return !enabled && declared?.owner === owner ? { do: 'withdraw', owner } : undefined;
}

/** Set before anything is declared, and lifted once a gate was seen that does not name this Registry. */
export function finalizersOf(registry: Resource<'Registry'>, look: Look | undefined): readonly string[] {
  const { finalizers = [] } = registry.metadata;
  const others = finalizers.filter((one) => one !== readOnlyFinalizer);
  const isSet = others.length < finalizers.length;
  const isWanted = registry.spec.readOnly?.enabled === true;
  const isEnded = look?.newest !== undefined && look.newest.gate.readOnly?.owner !== readOnlyOwner(registry);
  if (isWanted || (isSet && !isEnded)) return isSet ? finalizers : [...finalizers, readOnlyFinalizer];
  return isSet ? others : finalizers;
}
