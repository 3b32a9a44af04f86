import type { RunOrder } from '../../core/admin/schema.ts';
import { keyOf, keyText, type Resource } from '../resources/home.ts';
import { runName } from '../runs/runName.ts';
import { type PolicyDocument, policyDocument } from './keepers.ts';

/** What a policy says of itself alone: when it is carried out, and what was approved, is decided here. */
export function enforcedDocument(policy: Resource<'RetentionPolicy'>): PolicyDocument {
  const { registryRef, mode = 'Preview', repositories, rules, limits } = policy.spec;
  return policyDocument(policy, {
    registryRef,
    mode,
    repositories,
    rules,
    ...(limits === undefined ? {} : { limits }),
  });
}

/**
 * The run that carries out the evaluation in the status of a policy. Its name is over all that makes it this run, so that it is found again after a crash,
 * and so that an edit of the policy, of what keeps from it or of the Registry's limits makes another one. `undefined`: nothing was evaluated.
 */
export function enforcementOrder(
  policy: Resource<'RetentionPolicy'>,
  registry: Resource<'Registry'>,
  keepers: readonly PolicyDocument[],
): RunOrder | undefined {
  const { lastEvaluation, report } = policy.status;
  if (lastEvaluation === undefined || report === undefined) return undefined;
  const { limits } = registry.spec;
  const approvedPlan = approvalOf(policy);
  const order: Omit<RunOrder, 'id'> = {
    mode: 'execute',
    ...(approvedPlan === undefined ? {} : { approvedPlan }),
    input: {
      policies: [enforcedDocument(policy)],
      keepers: [...keepers],
      requests: [],
      collect: false,
      ...(limits === undefined ? {} : { limits }),
    },
  };
  const { name } = policy.metadata;
  const identity = [keyText(keyOf(policy)), lastEvaluation.generation, report.run, order];
  return { id: runName(`${registry.metadata.name}-${name}`, identity), ...order };
}

/**
 * G8: the plan that a person approved, where the last evaluation needs an approval or is that plan. On a registry that is pushed to, the plan of the next
 * evaluation is hardly ever the same; the registry carries out what both have, and refuses one that it does not know (docs/adr/0004).
 */
export function approvalOf({ spec, status }: Resource<'RetentionPolicy'>): string | undefined {
  const { approvedPlan = '' } = spec;
  const { brake, planDigest } = status.lastEvaluation ?? {};
  return approvedPlan !== '' && (brake !== undefined || approvedPlan === planDigest) ? approvedPlan : undefined;
}
