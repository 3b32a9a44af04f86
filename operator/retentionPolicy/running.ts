import { parseInstant } from '../../core/resources/instant.ts';
import type { RunView } from '../../core/admin/schema.ts';
import type { RetentionPolicyStatus } from '../api/types.ts';
import { type Decision, decisionOf } from './decision.ts';
import { enforcementOrder } from './enforcement.ts';
import { braked } from './evaluated.ts';
import type { Facts } from './facts.ts';
import { isEdited, type UnderWay } from './underWay.ts';
import { enforcingText, ready, readyKept, reconciling, retrying, stalled } from './words.ts';

type At<S extends UnderWay['is']> = Extract<UnderWay, { is: S }>;

const soonMs = 50;
const retryMs = 10_000;
const personsMs = 300_000;

/** Its run goes on. */
export function followed(facts: Facts, { pauseMs, isLost, silence }: At<'going'>): Decision {
  const { policy, registry, keepers } = facts;
  const name = policy.status.runRef?.name ?? '';
  const message = enforcingText(name, policy.status.lastEvaluation?.planDigest ?? '');
  const kept = readyKept(policy.status, policy.metadata.generation, ready('Unknown', 'Enforcing', message));
  const progress =
    silence === undefined
      ? reconciling('Enforcing', message)
      : reconciling('ProgressingWithRetry', `nobody can say how ${name} goes on: ${silence}`);
  const order = registry === undefined || !isLost ? undefined : enforcementOrder(policy, registry, keepers);
  return decisionOf(facts, {
    conditions: [kept, progress],
    effects: order === undefined ? [] : [{ do: 'order', order }],
    againMs: pauseMs,
    why: 'the run goes on',
  });
}

/** Until its end was seen, it is asked to stop each time. */
export function stopping(facts: Facts, why: string, { pauseMs }: At<'going'>): Decision {
  const { policy } = facts;
  const run = policy.status.runRef?.name ?? '';
  const message = `${run} is stopped at its next batch: ${why}`;
  const isTold = policy.status.conditions?.some((one) => one.type === 'Reconciling' && one.reason === 'Cancelling');
  return decisionOf(facts, {
    conditions: [
      readyKept(policy.status, policy.metadata.generation, ready('Unknown', 'Cancelling', message)),
      reconciling('Cancelling', message),
    ],
    effects: [{ do: 'cancel', run }],
    events: isTold === true ? [] : [{ type: 'Normal', reason: 'Cancelling', message }],
    againMs: pauseMs,
    why: 'the run is stopping',
  });
}

/** Its run has ended, and with it what was to be enforced. */
export function concluded(facts: Facts, end: At<'done'> | At<'refused'>): Decision {
  if (end.is === 'done') return enforced(facts, end.followed.view);
  const { fate } = end;
  const { policy } = facts;
  if (isEdited(facts)) return decisionOf(facts, { conditions: edited(facts), againMs: soonMs, why: 'it was edited' });
  const planDigest = fate.view.plan?.digest ?? policy.status.lastEvaluation?.planDigest ?? '';
  const conditions =
    fate.reason === 'LimitExceeded'
      ? braked(facts, fate.message, planDigest)
      : stalled('PlanChanged', planChanged(fate.message));
  return decisionOf(facts, { changes: { runRef: undefined }, conditions, why: 'the next slot' });
}

function planChanged(message: string): string {
  return `${message}; the next evaluation says which plan to approve (annotation coppice.dev/requestedAt asks for one)`;
}

function enforced(facts: Facts, view: RunView): Decision {
  const { ended, sweep } = view;
  const deleted = sweep.removedBySteps.tag + sweep.removedBySteps.untagged;
  const { undoableUntil } = sweep;
  const result: RetentionPolicyStatus['result'] = {
    deleted,
    spared: sweep.spared,
    ...(undoableUntil !== undefined && parseInstant(undoableUntil) !== undefined ? { undoableUntil } : {}),
  };
  const at = ended === undefined || parseInstant(ended.at) === undefined ? view.startedAt : ended.at;
  const message = `${view.id} removed ${deleted} and spared ${sweep.spared}`;
  const isOld = isEdited(facts);
  return decisionOf(facts, {
    changes: { runRef: undefined, result, lastEnforcedTime: at },
    conditions: isOld ? edited(facts) : [ready('True', 'Enforced', message)],
    events: isOld ? [{ type: 'Normal', reason: 'Enforced', message }] : [],
    againMs: soonMs, // what became due meanwhile
    why: 'the run has ended',
  });
}

function edited({ policy }: Facts): readonly ReturnType<typeof ready>[] {
  const message = `what is new of RetentionPolicy ${policy.metadata.name} is to be evaluated`;
  return [ready('Unknown', 'Evaluating', message), reconciling('Evaluating', message)];
}

/** The registry did not take the order up. */
export function explained(facts: Facts, message: string, isOurs: boolean): Decision {
  return decisionOf(facts, {
    conditions: isOurs ? stalled('InvalidSpec', message) : retrying('RegistryNotReady', message),
    againMs: isOurs ? personsMs : retryMs,
    why: 'the order was refused',
  });
}
