import type { InUse } from '../inUse/keeper.ts';
import type { Wanted } from '../resources/conditions.ts';
import type { Resource } from '../resources/home.ts';
import type { Look } from './coherence.ts';
import type { CollectionTimesRead } from './collection.ts';

/** How a Registry stands. Nothing acts on one whose reason is not `Coherent`; while it is `ReadOnly`, plans may be made. */
export type Readiness =
  | { readonly is: 'ready'; readonly reason: 'Coherent' | 'ReadOnly' | 'Suspended'; readonly message: string }
  /** Passes by itself, perhaps. */
  | {
      readonly is: 'retrying';
      readonly reason: 'Incoherent' | 'Unreachable' | 'InUseUnknown' | 'ReadOnly';
      readonly message: string;
    }
  /** Waits for a person. */
  | { readonly is: 'stalled'; readonly reason: 'Unreachable' | 'InvalidSchedule'; readonly message: string };

export interface ReadinessQuestion {
  readonly registry: Resource<'Registry'>;
  /** `undefined`: it names no endpoint that could be looked at. */
  readonly look: Look | undefined;
  readonly times: CollectionTimesRead;
  /** What workloads use; absent: there is no cluster. */
  readonly inUse?: InUse;
}

export function readinessOf({ registry, look, times, inUse }: ReadinessQuestion): Readiness {
  const { spec } = registry;
  if (look === undefined) return { is: 'stalled', reason: 'Unreachable', message: withoutEndpoints(registry) };
  if (times.is === 'mistaken') return { is: 'stalled', reason: 'InvalidSchedule', message: times.says };
  if (spec.suspend === true) return { is: 'ready', reason: 'Suspended', message: 'spec.suspend is true' };
  if (look.is === 'unreachable') return { is: 'retrying', reason: 'Unreachable', message: look.message };
  if (look.is === 'incoherent') return { is: 'retrying', reason: 'Incoherent', message: look.message };
  // What is told is enforced by the storage, also that it is not all; only what it never heard of it cannot wait for.
  if (inUse?.is === 'untold' && inUse.isNew) return { is: 'retrying', reason: 'InUseUnknown', message: inUse.why };
  const declared = look.newest?.gate.readOnly;
  if (declared !== undefined) {
    return { is: 'ready', reason: 'ReadOnly', message: `${declared.owner} declared it: ${declared.reason}` };
  }
  if (spec.readOnly?.enabled === true) {
    return { is: 'retrying', reason: 'ReadOnly', message: 'the replicas are about to be told to refuse pushes' };
  }
  const { coherent, registered } = look.replicas;
  return { is: 'ready', reason: 'Coherent', message: `${coherent} of ${registered} replicas answer as one` };
}

function withoutEndpoints({ spec }: Resource<'Registry'>): string {
  return spec.replicas === undefined
    ? 'spec.endpoints: name the admin API of every replica'
    : 'spec.replicas finds pods, and there is no cluster here: name the admin API of every replica in spec.endpoints';
}

export function conditionsOf({ is, reason, message }: Readiness): readonly Wanted[] {
  const ready: Wanted = { type: 'Ready', status: is === 'ready' ? 'True' : 'False', reason, message };
  if (is === 'ready') return [ready];
  if (is === 'stalled') return [ready, { type: 'Stalled', status: 'True', reason, message }];
  return [ready, { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message }];
}
