import type { Standing } from '../registry/standing.ts';
import type { Resource } from '../resources/home.ts';
import type { RunFate } from '../runs/fate.ts';
import type { Followed } from '../runs/runFollower.ts';

export type CollectionRun = Resource<'CollectionRun'>;

/** Stands while its run may go on. */
export const finalizer = 'coppice.dev/run';

/** The run of `status.runRef`. */
export type RunLook =
  /** None was recorded yet. */
  | { readonly is: 'none' }
  | { readonly is: 'unanswered'; readonly why: string }
  /** No replica knows a run of this name. */
  | { readonly is: 'absent' }
  /** The name stands for a run that an earlier object of this name ordered, and that came to nothing. */
  | { readonly is: 'taken' }
  | { readonly is: 'seen'; readonly followed: Followed; readonly fate: RunFate };

export interface Observed {
  readonly object: CollectionRun;
  readonly standing: Standing;
  readonly run: RunLook;
  /** Whether what is told of a run that goes on is old enough to be told anew. */
  readonly isTellingDue: boolean;
}

export function hasFinalizer({ metadata }: CollectionRun): boolean {
  return metadata.finalizers?.includes(finalizer) === true;
}

export function removes({ spec }: CollectionRun): boolean {
  return spec.mode === 'Execute';
}
