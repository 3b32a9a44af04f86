import type { RegistryStatus } from '../api/types.ts';
import { inUseCondition } from '../inUse/condition.ts';
import type { InUse } from '../inUse/keeper.ts';
import { conditionsAfter } from '../resources/conditions.ts';
import type { Draft, ObjectEvent, Resource } from '../resources/home.ts';
import type { Outcome } from '../runtime/reconcile.ts';
import type { Look } from './coherence.ts';
import { readCollectionTimes } from './collection.ts';
import { beyondHistory, isFinished, isOwnedBy, lastRunOf } from './history.ts';
import { conditionsOf, type Readiness, readinessOf } from './readiness.ts';
import { finalizersOf, type ReadOnlyEffect, readOnlyEffectOf } from './readOnly.ts';
import { echoOf } from './requested.ts';
import { type SlotAnswer, slotOf } from './slots.ts';

export interface Observed {
  readonly registry: Resource<'Registry'>;
  /** `undefined`: it names no endpoint that could be looked at. */
  readonly look: Look | undefined;
  /** What workloads use; absent: there is no cluster. */
  readonly inUse?: InUse;
  /** Every CollectionRun that refers to it. */
  readonly runs: readonly Resource<'CollectionRun'>[];
}

export interface Decision {
  /** Made before the status tells of its slot: making it again does nothing, and forgetting it would. */
  readonly draft?: Draft<'CollectionRun'>;
  readonly finalizers: readonly string[];
  readonly status: RegistryStatus;
  readonly events: readonly ObjectEvent[];
  readonly readOnly?: ReadOnlyEffect;
  /** Finished runs beyond the history limits. */
  readonly outdated: readonly Resource<'CollectionRun'>[];
  readonly outcome: Outcome;
}

/** `now`: ms since 1970, this machine's clock. */
export function decide(observed: Observed, now: number): Decision {
  const { registry, look, runs } = observed;
  const times = readCollectionTimes(registry.spec);
  const readiness = readinessOf({ ...observed, times });
  const schedule = times.is === 'read' && registry.spec.suspend !== true ? times.times.schedule : undefined;
  const isBusy = runs.some((run) => isOwnedBy(run, registry) && !isFinished(run));
  const names = new Set(runs.map(({ metadata }) => metadata.name));
  const isOpenForRuns = readiness.reason === 'Coherent' && !isBusy;
  const slot = schedule === undefined ? {} : slotOf({ registry, schedule, isOpenForRuns, runs: names, now });
  const readOnly = readOnlyEffectOf(registry, look);
  const change = transitionOf(registry, readiness);
  const moved = storageChange(registry, look);
  const status = statusOf(observed, readiness, slot, now);
  return {
    ...(slot.draft === undefined ? {} : { draft: slot.draft }),
    finalizers: finalizersOf(registry, look),
    status,
    events: [moved, change, slot.event].filter((event) => event !== undefined),
    ...(readOnly === undefined ? {} : { readOnly }),
    outdated: beyondHistory(registry, runs),
    outcome: {
      kind: 'again',
      afterMs: pauseOf(status, readiness, slot, readOnly !== undefined, now),
      why: readiness.reason,
    },
  };
}

function statusOf(
  { registry, look, inUse, runs }: Observed,
  readiness: Readiness,
  slot: SlotAnswer,
  now: number,
): RegistryStatus {
  const { metadata, status: before } = registry;
  const lastRun = lastRunOf(runs, before.lastRun, look?.lastRun);
  const storageId = look?.newest?.storage ?? before.storageId;
  const gate = look?.newest?.gate;
  const lastScheduleTime = slot.handled === undefined ? before.lastScheduleTime : moment(slot.handled);
  const conditions = [...conditionsOf(readiness), ...(inUse === undefined ? [] : [inUseCondition(inUse)])];
  const context = { generation: metadata.generation, now: moment(now) };
  return {
    observedGeneration: metadata.generation,
    ...echoOf(metadata, before.lastHandledReconcileAt),
    ...(storageId === undefined ? {} : { storageId }),
    ...(gate === undefined ? {} : { gate: { epoch: gate.epoch, phase: gate.phase } }),
    ...(look === undefined ? {} : { replicas: look.replicas }),
    ...(lastRun === undefined ? {} : { lastRun }),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(slot.next === undefined ? {} : { nextRunTime: moment(slot.next) }),
    conditions: conditionsAfter(before.conditions, conditions, context),
  };
}

/** Told once: as its readiness becomes another. */
function transitionOf({ status }: Resource<'Registry'>, { is, reason, message }: Readiness): ObjectEvent | undefined {
  const before = status.conditions?.find(({ type }) => type === 'Ready');
  const isSame = before?.reason === reason && before.status === (is === 'ready' ? 'True' : 'False');
  return isSame ? undefined : { type: is === 'ready' ? 'Normal' : 'Warning', reason, message };
}

function storageChange(
  { status: { storageId } }: Resource<'Registry'>,
  look: Look | undefined,
): ObjectEvent | undefined {
  const storage = look?.newest?.storage;
  if (storage === undefined || storageId === undefined || storage === storageId) return undefined;
  const message = `the replicas serve storage ${storage}; before it was ${storageId}`;
  return { type: 'Warning', reason: 'StorageChanged', message };
}

const usualPauseMs = 10_000;
const shortestPauseMs = 2000;
/** A change of the gate is to be seen soon after it was asked for. */
const changePauseMs = 250;

/** Sooner while something is wrong, but ever later the longer it is so. */
function pauseOf(
  { conditions, nextRunTime }: RegistryStatus,
  { is }: Readiness,
  slot: SlotAnswer,
  isChanging: boolean,
  now: number,
): number {
  if (isChanging || slot.draft !== undefined) return changePauseMs;
  const since = conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  const unreadyMs = since === undefined ? 0 : now - Date.parse(since);
  const usual = is === 'retrying' ? Math.min(Math.max(unreadyMs / 2, shortestPauseMs), usualPauseMs) : usualPauseMs;
  const untilSlot = nextRunTime === undefined ? usual : Date.parse(nextRunTime) - now;
  return untilSlot > 0 ? Math.min(usual, untilSlot) : usual;
}

function moment(ms: number): string {
  return new Date(ms).toISOString();
}
