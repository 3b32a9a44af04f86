import type { DeleteRequestResource } from '../../core/resources/deleteRequest.ts';
import type { Parsed } from '../../core/resources/mistake.ts';
import type { DeleteRequestStatus } from '../api/types.ts';
import type { Resource } from '../resources/home.ts';
import type { RunFate } from '../runs/fate.ts';
import type { Followed } from '../runs/runFollower.ts';
import type { Standing } from '../registry/standing.ts';

/** Stands while a run of the request may go on. */
export const finalizer = 'coppice.dev/run';

export type StatusPlan = NonNullable<DeleteRequestStatus['plan']>;
export type RunRef = NonNullable<DeleteRequestStatus['runRef']>;

/** The run of `status.runRef`; without one, the first that an object of the same name did not order in vain. */
export type RunLook =
  | { readonly is: 'none' }
  | { readonly is: 'unanswered'; readonly why: string; readonly retryMs: number }
  /** No replica knows a run of this name. */
  | { readonly is: 'absent' }
  /** The name stands for a run that was ordered otherwise, and was stopped. */
  | { readonly is: 'differs' }
  | { readonly is: 'seen'; readonly followed: Followed; readonly fate: RunFate };

export type PlanLook =
  | { readonly is: 'none' }
  | { readonly is: 'pending' }
  | { readonly is: 'planned'; readonly plan: StatusPlan }
  /** The storage says that the request was carried out before (D1). */
  | { readonly is: 'alreadyAbsent' }
  /** `isPassing`: without help of a person. `isGone`: the run that planned is forgotten, so another one is to plan. */
  | {
      readonly is: 'failed';
      readonly isPassing: boolean;
      readonly isGone?: boolean;
      readonly reason: string;
      readonly message: string;
      readonly retryMs: number;
    };

/** All that a decision about one request is made from. */
export interface Observed {
  readonly object: Resource<'DeleteRequest'>;
  readonly parsed: Parsed<DeleteRequestResource>;
  readonly standing: Standing;
  readonly run: RunLook;
  /** Which attempt `run` is, from 1 on. */
  readonly attempt: number;
  readonly plan: PlanLook;
  /** Since its deletion was first seen from here, ms. */
  readonly deletingForMs: number;
}

/** Once it is, it stays so, whatever becomes of the registry or of the spec (D1). */
export function isOver({ status }: Resource<'DeleteRequest'>): boolean {
  const succeeded = status.conditions?.find(({ type }) => type === 'Succeeded');
  return succeeded?.status === 'True' || succeeded?.status === 'False';
}

export function hasFinalizer({ metadata }: Resource<'DeleteRequest'>): boolean {
  return metadata.finalizers?.includes(finalizer) === true;
}

/** From here on a request is not to be had back: its run goes on, or may, or has removed something (design, section 4, rule 8). */
export function hasBegun({ object, run }: Pick<Observed, 'object' | 'run'>): boolean {
  if (object.status.runRef === undefined) return false;
  if (run.is === 'unanswered') return true;
  if (run.is !== 'seen') return false;
  return run.fate.is === 'going' || run.followed.view.sweep.removed > 0;
}

/** The value of `coppice.dev/requestedAt` that was not answered yet. */
export function newRequestedAt({ metadata, status }: Resource<'DeleteRequest'>): string | undefined {
  const asked = metadata.annotations?.['coppice.dev/requestedAt'];
  return asked === status.lastHandledReconcileAt ? undefined : asked;
}
