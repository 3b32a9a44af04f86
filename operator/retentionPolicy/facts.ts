import type { Resource } from '../resources/home.ts';
import type { Followed } from '../runs/runFollower.ts';
import type { PolicyDocument } from './keepers.ts';

/** What is known of a policy when it is reconciled. */
export interface Facts {
  readonly policy: Resource<'RetentionPolicy'>;
  /** `undefined`: there is none of this name. */
  readonly registry: Resource<'Registry'> | undefined;
  /** The other policies of that Registry. */
  readonly keepers: readonly PolicyDocument[];
  readonly run: RunSeen;
  /** ms since 1970. */
  readonly now: number;
}

/** What was seen of the run that `status.runRef` names. */
export type RunSeen =
  /** There is no such reference. */
  | { readonly is: 'none' }
  | { readonly is: 'seen'; readonly followed: Followed }
  /** No replica knows it: it was not ordered yet, or its record is gone. */
  | { readonly is: 'unknown' }
  /** Nobody answered. */
  | { readonly is: 'silent'; readonly why: string }
  /** Its order was not taken up. `isOurs`: because of what it holds. */
  | { readonly is: 'refused'; readonly message: string; readonly isOurs: boolean };

/** Stands while a run of the policy goes on. */
export const runFinalizer = 'coppice.dev/run';
export const requestedAtAnnotation = 'coppice.dev/requestedAt';
