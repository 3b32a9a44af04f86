import type { ItemsRequest, Page, PageRequest } from '../../core/admin/paging.ts';
import type {
  AuditView,
  Protect,
  Protection,
  RunItem,
  RunOrder,
  RunView,
  Status,
  TombstoneView,
  Undeleted,
  UndeleteTarget,
} from '../../core/admin/schema.ts';

/**
 * What a person or an operator can ask of one storage. The admin API serves it, and the command calls it: over HTTP, or in its own process straight on a
 * storage. `by` names who asks, for the records (over HTTP it is the name of the key, whatever the caller says). What cannot be done rejects with
 * `Problem`.
 */
export interface Administration {
  status(signal: AbortSignal): Promise<Status>;
  /** Returns as soon as the run is on record; the same `id` again is the same run. */
  beginRun(order: RunOrder, by: string, signal: AbortSignal): Promise<RunView>;
  run(id: string, signal: AbortSignal): Promise<RunView>;
  items(id: string, page: ItemsRequest, signal: AbortSignal): Promise<Page<RunItem>>;
  approve(id: string, plan: string, by: string, signal: AbortSignal): Promise<RunView>;
  /** The run stops at its next batch; what it did stays done. */
  cancel(id: string, by: string, signal: AbortSignal): Promise<RunView>;
  /** Walks all that is kept, and names what is missing. Removes nothing. */
  audit(signal: AbortSignal): Promise<AuditView>;
  protections(signal: AbortSignal): Promise<readonly Protection[]>;
  protect(source: string, protections: Protect, signal: AbortSignal): Promise<Protection>;
  forget(source: string, signal: AbortSignal): Promise<void>;
  tombstones(page: PageRequest, signal: AbortSignal): Promise<Page<TombstoneView>>;
  undelete(target: UndeleteTarget, by: string, signal: AbortSignal): Promise<Undeleted>;
  declareReadOnly(reason: string, owner: string, signal: AbortSignal): Promise<void>;
  /** Without an owner: whoever declared it. */
  withdrawReadOnly(owner: string | undefined, signal: AbortSignal): Promise<void>;
}
