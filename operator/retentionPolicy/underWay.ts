import { fateOf, type RunFate } from '../runs/fate.ts';
import { type Followed, isSilent } from '../runs/runFollower.ts';
import { enforcementOrder } from './enforcement.ts';
import type { Facts } from './facts.ts';
import { standingOf } from './registryStanding.ts';

/** How far an enforcement has come that was decided on (`status.runRef`). */
export type UnderWay =
  | { readonly is: 'none' }
  /** Its run is on, or may be: nobody could be asked. `isLost`: nothing was heard of it for long. */
  | { readonly is: 'going'; readonly pauseMs: number; readonly isLost: boolean; readonly silence?: string }
  /** It is written down, and not ordered yet. */
  | { readonly is: 'unordered' }
  | { readonly is: 'done'; readonly followed: Followed }
  /** Its run ended, and no other one follows by itself. */
  | { readonly is: 'refused'; readonly fate: Extract<RunFate, { is: 'refused' }> }
  /** To be begun again from an evaluation, once `restMs` are over. */
  | { readonly is: 'owed'; readonly restMs: number; readonly because?: Because };

/** Why a run came to nothing. */
export interface Because {
  readonly reason: string;
  readonly message: string;
  /** It does not pass by itself. */
  readonly isPersons: boolean;
}

const silentPauseMs = 2000;
const shortestRestMs = 15_000;
const longestRestMs = 300_000;

export function underWay(facts: Facts): UnderWay {
  const { policy, run } = facts;
  if (policy.status.runRef === undefined) return { is: 'none' };
  switch (run.is) {
    case 'none':
      return { is: 'none' };
    case 'silent':
      return { is: 'going', pauseMs: silentPauseMs, isLost: false, silence: run.why };
    case 'unknown':
    case 'refused':
      return isStillMeant(facts) ? { is: 'unordered' } : { is: 'owed', restMs: 0 };
    case 'seen':
      return afterRun(facts, run.followed);
  }
}

function afterRun(facts: Facts, followed: Followed): UnderWay {
  const fate = fateOf(followed.view);
  switch (fate.is) {
    case 'going':
      return { is: 'going', pauseMs: followed.pauseMs, isLost: isSilent(followed) };
    case 'succeeded':
      return { is: 'done', followed };
    case 'refused':
      if (fate.reason === 'LimitExceeded' || fate.reason === 'PlanChanged') return { is: 'refused', fate };
      break;
    case 'retry':
      break;
  }
  const { reason, message } = fate;
  const isPersons = fate.is === 'refused';
  const restMs = Math.max(0, (isPersons ? longestRestMs : restOf(facts)) - followed.unchangedMs);
  return { is: 'owed', restMs, because: { reason, message, isPersons } };
}

/** Longer the longer it has not come to an end. */
function restOf({ policy, now }: Facts): number {
  const since = policy.status.conditions?.find(({ type }) => type === 'Reconciling')?.lastTransitionTime;
  const sinceMs = since === undefined ? 0 : now - Date.parse(since);
  return Math.min(Math.max(sinceMs / 4, shortestRestMs), longestRestMs);
}

/** Why a run that is on has to stop at its next batch. `undefined`: it may go on. */
export function whyStop(facts: Facts): string | undefined {
  const { policy, registry, now } = facts;
  if (isEdited(facts)) return `RetentionPolicy ${policy.metadata.name} was edited`;
  if (registry === undefined) return undefined; // there is nobody to tell
  const standing = standingOf(registry, now);
  if (standing.is === 'suspended' || standing.is === 'plans') return standing.message;
  return isStillMeant(facts) ? undefined : 'another policy of the Registry, or its limits, were edited';
}

export function isEdited({ policy }: Pick<Facts, 'policy'>): boolean {
  return policy.status.lastEvaluation?.generation !== policy.metadata.generation;
}

/** Whether the run that was written down is the one that would be ordered now. */
function isStillMeant(facts: Facts): boolean {
  const { policy, registry, keepers } = facts;
  if (registry === undefined || isEdited(facts)) return false;
  return enforcementOrder(policy, registry, keepers)?.id === policy.status.runRef?.name;
}
