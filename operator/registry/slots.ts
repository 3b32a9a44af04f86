import { newestDueSlot } from '../schedule/dueSlot.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { apiVersion, type Draft, type ObjectEvent, type Resource } from '../resources/home.ts';

export interface SlotQuestion {
  readonly registry: Resource<'Registry'>;
  readonly schedule: Schedule;
  /** Whether a run could begin now. */
  readonly isOpenForRuns: boolean;
  /** Names of the CollectionRuns that are there. */
  readonly runs: ReadonlySet<string>;
  readonly now: number;
}

export interface SlotAnswer {
  /** The run to be made. */
  readonly draft?: Draft<'CollectionRun'>;
  /** ms since 1970: the slot that was taken or passed over just now. */
  readonly handled?: number;
  readonly event?: ObjectEvent;
  /** The slot that waits, or the next; ms since 1970. */
  readonly next?: number;
}

/**
 * What the schedule asks for now. Only a slot that was announced counts (`status.nextRunTime`; for a new object every slot since it was made): a schedule
 * that was changed, or resumed after a suspension, begins with its next slot and not with one of yesterday.
 */
export function slotOf({ registry, schedule, isOpenForRuns, runs, now }: SlotQuestion): SlotAnswer {
  const { spec, metadata } = registry;
  const after = lastHandled(registry, now);
  const startingDeadlineSeconds = spec.collection?.startingDeadlineSeconds;
  const due = newestDueSlot({ schedule, after, now, startingDeadlineSeconds });
  const next = schedule.next(now);
  const coming = next === undefined ? {} : { next };
  if (due.is === 'none') return coming;
  // Made before a crash came over the record of its slot.
  if (runs.has(runNameOf(metadata.name, due.slot))) return { ...coming, handled: due.slot };
  if (due.is === 'due' && !isOpenForRuns) return { next: due.slot };
  if (due.is === 'due') return { ...coming, handled: due.slot, draft: draftOf(registry, due.slot) };
  const at = new Date(due.slot).toISOString();
  const message = `the run of ${at} was passed over: it could not begin within ${startingDeadlineSeconds ?? 0} s (spec.collection.startingDeadlineSeconds of ${metadata.name})`;
  return { ...coming, handled: due.slot, event: { type: 'Warning', reason: 'MissedSchedule', message } };
}

function lastHandled({ metadata, status }: Resource<'Registry'>, now: number): number {
  const handled = Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp);
  if (status.observedGeneration === -1) return handled;
  const announced = status.nextRunTime === undefined ? now : Date.parse(status.nextRunTime) - 1;
  return Math.max(handled, announced);
}

/** One name for one slot: whoever makes it again, after a crash or beside another operator, finds it there. */
function draftOf({ metadata, spec }: Resource<'Registry'>, slot: number): Draft<'CollectionRun'> {
  const { namespace, name, uid } = metadata;
  const untagged = spec.collection?.untagged;
  return {
    kind: 'CollectionRun',
    metadata: {
      namespace,
      name: runNameOf(name, slot),
      ownerReferences: [{ apiVersion, kind: 'Registry', name, uid, controller: true }],
    },
    spec: { registryRef: { name }, mode: 'Execute', ...(untagged === undefined ? {} : { untagged }) },
  };
}

const longestName = 253;
const minuteMs = 60_000;

function runNameOf(registry: string, slot: number): string {
  const minutes = String(slot / minuteMs);
  return `${registry.slice(0, longestName - minutes.length - 1)}-${minutes}`;
}
