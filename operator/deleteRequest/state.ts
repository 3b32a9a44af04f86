import type { DeleteRequestResource } from '../../core/resources/deleteRequest.ts';
import type { Mistake } from '../../core/resources/mistake.ts';
import type { RunOrder, RunView } from '../../core/admin/schema.ts';
import { arrivalLeft } from '../resources/arriving.ts';
import { pauseBeforeNext } from '../runs/fate.ts';
import { isLost, isSilent, type Followed } from '../runs/runFollower.ts';
import { hasBegun, hasFinalizer, isOver, type Observed, type RunRef, type StatusPlan } from './observed.ts';
import { approvalOf, type Approval, orderOf, runNameOf, whyApproval } from './order.ts';

/** What a request is in, from what was observed. `afterMs`: when it is looked at again. */
export type State =
  /** Being deleted; `waits`: for the end of its run. */
  | { readonly at: 'leaving'; readonly waits: boolean }
  | { readonly at: 'finished' }
  | { readonly at: 'invalid'; readonly mistakes: readonly Mistake[] }
  | { readonly at: 'succeeded'; readonly view: RunView }
  | { readonly at: 'absentAlready' }
  | { readonly at: 'expired' }
  | { readonly at: 'registryNotFound' }
  | { readonly at: 'unavailable'; readonly why: string; readonly afterMs: number }
  | { readonly at: 'suspended' }
  | { readonly at: 'planning' }
  | { readonly at: 'planReady'; readonly plan: StatusPlan }
  | { readonly at: 'approvalRequired'; readonly plan: StatusPlan | undefined; readonly why: string }
  | { readonly at: 'planChanged'; readonly plan: StatusPlan | undefined; readonly why: string }
  /** Waits for a person, and is tried again now and then. */
  | { readonly at: 'refused'; readonly reason: string; readonly message: string; readonly afterMs: number }
  | { readonly at: 'waiting'; readonly opensAt: number | undefined }
  | { readonly at: 'starting'; readonly run: RunRef; readonly order: RunOrder }
  /** `order`: nothing was heard of it for long, so it is ordered again. */
  | { readonly at: 'executing'; readonly followed: Followed; readonly order: RunOrder | undefined }
  | { readonly at: 'stopping'; readonly followed: Followed; readonly why: string };

const leavingMs = 5000;
export const refusedMs = 300_000;
const unavailableMs = 60_000;

export function stateOf(observed: Observed, now: number): State {
  const { object, parsed, standing, run } = observed;
  if (object.metadata.deletionTimestamp !== undefined) return { at: 'leaving', waits: mustWait(observed) };
  if (isOver(object)) return { at: 'finished' };
  if (!parsed.ok) return { at: 'invalid', mistakes: parsed.mistakes };
  const request = parsed.value;
  if (run.is === 'seen' && run.fate.is === 'succeeded')
    return whenSucceeded(object.status.runRef, run.fate.view, request);
  if (isExpired(observed, request, now)) return { at: 'expired' };
  if (standing.is === 'absent') return withoutRegistry(observed, now);
  if (run.is === 'unanswered') return { at: 'unavailable', why: run.why, afterMs: run.retryMs };
  return whileGoing(observed, request) ?? whileNothingGoes(observed, request);
}

/** Nothing was begun for one that is new: its Registry may be on its way. */
function withoutRegistry({ object: { metadata, spec, status } }: Observed, now: number): State {
  const afterMs = status.runRef === undefined ? arrivalLeft(metadata, now) : undefined;
  if (afterMs === undefined) return { at: 'registryNotFound' };
  return { at: 'unavailable', why: `there is no Registry ${spec.registryRef.name} in this namespace yet`, afterMs };
}

/** The newest plan that is known. */
export function planOf({ object, plan }: Observed): StatusPlan | undefined {
  return plan.is === 'planned' ? plan.plan : object.status.plan;
}

/** Rule 7: the run is stopped, and if its end does not come within seconds, the finalizer goes all the same. */
function mustWait({ object, run, standing, deletingForMs }: Observed): boolean {
  if (!hasFinalizer(object) || object.status.runRef === undefined || standing.is === 'absent') return false;
  const mayGoOn = run.is === 'unanswered' || (run.is === 'seen' && run.fate.is === 'going');
  return mayGoOn && deletingForMs < leavingMs;
}

/** D1: what another object of this name had carried out, or the storage knows as done, is absent already. */
function whenSucceeded(runRef: RunRef | undefined, view: RunView, { namespace, name }: DeleteRequestResource): State {
  const isDone = runRef === undefined || view.alreadyAbsent.includes(`${namespace}/${name}`);
  return isDone ? { at: 'absentAlready' } : { at: 'succeeded', view };
}

function isExpired(observed: Observed, request: DeleteRequestResource, now: number): boolean {
  if (request.suspend || (request.mode === 'Preview' && !hasBegun(observed))) return false;
  const expiresAt = expiryOf(observed.object.status.startTime, request.activeDeadlineSeconds);
  return expiresAt !== undefined && now >= expiresAt;
}

/** ms since 1970. */
export function expiryOf(startTime: string | undefined, activeDeadlineSeconds: number | undefined): number | undefined {
  if (startTime === undefined || activeDeadlineSeconds === undefined) return undefined;
  return Date.parse(startTime) + activeDeadlineSeconds * 1000;
}

function whileGoing(observed: Observed, request: DeleteRequestResource): State | undefined {
  const { object, run, standing } = observed;
  const { runRef } = object.status;
  if (runRef === undefined || run.is !== 'seen' || run.fate.is !== 'going') return undefined;
  const { followed } = run;
  const why = whyStop(observed, request, runRef);
  if (why !== undefined) return isLost(followed) ? undefined : { at: 'stopping', followed, why };
  const approval = approvalOf(request, object.status);
  if (approval === undefined && isLost(followed)) return undefined;
  const isOrdered = isSilent(followed) && standing.is === 'open' && approval !== undefined;
  const order = isOrdered ? orderOf(object, standing.registry, approval, runRef.name) : undefined;
  return { at: 'executing', followed, order };
}

function whyStop({ standing }: Observed, request: DeleteRequestResource, runRef: RunRef): string | undefined {
  if (request.suspend) return 'it is suspended';
  if (standing.is === 'suspended') return standing.why;
  if (standing.is === 'closed') return 'the time in which windows may open is over';
  if (request.mode === 'Preview') return undefined; // Rule 8: taken back too late.
  const isApproved = runNameOf(request, request.approvedPlan ?? '', runRef.attempt) === runRef.name;
  return isApproved ? undefined : 'spec.approvedPlan was changed';
}

function whileNothingGoes(observed: Observed, request: DeleteRequestResource): State {
  if (request.suspend) return { at: 'suspended' };
  if (observed.plan.is === 'alreadyAbsent') return { at: 'absentAlready' };
  const approval = approvalOf(request, observed.object.status);
  if (approval === undefined || (request.mode === 'Preview' && !hasBegun(observed))) return inPreview(observed);
  return inExecute(observed, request, approval);
}

function inPreview(observed: Observed): State {
  const plan = planOf(observed);
  return whilePlanning(observed) ?? (plan === undefined ? unplanned(observed) : { at: 'planReady', plan });
}

/** `undefined`: no plan is asked for now, or it is there. */
function whilePlanning({ plan }: Observed): State | undefined {
  switch (plan.is) {
    case 'pending':
      return { at: 'planning' };
    case 'failed': {
      const { reason, message, retryMs: afterMs } = plan;
      if (plan.isPassing) return { at: 'unavailable', why: `no plan could be made: ${message}`, afterMs };
      return { at: 'refused', reason, message, afterMs };
    }
    case 'none':
    case 'planned':
    case 'alreadyAbsent':
      return undefined;
  }
}

function unplanned({ standing }: Observed): State {
  if (standing.is === 'unavailable' || standing.is === 'suspended') {
    return { at: 'unavailable', why: standing.why, afterMs: unavailableMs };
  }
  return { at: 'planning' };
}

function inExecute(observed: Observed, request: DeleteRequestResource, approval: Approval): State {
  const { object, standing } = observed;
  if (standing.is === 'absent') return { at: 'registryNotFound' };
  if (standing.is !== 'open' && standing.is !== 'closed') {
    return { at: 'unavailable', why: standing.why, afterMs: unavailableMs };
  }
  const { registry } = standing;
  const refused = afterRefusal(observed, request, approval);
  if (refused !== undefined) return refused;
  if (approval === '') {
    const plan = planOf(observed);
    if (plan === undefined) return whilePlanning(observed) ?? { at: 'planning' };
    const why = whyApproval(request, registry, plan);
    if (why !== undefined) return { at: 'approvalRequired', plan, why };
  }
  if (standing.is === 'closed') return { at: 'waiting', opensAt: standing.opensAt };
  const pause = beforeNext(observed, request, approval);
  if (pause !== undefined) return pause;
  const run = nextRun(observed, request, approval);
  return { at: 'starting', run, order: orderOf(object, registry, approval, run.name) };
}

/** A run under the same approval as now that only a person can help on. */
function afterRefusal(observed: Observed, request: DeleteRequestResource, approval: Approval): State | undefined {
  const { object, run } = observed;
  if (run.is !== 'seen' || run.fate.is !== 'refused' || !isOf(object.status.runRef, request, approval))
    return undefined;
  const { reason, message, view } = run.fate;
  const plan = planOf(observed);
  if (reason === 'PlanChanged') {
    const isMeanwhileRight = plan?.digest === approval && !isOlder(plan, view);
    if (!isMeanwhileRight) return { at: 'planChanged', plan: newer(plan, view), why: message };
    const afterMs = pauseBeforeNext(reason, object.status.runRef?.attempt ?? 1) - run.followed.unchangedMs;
    const why = 'the approved plan is the one that would be made now';
    return afterMs > 0 ? { at: 'unavailable', why, afterMs } : undefined;
  }
  const afterMs = refusedMs - run.followed.unchangedMs;
  if (afterMs <= 0) return undefined;
  if (reason === 'LimitExceeded') return { at: 'approvalRequired', plan: newer(plan, view), why: message };
  return { at: 'refused', reason, message, afterMs };
}

function newer(plan: StatusPlan | undefined, view: RunView): StatusPlan | undefined {
  if (plan === undefined) return undefined;
  return isOlder(plan, view) ? undefined : plan;
}

/** Made before that run ended; both moments are of the storage's clock. */
export function isOlder({ computedAt }: StatusPlan, { ended }: RunView): boolean {
  return ended !== undefined && Date.parse(computedAt) < Date.parse(ended.at);
}

function isOf(runRef: RunRef | undefined, request: DeleteRequestResource, approval: Approval): boolean {
  if (runRef === undefined) return false;
  return runNameOf(request, approval, runRef.attempt) === runRef.name;
}

function beforeNext({ object, run }: Observed, request: DeleteRequestResource, approval: Approval): State | undefined {
  const { runRef } = object.status;
  if (runRef === undefined || run.is !== 'seen' || run.fate.is !== 'retry') return undefined;
  const { reason, message } = run.fate;
  const afterMs = pauseBeforeNext(reason, runRef.attempt) - run.followed.unchangedMs;
  if (afterMs <= 0 || !isOf(runRef, request, approval)) return undefined;
  return { at: 'unavailable', why: `the run ${runRef.name} ended as ${reason}: ${message}`, afterMs };
}

/** The recorded run where its order never arrived, else the next attempt. */
function nextRun(
  { object, run, attempt: looked }: Observed,
  request: DeleteRequestResource,
  approval: Approval,
): RunRef {
  const { runRef } = object.status;
  if (runRef !== undefined && run.is === 'absent' && isOf(runRef, request, approval)) return runRef;
  // Without a record, one that goes on is taken over from an object of this name, and those that failed are not tried again.
  const attempt = runRef === undefined ? looked : runRef.attempt + 1;
  return { name: runNameOf(request, approval, attempt), attempt };
}
