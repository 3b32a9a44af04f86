import type { Wanted } from '../resources/conditions.ts';
import { trackerOf } from '../resources/tracking.ts';
import type { Resource } from '../resources/home.ts';
import type { StatusPlan } from './observed.ts';
import { isNothing, type Result, resultText } from './result.ts';
import type { State } from './state.ts';

/** What a state says to people and to kstatus. `also`: which of `Reconciling` and `Stalled` stands beside `Ready`. */
export interface Verdict {
  readonly succeeded: 'True' | 'False' | 'Unknown';
  readonly ready: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly also?: 'Reconciling' | 'ProgressingWithRetry' | 'Stalled';
}

/** What is told in conditions anew; the others are not. */
export type Told = Exclude<State, { at: 'leaving' } | { at: 'finished' }>;

function working(reason: string, message: string): Verdict {
  return { succeeded: 'Unknown', ready: 'False', reason, message, also: 'Reconciling' };
}

function stalled(reason: string, message: string): Verdict {
  return { succeeded: 'Unknown', ready: 'False', reason, message, also: 'Stalled' };
}

function healthy(reason: string, message: string): Verdict {
  return { succeeded: 'Unknown', ready: 'True', reason, message };
}

/** What each state says: one row of the table of states each. Messages hold nothing that changes from look to look. */
export function verdictOf(state: Told, { spec }: Resource<'DeleteRequest'>, result: Result | undefined): Verdict {
  switch (state.at) {
    case 'invalid':
      return stalled('InvalidSpec', state.mistakes.map(({ path, says }) => `${path} ${says}`).join('; '));
    case 'registryNotFound':
      return stalled('RegistryNotFound', `there is no Registry ${spec.registryRef.name} in this namespace`);
    case 'unavailable':
      return { ...working('RegistryUnavailable', state.why), also: 'ProgressingWithRetry' };
    case 'suspended':
      return healthy('Suspended', 'spec.suspend is true: nothing is done');
    case 'planning':
      return working('Planning', 'what would be removed is being looked for');
    case 'planReady':
      return healthy('PlanReady', `${planText(state.plan)}; ${howToApprove(state.plan)}`);
    case 'approvalRequired':
      return stalled('ApprovalRequired', `${state.why}: ${nextPlan(state.plan)}`);
    case 'planChanged':
      return stalled('PlanChanged', `${state.why}: ${nextPlan(state.plan)}`);
    case 'refused':
      return stalled(state.reason, state.message);
    case 'waiting':
      return working('WaitingForWindow', waitingText(state.opensAt));
    case 'starting':
      return working('Executing', executingText(state.run.name));
    case 'executing':
      return working('Executing', executingText(state.followed.view.id));
    case 'stopping':
      return working('Executing', `${state.why}: the run ${state.followed.view.id} ends at its next batch`);
    case 'absentAlready':
    case 'succeeded':
      return whenDone(result);
    case 'expired':
      return { ...stalled('DeadlineExceeded', deadlineText(spec.activeDeadlineSeconds)), succeeded: 'False' };
  }
}

/** Without a result, or with nothing in it, there was nothing to do (D1). */
function whenDone(result: Result | undefined): Verdict {
  const isAbsent = result === undefined || isNothing(result);
  const message = isAbsent ? 'nothing of it is there any more; it is never carried out again' : resultText(result);
  return { ...healthy(isAbsent ? 'AlreadyAbsent' : 'Completed', message), succeeded: 'True' };
}

function executingText(run: string): string {
  return `the run ${run} carries it out`;
}

function deadlineText(seconds: number | undefined): string {
  return `it was not done ${seconds ?? 0} s after it was taken up (spec.activeDeadlineSeconds); a new request may try again`;
}

function waitingText(opensAt: number | undefined): string {
  if (opensAt === undefined) return 'spec.collection.allowed of the Registry never opens again';
  return `the next time in which windows may open begins at ${new Date(opensAt).toISOString()}`;
}

function planText({ entries, tags, manifests, uniqueBytes }: StatusPlan): string {
  return `${entries} entries would go: ${tags} tags, ${manifests} manifests, ${uniqueBytes} bytes of their own`;
}

function howToApprove({ digest }: StatusPlan): string {
  return `set spec.mode: Execute and spec.approvedPlan: ${digest} to carry this out`;
}

function nextPlan(plan: StatusPlan | undefined): string {
  if (plan === undefined) return 'a new plan is being made';
  return `${planText(plan)}; set spec.approvedPlan: ${plan.digest} to carry this out`;
}

/** In the order in which they are read: Planned, Succeeded, Ready, Reconciling, Stalled, TTLIgnored. */
export function conditionsOf(
  verdict: Verdict,
  plan: StatusPlan | undefined,
  object: Resource<'DeleteRequest'>,
): Wanted[] {
  const { succeeded, ready, reason, message, also } = verdict;
  const planned: Wanted[] =
    plan === undefined
      ? []
      : [{ type: 'Planned', status: 'True', reason: 'Planned', message: `${planText(plan)}: ${plan.digest}` }];
  const beside: Wanted[] =
    also === undefined
      ? []
      : also === 'Stalled'
        ? [{ type: 'Stalled', status: 'True', reason, message }]
        : [{ type: 'Reconciling', status: 'True', reason: also === 'Reconciling' ? reason : also, message }];
  return [
    ...planned,
    { type: 'Succeeded', status: succeeded, reason, message },
    { type: 'Ready', status: ready, reason, message },
    ...beside,
    ...ttlIgnored(object),
  ];
}

/** Rule 6: who applies it would apply it again, and it would be made and removed for ever. */
export function ttlIgnored({ metadata, spec }: Resource<'DeleteRequest'>): Wanted[] {
  const tracker = trackerOf(metadata);
  if (tracker === undefined || spec.ttlSecondsAfterFinished === undefined) return [];
  const message = `${tracker} tracks this object and would apply it again: remove it there`;
  return [{ type: 'TTLIgnored', status: 'True', reason: 'Tracked', message }];
}
