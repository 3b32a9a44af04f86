import { hasBegun, isOver, newRequestedAt, type Observed } from './observed.ts';
import { isOlder } from './state.ts';

/**
 * Whether a plan is to be asked for, and by which word: the same word asks for the same plan. A plan that is on record is asked for again where a person
 * wants it (`coppice.dev/requestedAt`) or a run that went by it was refused.
 */
export function planWanted({ object, parsed, standing, run }: Omit<Observed, 'plan'>): string | undefined {
  if (object.metadata.deletionTimestamp !== undefined || isOver(object) || !parsed.ok) return undefined;
  if (standing.is !== 'open' && standing.is !== 'closed' && standing.is !== 'readOnly') return undefined;
  const { suspend, mode, approvedPlan } = parsed.value;
  const isGoing = run.is === 'seen' && (run.fate.is === 'going' || run.fate.is === 'succeeded');
  if (suspend || isGoing || run.is === 'unanswered') return undefined;
  const { plan, runRef } = object.status;
  if (runRef !== undefined && run.is === 'seen' && run.fate.is === 'refused') {
    const { reason, view } = run.fate;
    const isAnotherNeeded = reason === 'PlanChanged' || reason === 'LimitExceeded';
    if (isAnotherNeeded && (plan === undefined || isOlder(plan, view))) return `after ${runRef.name}`;
  }
  const isPreview = mode === 'Preview' && !hasBegun({ object, run });
  const requestedAt = isPreview ? newRequestedAt(object) : undefined;
  if (requestedAt !== undefined) return `requested at ${requestedAt}`;
  const isNeeded = plan === undefined && (isPreview || approvedPlan === undefined);
  return isNeeded ? 'first' : undefined;
}
