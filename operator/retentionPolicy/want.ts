import type { Mistake } from '../../core/resources/mistake.ts';
import { parseRetentionPolicy } from '../../core/resources/retentionPolicy.ts';
import { arrivalLeft } from '../resources/arriving.ts';
import { type DueSlot, newestDueSlot } from '../schedule/dueSlot.ts';
import { parseSchedule, type Schedule } from '../schedule/schedule.ts';
import { enforcedDocument } from './enforcement.ts';
import { type Facts, requestedAtAnnotation } from './facts.ts';
import { type RegistryStanding, standingOf } from './registryStanding.ts';
import { type Because, isEdited, underWay, type UnderWay, whyStop } from './underWay.ts';

/** A change of the Registry brings it back sooner. */
export const registryAgainMs = 30_000;

/** What is next for a policy. */
export type Want =
  | { readonly do: 'leave' }
  | { readonly do: 'stop'; readonly why: string; readonly going: At<'going'> }
  | { readonly do: 'follow'; readonly going: At<'going'> }
  | { readonly do: 'conclude'; readonly end: At<'done'> | At<'refused'> }
  /** The order of its run was not taken up. */
  | { readonly do: 'explain'; readonly message: string; readonly isOurs: boolean }
  | {
      readonly do: 'mend';
      readonly reason: 'InvalidSpec' | 'InvalidSchedule' | 'RegistryNotFound';
      readonly message: string;
    }
  | { readonly do: 'rest' }
  | { readonly do: 'awaitRegistry'; readonly message: string; readonly againMs: number }
  | { readonly do: 'awaitWindow'; readonly standing: Extract<RegistryStanding, { is: 'plans' }> }
  | { readonly do: 'retry'; readonly restMs: number; readonly because: Because }
  | { readonly do: 'order' }
  | { readonly do: 'evaluate'; readonly token: string; readonly enforces: boolean }
  | { readonly do: 'nothing' };

type At<S extends UnderWay['is']> = Extract<UnderWay, { is: S }>;

export function wantOf(facts: Facts): Want {
  const { policy, registry, run, now } = facts;
  if (policy.metadata.deletionTimestamp !== undefined) return { do: 'leave' };
  const way = underWay(facts);
  if (way.is === 'done' || way.is === 'refused') return { do: 'conclude', end: way };
  if (way.is === 'going') {
    const why = whyStop(facts);
    return why === undefined ? { do: 'follow', going: way } : { do: 'stop', why, going: way };
  }
  const mend = mistakeIn(facts);
  if (mend !== undefined) return { do: 'mend', ...mend };
  if (policy.spec.suspend === true) return { do: 'rest' };
  if (registry === undefined) {
    const { name } = policy.spec.registryRef;
    const message = `spec.registryRef.name: there is no Registry ${name} in namespace ${policy.metadata.namespace}`;
    const againMs = policy.status.runRef === undefined ? arrivalLeft(policy.metadata, now) : undefined;
    if (againMs !== undefined) return { do: 'awaitRegistry', message: `${message} yet`, againMs };
    return { do: 'mend', reason: 'RegistryNotFound', message };
  }
  if (run.is === 'refused' && way.is === 'unordered')
    return { do: 'explain', message: run.message, isOurs: run.isOurs };
  return dueOf(facts, way, standingOf(registry, now));
}

/** What is due: an evaluation first, then the enforcement that is still to be carried out. */
function dueOf(facts: Facts, way: UnderWay, standing: RegistryStanding): Want {
  const token = tokenOf(facts);
  const { schedule, mode } = facts.policy.spec;
  // An edit ended what was under way; what it makes of the policy is looked at first.
  const isOwed = !isEdited(facts) && (way.is === 'owed' || way.is === 'unordered');
  if (token === undefined && !isOwed) return { do: 'nothing' };
  if (standing.is === 'notReady' || standing.is === 'suspended')
    return { do: 'awaitRegistry', message: standing.message, againMs: registryAgainMs };
  const isCalledFor = token?.by !== 'generation' || schedule === undefined;
  if (token !== undefined) {
    return { do: 'evaluate', token: token.text, enforces: mode === 'Enforce' && (isCalledFor || isOwed) };
  }
  if (standing.is === 'plans') return { do: 'awaitWindow', standing };
  if (way.is === 'unordered') return { do: 'order' };
  if (way.is === 'owed' && way.restMs > 0 && way.because !== undefined) {
    return { do: 'retry', restMs: way.restMs, because: way.because };
  }
  return { do: 'evaluate', token: `after:${facts.policy.status.runRef?.name ?? ''}`, enforces: true };
}

/** What a new evaluation is for. What enforces comes first: one evaluation serves all. */
function tokenOf(facts: Facts): { readonly by: 'request' | 'slot' | 'generation'; readonly text: string } | undefined {
  const requested = requestedOf(facts);
  if (requested !== undefined) return { by: 'request', text: `requested:${requested}` };
  const slot = slotOf(facts);
  if (slot.is === 'due') return { by: 'slot', text: `slot:${slot.slot}` };
  return isEdited(facts) ? { by: 'generation', text: 'generation' } : undefined;
}

/** The value of the annotation, where it was not answered yet. */
function requestedOf({ policy: { metadata, status } }: Facts): string | undefined {
  const requested = metadata.annotations?.[requestedAtAnnotation];
  return requested === status.lastHandledReconcileAt ? undefined : requested;
}

/** Of what is not understood, or rests, no slot is due. */
export function slotOf({ policy: { metadata, spec, status }, now }: Facts): DueSlot {
  const schedule = scheduleOf(spec);
  if (schedule === undefined || spec.suspend === true) return { is: 'none' };
  const after = Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp);
  return newestDueSlot({ schedule, after, now, startingDeadlineSeconds: spec.startingDeadlineSeconds });
}

export function scheduleOf({ schedule, timeZone }: Facts['policy']['spec']): Schedule | undefined {
  if (schedule === undefined) return undefined;
  const parsed = parseSchedule(schedule, timeZone, place);
  return parsed.ok ? parsed.value : undefined;
}

const place = { schedule: 'spec.schedule', timeZone: 'spec.timeZone' };

type Mend = Omit<Extract<Want, { do: 'mend' }>, 'do'>;

function mistakeIn({ policy }: Facts): Mend | undefined {
  const parsed = parseRetentionPolicy(enforcedDocument(policy));
  if (!parsed.ok) return { reason: 'InvalidSpec', message: told(parsed.mistakes) };
  const { schedule, timeZone } = policy.spec;
  const slots = schedule === undefined ? undefined : parseSchedule(schedule, timeZone, place);
  return slots === undefined || slots.ok ? undefined : { reason: 'InvalidSchedule', message: told(slots.mistakes) };
}

function told(mistakes: readonly Mistake[]): string {
  return mistakes.map(({ path, says }) => `${path} ${says}`).join('; ');
}
