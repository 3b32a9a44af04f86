import type { EachPlan } from '../../core/admin/schema.ts';
import type { RetentionPolicyStatus } from '../api/types.ts';
import type { Wanted } from '../resources/conditions.ts';
import type { ObjectEvent } from '../resources/home.ts';

/*
 * What a policy's conditions and events say. The first of the conditions is Ready; Reconciling and Stalled stand only while they are true.
 */

export function ready(status: Wanted['status'], reason: string, message: string): Wanted {
  return { type: 'Ready', status, reason, message };
}

export function reconciling(reason: string, message: string): Wanted {
  return { type: 'Reconciling', status: 'True', reason, message };
}

/** It waits for a person. */
export function stalled(reason: string, message: string): readonly Wanted[] {
  return [ready('False', reason, message), { type: 'Stalled', status: 'True', reason, message }];
}

/** It passes by itself. */
export function retrying(reason: string, message: string): readonly Wanted[] {
  return [ready('False', reason, message), reconciling('ProgressingWithRetry', message)];
}

/** The condition Ready as it is, where it is true and of this generation; `otherwise` while it was never so. */
export function readyKept({ conditions }: RetentionPolicyStatus, generation: number, otherwise: Wanted): Wanted {
  const before = conditions?.find(({ type }) => type === 'Ready');
  return before?.status === 'True' && before.observedGeneration === generation ? before : otherwise;
}

export function foundText(plan: EachPlan): string {
  const { tags, manifests, repositories, uniqueBytes, protected: spared } = plan;
  if (plan.entries === 0) return spared === 0 ? 'nothing would go' : `nothing would go now; ${spared} are spared`;
  const found = `${tags} tags and ${manifests} manifests in ${repositories} repositories would go, and with them ${uniqueBytes} bytes`;
  return spared === 0 ? found : `${found}; ${spared} more are spared for now`;
}

/** The same from the order to the end: nothing is written for each step of a run. */
export function enforcingText(run: string, planDigest: string): string {
  return `${run} carries out the plan ${planDigest}`;
}

export function approveText(planDigest: string): string {
  return `set spec.approvedPlan: ${planDigest} to carry out this plan`;
}

/** What became of Ready, if it is worth telling. */
export function readyEvents(
  { conditions: before }: RetentionPolicyStatus,
  { conditions: after }: RetentionPolicyStatus,
): readonly ObjectEvent[] {
  const was = before?.find(({ type }) => type === 'Ready');
  const is = after?.find(({ type }) => type === 'Ready');
  if (is === undefined || is.status === 'Unknown') return [];
  const isSame = was?.status === is.status && was.reason === is.reason;
  // What passes by itself says something else each time; what was evaluated says how much.
  if (isSame && (is.status === 'False' || was.message === is.message)) return [];
  return [{ type: is.status === 'True' ? 'Normal' : 'Warning', reason: is.reason, message: is.message }];
}

const reasonGrammar = /^[A-Za-z](?:[A-Za-z0-9_]{0,62}[A-Za-z0-9])?$/;

/** As a condition admits it: what a registry answers is not ours. */
export function reasonOf(text: string): string {
  return reasonGrammar.test(text) ? text : 'RunFailed';
}
