import type { Planned } from '../planning/ports.ts';
import { type Decision, decisionOf } from './decision.ts';
import { enforcementOrder } from './enforcement.ts';
import { afterEvaluation } from './evaluated.ts';
import { type Facts, runFinalizer } from './facts.ts';
import { concluded, explained, followed, stopping } from './running.ts';
import { registryAgainMs, type Want, wantOf } from './want.ts';
import { enforcingText, ready, readyKept, reconciling, retrying, stalled } from './words.ts';

const planSafetyMs = 60_000;
const partingMs = 5000;
const partingPauseMs = 250;

/** What becomes of a policy. `planned`: what was asked for an evaluation that is due. */
export function decide(facts: Facts, planned: Planned | undefined): Decision {
  const want = wantOf(facts);
  switch (want.do) {
    case 'leave':
      return leaving(facts);
    case 'stop':
      return stopping(facts, want.why, want.going);
    case 'follow':
      return followed(facts, want.going);
    case 'conclude':
      return concluded(facts, want.end);
    case 'explain':
      return explained(facts, want.message, want.isOurs);
    case 'mend':
      return decisionOf(facts, {
        conditions: stalled(want.reason, want.message),
        isAnswered: true,
        why: 'the next slot, if it was mended',
      });
    case 'rest':
      return decisionOf(facts, {
        changes: { runRef: undefined },
        conditions: [
          ready('True', 'Suspended', 'spec.suspend is true: nothing is evaluated, and what it keeps stays kept'),
        ],
        isAnswered: true,
        why: 'suspended',
      });
    case 'awaitRegistry':
      return decisionOf(facts, {
        conditions: retrying('RegistryNotReady', want.message),
        againMs: want.againMs,
        why: 'the Registry is not ready',
      });
    case 'awaitWindow':
      return awaiting(facts, want.standing);
    case 'retry':
      return retried(facts, want);
    case 'order':
      return ordering(facts);
    case 'evaluate':
      return planned === undefined || planned.is === 'pending'
        ? evaluating(facts)
        : afterEvaluation(facts, planned, want.enforces);
    case 'nothing':
      return decisionOf(facts, { conditions: facts.policy.status.conditions ?? [], why: 'the next slot' });
  }
}

/** A deletion stops the run and waits a moment for its end; then the finalizer goes, whatever the registry says. */
function leaving({ policy, run, now }: Facts): Decision {
  const { metadata, status } = policy;
  const stays = { status, events: [], effects: [] };
  if (metadata.finalizers?.includes(runFinalizer) !== true) return { ...stays, outcome: { kind: 'settled' } };
  const isOn = run.is === 'silent' || (run.is === 'seen' && run.followed.view.ended === undefined);
  const lift = { ...stays, effects: [{ do: 'liftFinalizer' }], outcome: { kind: 'settled' } } as const;
  if (!isOn || status.runRef === undefined) return lift;
  if (now - Date.parse(metadata.deletionTimestamp ?? '') >= partingMs) {
    const message = `${status.runRef.name} was asked to stop, and its end was not seen within ${partingMs / 1000} s`;
    return { ...lift, events: [{ type: 'Warning', reason: 'RunLeftBehind', message }] };
  }
  return {
    ...stays,
    effects: [{ do: 'cancel', run: status.runRef.name }],
    outcome: { kind: 'again', afterMs: partingPauseMs, why: 'the run is stopping' },
  };
}

/** Only what was never evaluated becomes unknown: a later evaluation leaves the conditions as they are until it has something to say. */
function evaluating(facts: Facts): Decision {
  const { metadata, status } = facts.policy;
  const before = status.conditions?.find(({ type }) => type === 'Ready');
  const isKept = before?.observedGeneration === metadata.generation && before.reason !== 'RegistryNotFound';
  const message = 'the registry is asked what would go';
  const first = [ready('Unknown', 'Evaluating', message), reconciling('Evaluating', message)];
  return decisionOf(facts, {
    conditions: isKept ? (status.conditions ?? []) : first,
    againMs: planSafetyMs,
    why: 'a plan is being made',
  });
}

function awaiting(facts: Facts, standing: Extract<Want, { do: 'awaitWindow' }>['standing']): Decision {
  const { policy, now } = facts;
  const { message, until } = standing;
  if (standing.why === 'ReadOnly') {
    return decisionOf(facts, {
      conditions: retrying('RegistryNotReady', message),
      againMs: registryAgainMs,
      why: 'the Registry is read-only',
    });
  }
  const kept = readyKept(policy.status, policy.metadata.generation, ready('Unknown', 'WaitingForWindow', message));
  return decisionOf(facts, {
    conditions: [kept, reconciling('WaitingForWindow', message)],
    ...(until === undefined ? {} : { againMs: until - now }),
    why: 'no window may open',
  });
}

function retried(facts: Facts, { restMs, because }: Extract<Want, { do: 'retry' }>): Decision {
  const { reason, message, isPersons } = because;
  return decisionOf(facts, {
    conditions: isPersons ? stalled(reason, message) : retrying(reason, message),
    againMs: restMs,
    why: 'the run came to nothing',
  });
}

/** It is written down already: a crash came between. */
function ordering(facts: Facts): Decision {
  const { policy, registry, keepers } = facts;
  const order = registry === undefined ? undefined : enforcementOrder(policy, registry, keepers);
  if (order === undefined) throw new Error('there is nothing to order');
  const message = enforcingText(order.id, policy.status.lastEvaluation?.planDigest ?? '');
  const kept = readyKept(policy.status, policy.metadata.generation, ready('Unknown', 'Enforcing', message));
  return decisionOf(facts, {
    conditions: [kept, reconciling('Enforcing', message)],
    effects: [{ do: 'order', order }],
    againMs: partingPauseMs,
    why: 'the run is ordered',
  });
}
