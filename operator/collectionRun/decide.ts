import type { RunOrder, RunView } from '../../core/admin/schema.ts';
import type { CollectionRunStatus } from '../api/types.ts';
import { echoOf } from '../registry/requested.ts';
import { conditionsAfter } from '../resources/conditions.ts';
import type { ObjectEvent } from '../resources/home.ts';
import type { Outcome } from '../runtime/reconcile.ts';
import { conditionsOf } from './conditions.ts';
import type { CollectionRun, Observed } from './observed.ts';
import { type State, stateOf } from './state.ts';

export type Effect =
  /** `isFirst`: as far as is known it was never ordered. */
  | { readonly do: 'order'; readonly order: RunOrder; readonly isFirst: boolean }
  | { readonly do: 'cancel'; readonly id: string };

export interface Decision {
  readonly status: CollectionRunStatus;
  /** Whether its run may go on. */
  readonly isHeld: boolean;
  readonly effect?: Effect;
  readonly events: readonly ObjectEvent[];
  readonly outcome: Outcome;
}

/** `now`: ms since 1970, this machine's clock. Not for an object that is to be deleted. */
export function decide(observed: Observed, now: number): Decision {
  const state = stateOf(observed, now);
  const status = statusIn(observed, state, now);
  const effect = effectIn(state);
  return {
    status,
    isHeld: state.at === 'starting' || state.at === 'going' || state.at === 'stopping' || state.at === 'unanswered',
    ...(effect === undefined ? {} : { effect }),
    events: eventsOf(observed.object, status, state),
    outcome: outcomeIn(state, now),
  };
}

function statusIn(observed: Observed, state: State, now: number): CollectionRunStatus {
  const { object } = observed;
  const { metadata, status: before } = object;
  const { conditions, runRef, ...kept } = before;
  const generation = metadata.generation;
  const head = { ...kept, observedGeneration: generation, ...echoOf(metadata, before.lastHandledReconcileAt) };
  if (state.at === 'finished') return { ...before, ...head };
  const wanted = conditionsOf(object, state);
  const run = state.at === 'starting' ? { name: state.order.id, attempt: state.attempt } : runRef;
  return {
    ...head,
    trigger: triggerOf(object),
    ...(run === undefined ? {} : { runRef: run }),
    ...viewIn(observed, state),
    conditions: conditionsAfter(conditions, wanted, { generation, now: new Date(now).toISOString() }),
  };
}

type Viewed = Pick<
  CollectionRunStatus,
  'progress' | 'executor' | 'windows' | 'mark' | 'sweep' | 'audit' | 'startTime' | 'completionTime'
>;

/** Of a run that goes on only so often; its end at once. */
function viewIn({ object, isTellingDue }: Observed, state: State): Viewed {
  const { startTime } = object.status;
  switch (state.at) {
    case 'completed':
    case 'previewed':
    case 'failed':
      return { ...told(state.view, startTime), completionTime: state.view.ended?.at ?? state.view.startedAt };
    case 'going':
    case 'stopping':
      return isTellingDue ? told(state.followed.view, startTime) : {};
    default:
      return {};
  }
}

function told(
  { progress, executor, windows, mark, sweep, audit, startedAt }: RunView,
  startTime: string | undefined,
): Viewed {
  const { suspects, removed, spared, bytes } = sweep;
  return {
    progress,
    executor: { instance: executor },
    windows,
    mark: { manifests: mark.manifests, blobs: mark.blobs, seconds: mark.seconds },
    sweep: { suspects, removed, spared, bytes },
    ...(audit === undefined ? {} : { audit: { manifests: audit.manifests, missing: audit.missing } }),
    startTime: startTime ?? startedAt,
  };
}

const scheduledName = /-([0-9]{1,12})$/;
const minuteMs = 60_000;

/** The Registry's schedule owns what it makes, and names it by its slot. */
function triggerOf({ metadata }: CollectionRun): NonNullable<CollectionRunStatus['trigger']> {
  const minutes = scheduledName.exec(metadata.name)?.[1];
  const isScheduled = metadata.ownerReferences?.some(
    ({ kind, controller }) => kind === 'Registry' && controller === true,
  );
  if (isScheduled !== true || minutes === undefined) return { kind: 'Manual' };
  return { kind: 'Schedule', scheduledTime: new Date(Number(minutes) * minuteMs).toISOString() };
}

function effectIn(state: State): Effect | undefined {
  if (state.at === 'starting') return { do: 'order', order: state.order, isFirst: true };
  if (state.at === 'going' && state.order !== undefined) return { do: 'order', order: state.order, isFirst: false };
  return state.at === 'stopping' ? { do: 'cancel', id: state.followed.view.id } : undefined;
}

/** One for each change of what it is about, and none for its progress. */
function eventsOf(
  { status: before }: CollectionRun,
  { conditions }: CollectionRunStatus,
  state: State,
): readonly ObjectEvent[] {
  const ready = conditions?.find(({ type }) => type === 'Ready');
  const isSame = before.conditions?.find(({ type }) => type === 'Ready')?.reason === ready?.reason;
  if (state.at === 'finished' || ready === undefined || isSame) return [];
  const isBad = conditions?.some(({ type }) => type === 'Stalled') ?? false;
  const { reason, message } = ready;
  const change: ObjectEvent = { type: isBad ? 'Warning' : 'Normal', reason, message };
  const missing = 'view' in state ? (state.view.audit?.missing ?? 0) : 0;
  if (missing === 0) return [change];
  return [
    change,
    { type: 'Warning', reason: 'ContentMissing', message: `after the run ${missing} of what is kept are missing` },
  ];
}

const orderedPauseMs = 250;
const unansweredPauseMs = 2000;
const longestPauseMs = 300_000;

function outcomeIn(state: State, now: number): Outcome {
  switch (state.at) {
    case 'finished':
    case 'completed':
    case 'previewed':
      return { kind: 'settled' };
    case 'failed':
      return { kind: 'stalled', reason: state.reason, message: state.message };
    case 'registryNotFound':
      return { kind: 'stalled', reason: 'RegistryNotFound', message: 'its Registry does not exist' };
    case 'unanswered':
      return { kind: 'again', afterMs: unansweredPauseMs, why: state.why };
    case 'waitingForRegistry':
      return { kind: 'again', afterMs: state.afterMs, why: state.why };
    case 'waitingForWindow': {
      const untilOpen = state.opensAt === undefined ? longestPauseMs : state.opensAt - now;
      return { kind: 'again', afterMs: Math.min(Math.max(untilOpen, 0), longestPauseMs), why: 'WaitingForWindow' };
    }
    case 'starting':
      return { kind: 'again', afterMs: orderedPauseMs, why: 'its run was ordered' };
    case 'going':
    case 'stopping':
      return { kind: 'again', afterMs: state.followed.pauseMs, why: 'its run goes on' };
  }
}
