import type { RetentionPolicyStatus } from '../api/types.ts';
import type { Planned } from '../planning/ports.ts';
import { type Decision, decisionOf, instantText, type Verdict } from './decision.ts';
import { approvalOf, enforcementOrder } from './enforcement.ts';
import type { Facts } from './facts.ts';
import { type RegistryStanding, standingOf } from './registryStanding.ts';
import { scheduleOf, slotOf } from './want.ts';
import {
  approveText,
  enforcingText,
  foundText,
  ready,
  readyKept,
  reasonOf,
  reconciling,
  retrying,
  stalled,
} from './words.ts';

type Evaluation = Extract<Planned, { is: 'planned' }>;

/** What ends an evaluation until somebody does something about it. */
const persons: ReadonlySet<string> = new Set(['InvalidSpec', 'Doubt', 'ForeignWriter']);
const retryMs = 10_000;
const personsMs = 300_000;
const orderedPauseMs = 250;

/** The plan is there: writes it down, with the slot it was made for, and what follows from it. */
export function afterEvaluation(
  facts: Facts,
  planned: Exclude<Planned, { is: 'pending' }>,
  enforces: boolean,
): Decision {
  if (planned.is === 'failed') return failed(facts, planned.reason, planned.message);
  if (planned.is === 'alreadyAbsent') {
    return failed(facts, 'InternalError', 'the registry took the policy for a request that was carried out');
  }
  const { policy } = facts;
  const slot = slotOf(facts);
  const evaluated: Facts = {
    ...facts,
    policy: { ...policy, status: { ...policy.status, ...statusOf(facts, planned) } },
  };
  const verdict =
    policy.spec.mode === 'Enforce'
      ? enforcing(evaluated, planned, enforces || isApprovedAnew(facts))
      : preview(planned);
  return decisionOf(facts, {
    ...verdict,
    changes: {
      runRef: undefined,
      ...statusOf(facts, planned),
      ...(slot.is === 'none' ? {} : { lastScheduleTime: instantText(slot.slot) }),
      ...verdict.changes,
    },
    effects: [{ do: 'forgetPlan' }, ...(verdict.effects ?? [])],
    isAnswered: true,
  });
}

function statusOf(
  { policy }: Facts,
  { plan, run, at }: Evaluation,
): Pick<RetentionPolicyStatus, 'lastEvaluation' | 'report'> {
  const { digest, repositories, tags, manifests, uniqueBytes, protected: spared, topRepositories, items, brake } = plan;
  const counts = { repositories, tags, manifests, uniqueBytes, protected: spared, topRepositories };
  const { generation } = policy.metadata;
  const over = brake === undefined ? {} : { brake };
  return { lastEvaluation: { time: at, generation, planDigest: digest, ...over, ...counts }, report: { run, items } };
}

function preview({ plan }: Evaluation): Verdict {
  const over = plan.brake === undefined ? '' : `; over its limits: ${plan.brake}`;
  return { conditions: [ready('True', 'Evaluated', `${foundText(plan)}${over}`)], why: 'the next slot' };
}

/** What is approved is the plan that the condition told before this evaluation: that is not left until the next slot. */
function isApprovedAnew({ policy: { spec, status } }: Facts): boolean {
  return spec.approvedPlan !== undefined && spec.approvedPlan === status.lastEvaluation?.planDigest;
}

/** G8: what is over a limit and not approved stops here already, and says which plan to approve. */
function enforcing(evaluated: Facts, evaluation: Evaluation, enforces: boolean): Verdict {
  const { plan, at } = evaluation;
  const { policy, now } = evaluated;
  const isThisPlan = policy.spec.approvedPlan === plan.digest;
  const mayEnforce = enforces || isThisPlan;
  if (plan.brake !== undefined && (approvalOf(policy) === undefined || !mayEnforce))
    return { conditions: braked(evaluated, plan.brake, plan.digest), why: 'the next slot' };
  if (!mayEnforce) {
    const next = scheduleOf(policy.spec)?.next(now);
    const when = next === undefined ? '' : `; enforced next at ${instantText(next)}`;
    return { conditions: [ready('True', 'Evaluated', `${foundText(plan)}${when}`)], why: 'the next slot' };
  }
  if (plan.entries === 0) {
    return {
      changes: { lastEnforcedTime: at, result: { deleted: 0, spared: plan.protected } },
      conditions: [ready('True', 'Enforced', foundText(plan))],
      why: 'the next slot',
    };
  }
  return ordered(evaluated, evaluation);
}

export function braked({ policy }: Facts, brake: string, planDigest: string): ReturnType<typeof stalled> {
  const { approvedPlan = '' } = policy.spec;
  if (approvedPlan === '') return stalled('LimitExceeded', `${brake}; ${approveText(planDigest)}`);
  return stalled(
    'PlanChanged',
    `another plan was approved, and this one is over its limits: ${brake}; ${approveText(planDigest)}`,
  );
}

/** The run is written down by this very decision, and ordered once that is recorded; where it may not begin yet, it is owed. */
function ordered(evaluated: Facts, { plan }: Evaluation): Verdict {
  const { policy, registry, keepers, now } = evaluated;
  const order = registry === undefined ? undefined : enforcementOrder(policy, registry, keepers);
  if (registry === undefined || order === undefined) throw new Error('nothing was evaluated');
  const changes = { runRef: { name: order.id } };
  const standing = standingOf(registry, now);
  if (standing.is !== 'ready') return { changes, ...owed(evaluated, standing) };
  const message = enforcingText(order.id, plan.digest);
  return {
    changes,
    conditions: [kept(evaluated, 'Enforcing', message), reconciling('Enforcing', message)],
    effects: [{ do: 'order', order }],
    events: [{ type: 'Normal', reason: 'Enforcing', message: `${message}: ${foundText(plan)}` }],
    againMs: orderedPauseMs,
    why: 'the run is ordered',
  };
}

function owed(
  evaluated: Facts,
  standing: Exclude<RegistryStanding, { is: 'ready' }>,
): Pick<Verdict, 'conditions' | 'againMs' | 'why'> {
  const { message } = standing;
  const why = 'the Registry lets nothing be enforced';
  if (standing.is !== 'plans' || standing.why === 'ReadOnly') {
    return { conditions: retrying('RegistryNotReady', message), againMs: retryMs, why };
  }
  const conditions = [kept(evaluated, standing.why, message), reconciling(standing.why, message)];
  return { conditions, ...(standing.until === undefined ? {} : { againMs: standing.until - evaluated.now }), why };
}

function kept({ policy }: Facts, reason: string, message: string): ReturnType<typeof ready> {
  return readyKept(policy.status, policy.metadata.generation, ready('Unknown', reason, message));
}

/** Nothing was evaluated: what it was to be for is due still. */
function failed(facts: Facts, reason: string, message: string): Decision {
  if (reason === 'RegistryUnavailable') {
    return decisionOf(facts, { conditions: retrying('RegistryNotReady', message), againMs: retryMs, why: reason });
  }
  if (persons.has(reason)) {
    return decisionOf(facts, { conditions: stalled(reason, message), againMs: personsMs, why: reason });
  }
  return decisionOf(facts, { conditions: retrying(reasonOf(reason), message), againMs: retryMs, why: reason });
}
