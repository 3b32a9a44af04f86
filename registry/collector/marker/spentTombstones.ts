import type { Fate, Marked } from '../../../core/reach/mark.ts';
import { groupPairs } from '../../../core/reach/roots.ts';

/** Of what a tombstone released: something that stays needs it again, and whatever deletes that releases it anew. */
const neededAgain: ReadonlySet<Fate> = new Set(['tagged', 'referenced']);

/** Ids of the lapsed tombstones that release nothing any more: what they name is gone, was touched since, or is needed again (protocol, EXPIRY). */
export function spentTombstones(marked: Marked): readonly string[] {
  const { graph, input } = marked;
  const isWaiting = (row: number | undefined): boolean =>
    row !== undefined && marked.isReleased(row) && !neededAgain.has(marked.fate('manifest', row));
  return graph.tombstones
    .filter(({ until }) => until < input.now)
    .filter((lapsed) =>
      groupPairs(graph, lapsed).every(({ repository, digest }) => !isWaiting(graph.revisionAt(repository, digest))),
    )
    .map(({ id }) => id);
}
