import type { DeleteRequestStatus } from '../api/types.ts';
import { isTrue } from '../resources/conditions.ts';
import type { ObjectEvent } from '../resources/home.ts';
import { hasBegun, isOver, newRequestedAt, type Observed } from './observed.ts';
import { resultAfter } from './result.ts';
import { planOf } from './state.ts';
import type { Told } from './words.ts';

/** What the status keeps of this state, conditions apart. */
export function recordOf(observed: Observed, state: Told, now: number): DeleteRequestStatus {
  const { object, run } = observed;
  const plan = planOf(observed);
  const status = plan === undefined ? object.status : { ...object.status, plan };
  const moment = clockOf(observed, now).now;
  switch (state.at) {
    case 'succeeded': {
      const { view } = state;
      return { ...planned(status, view), result: resultAfter(status.result, view), completionTime: moment };
    }
    case 'absentAlready':
    case 'expired':
      return { ...status, completionTime: moment };
    case 'invalid':
    case 'registryNotFound':
      return status;
    case 'suspended': {
      const { startTime: _paused, ...rest } = status; // As with a Job, its deadline counts anew from when it goes on.
      return rest;
    }
    case 'starting': {
      const started = { ...status, startTime: status.startTime ?? moment, runRef: state.run };
      const isCounted = run.is === 'seen' && status.runRef !== undefined && run.followed.view.sweep.removed > 0;
      return isCounted ? { ...started, result: resultAfter(status.result, run.followed.view) } : started;
    }
    default:
      return isInPreview(observed) ? notStarted(status) : { ...status, startTime: status.startTime ?? moment };
  }
}

/** Nothing was ordered, or nothing came of it. */
function notStarted({ startTime: _, runRef: _run, ...status }: DeleteRequestStatus): DeleteRequestStatus {
  return status;
}

/** One that was approved unseen has its plan from the run that carried it out. */
function planned(status: DeleteRequestStatus, { id, plan, startedAt }: Extract<Told, { at: 'succeeded' }>['view']) {
  if (status.plan !== undefined || plan === undefined) return status;
  const { digest, entries, manifests, tags, uniqueBytes, protected: kept } = plan;
  const told = { digest, entries, manifests, tags, uniqueBytes, protected: kept };
  return { ...status, plan: { ...told, computedAt: startedAt, run: id, truncated: plan.items > 0, items: [] } };
}

/** Whether the request only shows what it would do, and nothing was begun that would have to go on (rule 8). */
export function isInPreview(observed: Observed): boolean {
  const { parsed } = observed;
  return parsed.ok && parsed.value.mode === 'Preview' && !hasBegun(observed);
}

/** `coppice.dev/requestedAt` as it is echoed: for one in Preview once the plan it asks for is there. */
export function answered(observed: Observed, isPlanThere: boolean): Partial<DeleteRequestStatus> {
  const lastHandledReconcileAt = newRequestedAt(observed.object);
  const waitsForPlan = isInPreview(observed) && observed.object.spec.suspend !== true && !isOver(observed.object);
  if (lastHandledReconcileAt === undefined || (waitsForPlan && !isPlanThere)) return {};
  return { lastHandledReconcileAt };
}

/** Rule 8: the mode was taken back too late, and that was not said yet. */
export function modeIgnored(observed: Observed): readonly ObjectEvent[] {
  const { object } = observed;
  const isNew = object.metadata.generation !== object.status.observedGeneration;
  const isDone = isTrue(object.status.conditions, 'Succeeded') && object.status.runRef !== undefined;
  if (!isNew || object.spec.mode === 'Execute' || !(isDone || hasBegun(observed))) return [];
  const message = 'spec.mode was set back to Preview after the start: it is carried out nevertheless';
  return [{ type: 'Warning', reason: 'ModeChangeIgnored', message }];
}

/** For conditions. `now`: ms since 1970. */
export function clockOf({ object }: Observed, now: number): { readonly generation: number; readonly now: string } {
  return { generation: object.metadata.generation, now: new Date(now).toISOString() };
}
