import type { Resource } from '../resources/home.ts';
import { type Allowed, isOpen, opensAt, parseAllowed } from '../schedule/allowed.ts';

/** What may be done on a Registry, as its own reconciler found it. */
export type RegistryStanding =
  /** Everything. */
  | { readonly is: 'ready' }
  /** Plans only, until this moment (ms since 1970), or until something changes. */
  | {
      readonly is: 'plans';
      readonly why: 'ReadOnly' | 'WaitingForWindow';
      readonly message: string;
      readonly until?: number;
    }
  | { readonly is: 'suspended'; readonly message: string }
  | { readonly is: 'notReady'; readonly message: string };

/** Only what was found of this generation counts: another endpoint may be another storage. */
export function standingOf({ metadata, spec, status }: Resource<'Registry'>, now: number): RegistryStanding {
  const named = `Registry ${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) return { is: 'notReady', message: `${named} is being deleted` };
  if (spec.suspend === true) return { is: 'suspended', message: `${named} is suspended` };
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.observedGeneration !== metadata.generation) {
    return { is: 'notReady', message: `${named} was not looked at yet` };
  }
  if (ready.status !== 'True') return { is: 'notReady', message: `${named}: ${ready.reason}: ${ready.message}` };
  if (spec.readOnly?.enabled === true || ready.reason === 'ReadOnly') {
    return { is: 'plans', why: 'ReadOnly', message: `${named} is read-only` };
  }
  if (ready.reason !== 'Coherent') return { is: 'notReady', message: `${named}: ${ready.reason}: ${ready.message}` };
  const allowed = parseAllowed(spec.collection?.allowed, spec.collection?.timeZone);
  if (!allowed.ok) {
    const told = allowed.mistakes.map(({ path, says }) => `${path} ${says}`).join('; ');
    return { is: 'notReady', message: `${named}: ${told}` };
  }
  return isOpen(allowed.value, now) ? { is: 'ready' } : closed(named, allowed.value, now);
}

function closed(named: string, allowed: Allowed, now: number): RegistryStanding {
  const until = opensAt(allowed, now);
  const when = until === undefined ? 'and does not any more' : `again at ${new Date(until).toISOString()}`;
  const message = `spec.collection.allowed of ${named} lets windows open ${when}`;
  return { is: 'plans', why: 'WaitingForWindow', message, ...(until === undefined ? {} : { until }) };
}
