import { conditionsAfter } from '../resources/conditions.ts';
import type { ObjectEvent } from '../resources/home.ts';
import type { Outcome } from '../runtime/reconcile.ts';
import { again, type Decision, type Effect, settled } from './decision.ts';
import { whenFinished } from './finished.ts';
import { hasFinalizer, type Observed } from './observed.ts';
import { answered, clockOf, isInPreview, modeIgnored, recordOf } from './record.ts';
import { resultText } from './result.ts';
import { expiryOf, refusedMs, type State, stateOf } from './state.ts';
import { conditionsOf, type Told, type Verdict, verdictOf } from './words.ts';

const planMs = 30_000;
const firstLookMs = 250;

/** `now`: ms since 1970. Equal input gives an equal decision. */
export function decide(observed: Observed, now: number): Decision {
  const state = stateOf(observed, now);
  if (state.at === 'leaving') return whileLeaving(observed, state);
  if (state.at === 'finished') return whenFinished(observed, now);
  return told(observed, state, now);
}

/** Rule 7: nothing of it is written any more; its run is stopped, and the finalizer goes within seconds. */
function whileLeaving({ object, run }: Observed, { waits }: Extract<State, { at: 'leaving' }>): Decision {
  const { runRef } = object.status;
  const decision: Decision = {
    ...{ at: 'leaving', status: object.status, finalizer: 'leave', outcome: settled, events: [] },
    effects: [{ do: 'forgetPlan' }],
  };
  if (!hasFinalizer(object)) return decision;
  if (waits && runRef !== undefined) {
    const outcome = again(firstLookMs, 'its run is being stopped');
    return { ...decision, effects: [{ do: 'cancel', run: runRef.name }], outcome };
  }
  const isEnded = run.is === 'absent' || (run.is === 'seen' && run.fate.is !== 'going');
  return { ...decision, finalizer: 'lift', events: runRef === undefined ? [] : [farewell(runRef.name, isEnded)] };
}

function farewell(run: string, isEnded: boolean): ObjectEvent {
  if (isEnded) return { type: 'Normal', reason: 'Cancelled', message: `the run ${run} goes on no more` };
  const message = `the request goes although nobody could say whether the run ${run} has ended: look with coppice status`;
  return { type: 'Warning', reason: 'Cancelled', message };
}

function told(observed: Observed, state: Told, now: number): Decision {
  const { object, plan } = observed;
  const record = recordOf(observed, state, now);
  const verdict = verdictOf(state, object, record.result);
  const wanted = conditionsOf(verdict, record.plan, object);
  const isPlanThere = plan.is === 'planned' || plan.is === 'alreadyAbsent';
  const status = {
    ...record,
    ...answered(observed, isPlanThere),
    observedGeneration: object.metadata.generation,
    conditions: conditionsAfter(object.status.conditions, wanted, clockOf(observed, now)),
  };
  return {
    at: state.at,
    status,
    finalizer: finalizerOf(observed, state),
    effects: effectsOf(observed, state),
    events: [...transition(observed, verdict), ...spared(state, status.result), ...modeIgnored(observed)],
    outcome: withinDeadline(observed, outcomeOf(state, verdict, now), now),
  };
}

function finalizerOf({ object, run }: Observed, state: Told): Decision['finalizer'] {
  if (state.at === 'starting') return hasFinalizer(object) ? 'leave' : 'set';
  if (!hasFinalizer(object) || state.at === 'executing' || state.at === 'stopping') return 'leave';
  const mayGoOn = object.status.runRef !== undefined && (run.is === 'none' || run.is === 'unanswered');
  const isSeenGoing = run.is === 'seen' && run.fate.is === 'going';
  const isCutOff = isSeenGoing && (state.at === 'expired' || state.at === 'invalid' || state.at === 'registryNotFound');
  return mayGoOn || isCutOff ? 'leave' : 'lift';
}

function effectsOf(observed: Observed, state: Told): readonly Effect[] {
  const { object, run, plan } = observed;
  const { runRef } = object.status;
  const isRecorded =
    plan.is === 'planned' || plan.is === 'alreadyAbsent' || (plan.is === 'failed' && plan.isGone === true);
  const effects: Effect[] = isRecorded ? [{ do: 'forgetPlan' }] : [];
  const order = state.at === 'starting' || state.at === 'executing' ? state.order : undefined;
  if (order !== undefined) effects.push({ do: 'order', order });
  // An order whose answer was lost may arrive yet.
  const isTakenBack = isInPreview(observed) && run.is === 'absent';
  const isCutOff =
    state.at === 'expired' && (run.is === 'unanswered' || (run.is === 'seen' && run.fate.is === 'going'));
  if (runRef !== undefined && (state.at === 'stopping' || isTakenBack || isCutOff)) {
    effects.push({ do: 'cancel', run: runRef.name });
  }
  return effects;
}

/** One for each change of what is told, and none for a look. */
function transition({ object }: Observed, { reason, message, also }: Verdict): readonly ObjectEvent[] {
  const before = object.status.conditions?.find(({ type }) => type === 'Ready');
  if (before?.reason === reason || reason === 'Planning') return [];
  const isBad = also === 'Stalled' || also === 'ProgressingWithRetry';
  return [{ type: isBad ? 'Warning' : 'Normal', reason: reason === 'PlanReady' ? 'Planned' : reason, message }];
}

function spared({ at }: Told, result: Decision['status']['result']): readonly ObjectEvent[] {
  if (at !== 'succeeded' || result === undefined || result.spared === 0) return [];
  return [{ type: 'Normal', reason: 'Spared', message: resultText(result) }];
}

function outcomeOf(state: Told, { reason, message }: Verdict, now: number): Outcome {
  switch (state.at) {
    case 'invalid':
    case 'registryNotFound':
    case 'planChanged':
      return { kind: 'stalled', reason, message };
    case 'approvalRequired':
      return again(refusedMs, message);
    case 'refused':
    case 'unavailable':
      return again(state.afterMs, message);
    case 'planning':
      return again(planMs, message);
    case 'waiting':
      return state.opensAt === undefined ? settled : again(state.opensAt - now, message);
    case 'starting':
      return again(firstLookMs, message);
    case 'executing':
    case 'stopping':
      return again(state.followed.pauseMs, message);
    case 'succeeded':
    case 'absentAlready':
    case 'expired':
      return again(firstLookMs, 'what is left of it is looked at');
    case 'planReady':
    case 'suspended':
      return settled;
  }
}

/** What waits for a person, or for a time, waits no longer than its deadline. */
function withinDeadline({ object }: Observed, outcome: Outcome, now: number): Outcome {
  const { spec, status } = object;
  const expiresAt = expiryOf(status.startTime, spec.activeDeadlineSeconds);
  if (expiresAt === undefined || expiresAt <= now) return outcome;
  const left = expiresAt - now;
  if (outcome.kind === 'again' && outcome.afterMs <= left) return outcome;
  return outcome.kind === 'settled' ? outcome : again(left, 'its deadline passes');
}
