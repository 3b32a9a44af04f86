import type { RunOrder, RunView } from '../../core/admin/schema.ts';
import type { Standing } from '../registry/standing.ts';
import { isFinished } from '../registry/history.ts';
import { arrivalLeft } from '../resources/arriving.ts';
import { pauseBeforeNext } from '../runs/fate.ts';
import { type Followed, isLost, isSilent } from '../runs/runFollower.ts';
import { type CollectionRun, type Observed, removes, type RunLook } from './observed.ts';
import { orderOf } from './order.ts';

/** What a CollectionRun is in, from what was observed. `afterMs`: when it is looked at again. */
export type State =
  | { readonly at: 'finished' }
  | { readonly at: 'completed'; readonly view: RunView }
  /** It removes nothing: as was asked, or since others wrote the storage. */
  | { readonly at: 'previewed'; readonly view: RunView }
  | { readonly at: 'failed'; readonly view: RunView; readonly reason: string; readonly message: string }
  | { readonly at: 'registryNotFound' }
  | { readonly at: 'unanswered'; readonly why: string }
  | { readonly at: 'waitingForRegistry'; readonly why: string; readonly afterMs: number }
  | { readonly at: 'waitingForWindow'; readonly opensAt: number | undefined }
  | { readonly at: 'starting'; readonly attempt: number; readonly order: RunOrder }
  /** `order`: nothing was heard of it for long, so it is ordered again. */
  | { readonly at: 'going'; readonly followed: Followed; readonly order: RunOrder | undefined }
  | {
      readonly at: 'stopping';
      readonly followed: Followed;
      readonly reason: 'WaitingForWindow' | 'WaitingForRegistry';
      readonly why: string;
    };

/** Ends of a run that say nothing about the storage: it is ordered again. Every other end is the end of its CollectionRun. */
const passing: ReadonlySet<string> = new Set(['Busy', 'Superseded', 'Cancelled', 'ReadOnly']);
export const mostAttempts = 20;
/** A change of the Registry brings it back sooner. */
const waitingMs = 10_000;

export function stateOf(observed: Observed, now: number): State {
  const { object, standing, run } = observed;
  if (isFinished(object)) return { at: 'finished' };
  const ended = endOf(object, run);
  if (ended !== undefined) return ended;
  if (standing.is === 'absent') return withoutRegistry(observed, now);
  if (run.is === 'unanswered') return { at: 'unanswered', why: run.why };
  return whileGoing(observed, standing) ?? whileNothingGoes(observed, standing);
}

function endOf({ status }: CollectionRun, run: RunLook): State | undefined {
  if (run.is !== 'seen' || run.fate.is === 'going') return undefined;
  const { view } = run.fate;
  if (view.ended?.succeeded === true) return { at: view.ended.reason === 'Preview' ? 'previewed' : 'completed', view };
  const { reason = 'Unknown', message = '' } = view.ended ?? {};
  const isAgain = passing.has(reason) && (status.runRef?.attempt ?? 1) < mostAttempts;
  return isAgain ? undefined : { at: 'failed', view, reason, message };
}

/** Its replicas may still be known from before. */
function withoutRegistry({ object: { metadata, spec, status }, run }: Observed, now: number): State {
  const stop: Stop = { reason: 'WaitingForRegistry', why: 'its Registry was deleted' };
  if (run.is === 'seen' && run.fate.is === 'going' && !isLost(run.followed)) {
    return { at: 'stopping', followed: run.followed, ...stop };
  }
  const afterMs = status.runRef === undefined ? arrivalLeft(metadata, now) : undefined;
  if (afterMs === undefined) return { at: 'registryNotFound' };
  return {
    at: 'waitingForRegistry',
    why: `there is no Registry ${spec.registryRef.name} in this namespace yet`,
    afterMs,
  };
}

type Present = Exclude<Standing, { is: 'absent' }>;

function whileGoing({ object, run }: Observed, standing: Present): State | undefined {
  const { runRef } = object.status;
  if (runRef === undefined || run.is !== 'seen' || run.fate.is !== 'going') return undefined;
  const { followed } = run;
  const stop = whyStop(object, standing);
  if (stop !== undefined) return isGivenUp(object, followed, stop) ? undefined : { at: 'stopping', followed, ...stop };
  const isOrdered = isSilent(followed) && 'registry' in standing;
  const order = isOrdered ? orderOf(object, standing.registry, runRef.attempt) : undefined;
  if (order === undefined || order.id === runRef.name) return { at: 'going', followed, order };
  // The Registry was edited since: the same order cannot be given again.
  return isLost(followed) ? undefined : { at: 'going', followed, order: undefined };
}

type Stop = Pick<Extract<State, { at: 'stopping' }>, 'reason' | 'why'>;

function whyStop(object: CollectionRun, standing: Present): Stop | undefined {
  if (standing.is === 'suspended') return { reason: 'WaitingForRegistry', why: standing.why };
  if (standing.is !== 'closed' || !removes(object)) return undefined;
  return { reason: 'WaitingForWindow', why: 'the time in which windows may open (spec.collection.allowed) is over' };
}

/** It was asked to stop, and nothing was heard of it for so long that its executor must be gone. */
function isGivenUp({ status }: CollectionRun, followed: Followed, { reason }: Stop): boolean {
  return isLost(followed) && status.conditions?.find(({ type }) => type === 'Ready')?.reason === reason;
}

function whileNothingGoes({ object, run }: Observed, standing: Present): State {
  if (!('registry' in standing)) return { at: 'waitingForRegistry', why: standing.why, afterMs: waitingMs };
  if (standing.is === 'readOnly' && removes(object)) {
    return { at: 'waitingForRegistry', why: standing.why, afterMs: waitingMs };
  }
  if (standing.is === 'closed' && removes(object)) return { at: 'waitingForWindow', opensAt: standing.opensAt };
  const pause = beforeNext(object, run);
  if (pause !== undefined) return pause;
  const attempt = attemptOf(object, run);
  return { at: 'starting', attempt, order: orderOf(object, standing.registry, attempt) };
}

function beforeNext({ status: { runRef } }: CollectionRun, run: RunLook): State | undefined {
  if (runRef === undefined || run.is !== 'seen' || run.fate.is !== 'retry') return undefined;
  const { reason, message } = run.fate;
  const afterMs = pauseBeforeNext(reason, runRef.attempt) - run.followed.unchangedMs;
  if (afterMs <= 0) return undefined;
  return { at: 'waitingForRegistry', why: `the run ${runRef.name} ended as ${reason}: ${message}`, afterMs };
}

/** The recorded one where its order never arrived; else the next. */
function attemptOf({ status: { runRef } }: CollectionRun, run: RunLook): number {
  if (runRef === undefined) return 1;
  return run.is === 'absent' ? runRef.attempt : runRef.attempt + 1;
}
