import type { RunView } from '../../core/admin/schema.ts';
import type { DeleteRequestStatus } from '../api/types.ts';

export type Result = NonNullable<DeleteRequestStatus['result']>;

/** What came of a run, together with what earlier attempts removed: for the last one, those are gone before it began. */
export function resultAfter(before: Result | undefined, { sweep, plan }: RunView): Result {
  const removedBefore = before?.deleted ?? 0;
  const undoableUntil = sweep.undoableUntil ?? before?.undoableUntil;
  return {
    deleted: removedBefore + sweep.removedBySteps.request,
    alreadyAbsent: Math.max((plan?.gone ?? 0) - removedBefore, 0),
    spared: (plan?.protected ?? 0) + sweep.spared,
    failed: 0,
    failures: [],
    ...(undoableUntil === undefined ? {} : { undoableUntil }),
  };
}

/** Whether there was nothing to do: all of it was gone, and nothing had to be spared. */
export function isNothing({ deleted, spared }: Result): boolean {
  return deleted === 0 && spared === 0;
}

export function resultText({ deleted, alreadyAbsent, spared }: Result): string {
  return `${deleted} removed, ${alreadyAbsent} were gone already, ${spared} spared`;
}
