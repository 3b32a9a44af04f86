import type { Resource } from '../resources/home.ts';
import { isOpen, opensAt, parseAllowed } from '../schedule/allowed.ts';

/** What a Registry allows at this moment, as its own reconciler has found it: the one place that decides whether anything may act on it. */
export type Standing =
  | { readonly is: 'absent' }
  /** Nothing is asked of it. */
  | { readonly is: 'unavailable'; readonly why: string }
  /** What goes on is stopped, too. */
  | { readonly is: 'suspended'; readonly why: string }
  /** Plans may be made, and nothing removed. */
  | { readonly is: 'readOnly'; readonly registry: Resource<'Registry'>; readonly why: string }
  /** Outside of `spec.collection.allowed`. `opensAt`: ms since 1970. */
  | { readonly is: 'closed'; readonly registry: Resource<'Registry'>; readonly opensAt: number | undefined }
  | { readonly is: 'open'; readonly registry: Resource<'Registry'> };

export function standingOf(registry: Resource<'Registry'> | undefined, now: number): Standing {
  if (registry === undefined) return { is: 'absent' };
  const { metadata, spec, status } = registry;
  const name = `Registry ${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) return { is: 'unavailable', why: `${name} is being deleted` };
  if (spec.suspend === true) return { is: 'suspended', why: `${name} is suspended` };
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  // Only what was found of this generation counts: another endpoint may be another storage.
  if (ready?.observedGeneration !== metadata.generation || status.observedGeneration !== metadata.generation) {
    return { is: 'unavailable', why: `${name} was not looked at yet` };
  }
  const why = `${name}: ${ready.reason}: ${ready.message}`;
  if (ready.status !== 'True') return { is: 'unavailable', why };
  if (spec.readOnly?.enabled === true || ready.reason === 'ReadOnly') {
    return { is: 'readOnly', registry, why: `${name} is read-only` };
  }
  if (ready.reason !== 'Coherent') return { is: 'unavailable', why };
  const allowed = parseAllowed(spec.collection?.allowed, spec.collection?.timeZone);
  // What cannot be understood allows nothing.
  if (!allowed.ok) {
    const [first] = allowed.mistakes;
    return { is: 'unavailable', why: `${name}: ${first === undefined ? 'spec' : `${first.path} ${first.says}`}` };
  }
  if (isOpen(allowed.value, now)) return { is: 'open', registry };
  return { is: 'closed', registry, opensAt: opensAt(allowed.value, now) };
}
