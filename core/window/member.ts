import type { Gate } from './gate.ts';
import type { LifeId, RunId, StorageId } from './identity.ts';
import type { TokenHash } from './token.ts';

/** A life's record on the storage, written by that life only. Its last acknowledgement stands in it. */
export interface MemberRecord {
  readonly life: LifeId;
  readonly storage: StorageId;
  /** Unique per process: a pod's uid, or host name and a random id. Two records of one instance: the older is of a life that ended. */
  readonly instance: string;
  /** Counts the lives of this instance. */
  readonly generation: number;
  readonly version: string;
  readonly protocol: 1;
  /** The replica's wall clock, for people; nothing is decided by it. */
  readonly startedAt: string;
  readonly nudge?: string;
  readonly acknowledged?: Acknowledged;
  /** The life left in order: its journal counts as heard for every later epoch of that run (F4). */
  readonly left: boolean;
}

export interface Acknowledged {
  readonly epoch: number;
  readonly run: RunId;
  readonly phase: Gate['phase'];
  /** Journal entries that lie in segments. */
  readonly touchedUpTo: number;
  readonly segments: number;
  readonly overflow: boolean;
}

/** What an executor reads of one member: its record, and the segments of the run that it has not read before. */
export interface MemberView {
  readonly record: Pick<MemberRecord, 'life' | 'instance' | 'generation' | 'acknowledged' | 'left'>;
  /** Storage time of the record's last writing, ms. */
  readonly modifiedAt: number;
  readonly touched: readonly TokenHash[];
}

/**
 * Whether a member has answered for this epoch of this run: acknowledgements of another epoch or another run prove nothing (W2).
 * A life that left never commits again, so whatever its last epoch was, its journal is complete.
 */
export function hasAnswered({ record }: MemberView, run: RunId, epoch: number): boolean {
  if (record.left) return true;
  return record.acknowledged?.epoch === epoch && record.acknowledged.run === run;
}

/** Whether the journal in this record is of that run. */
export function isJournalOf({ record }: MemberView, run: RunId): boolean {
  return record.acknowledged?.run === run;
}
