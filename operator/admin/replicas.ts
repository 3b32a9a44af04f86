import type { Page, PageRequest } from '../../core/admin/paging.ts';
import type { Protect, RunItem, RunOrder, RunView, Status } from '../../core/admin/schema.ts';
import type { Resource } from '../resources/home.ts';

/** What came of asking one endpoint. */
export type EndpointAnswer =
  | { readonly endpoint: string; readonly is: 'answered'; readonly status: Status }
  | { readonly endpoint: string; readonly is: 'silent'; readonly why: string };

/**
 * The replicas of one Registry as a reconciler asks them: whichever endpoint can answer does. Rejects with `Unanswered` where none does, with `Problem`
 * where one refused.
 */
export interface Replicas {
  /** Every endpoint by itself. */
  statuses(signal: AbortSignal): Promise<readonly EndpointAnswer[]>;
  /** Returns as soon as the run is on record; the same id again is the same run. */
  beginRun(order: RunOrder, signal: AbortSignal): Promise<RunView>;
  /** `undefined`: no replica knows a run of this name. */
  run(id: string, signal: AbortSignal): Promise<RunView | undefined>;
  /** Stops it at its next batch, wherever it was ordered; `undefined`: there is no such run. */
  cancel(id: string, signal: AbortSignal): Promise<RunView | undefined>;
  /** `of`: `KIND/NAMESPACE/NAME` where the run made a plan for each. */
  items(id: string, of: string | undefined, page: PageRequest, signal: AbortSignal): Promise<Page<RunItem>>;
  /** Replaces what this source of protections said before. */
  protect(source: string, said: Protect, signal: AbortSignal): Promise<void>;
  declareReadOnly(reason: string, owner: string, signal: AbortSignal): Promise<void>;
  withdrawReadOnly(owner: string, signal: AbortSignal): Promise<void>;
}

/** Whoever reconciles gets the replicas of a Registry by its resource; connections are kept between calls. */
export type ReplicasOf = (registry: Resource<'Registry'>) => Replicas;
