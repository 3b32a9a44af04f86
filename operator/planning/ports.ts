import type { EachPlan } from '../../core/admin/schema.ts';
import type { Resource } from '../resources/home.ts';

/** What a plan is asked for. */
export type Planned =
  /** Asked for, or in the making: the object's key comes back to its queue once it is there. */
  | { readonly is: 'pending' }
  /** `at`: RFC 3339, by the storage's clock. `run`: whose items (`of` this object) are the whole report. */
  | { readonly is: 'planned'; readonly run: string; readonly at: string; readonly plan: EachPlan }
  /** A DeleteRequest that was carried out before (D1). */
  | { readonly is: 'alreadyAbsent'; readonly at: string }
  /** The run that planned ended otherwise, or could not be ordered: `reason` as of runs, or `RegistryUnavailable`. */
  | { readonly is: 'failed'; readonly reason: string; readonly message: string };

/** Plans of policies and requests, many from one mark. Nothing here is recorded: a plan that was lost with the process is made again. */
export interface Planning {
  /**
   * The newest plan of this generation of the object, or that it is being made. `token`: another one asks for another plan (the slot of a schedule, a
   * `requestedAt`); the same asks again for what was asked before.
   */
  ask(
    registry: Resource<'Registry'>,
    object: Resource<'RetentionPolicy'> | Resource<'DeleteRequest'>,
    token: string,
  ): Planned;
  /** What was planned is written down, or not wanted any more: forgets it. */
  forget(object: Resource<'RetentionPolicy'> | Resource<'DeleteRequest'>): void;
}
