import type { Digest } from '../oci/digest.ts';
import { byName } from './canonical.ts';
import type { Collection } from './collection.ts';
import type { Graph } from './graph.ts';
import { type DecidedItem, removesManifests, tagsOfItem } from './planItem.ts';

export interface Limits {
  /** Most tags and manifests that one run removes. */
  readonly maxDeletesPerRun?: number | undefined;
  /** Most of all tags, of all manifests and of all data objects, each by itself, in percent. */
  readonly maxDeletePercent?: number | undefined;
}

export interface Brake {
  /** Every limit that the plan is over. */
  readonly why: readonly string[];
  /** The plan to approve, if it is right nevertheless. */
  readonly approve: Digest;
}

/** A share of fewer objects than this says nothing: in a registry of three tags, one is a third. */
const fewestForPercent = 20;

/** G8: what a plan is over. */
export function excesses(
  graph: Graph,
  items: readonly DecidedItem[],
  collection: Collection,
  limits: Limits,
): string[] {
  const counts = {
    tags: items.reduce((sum, item) => sum + tagsOfItem(item).length, 0),
    manifests:
      items.filter(removesManifests).reduce((sum, { group }) => sum + group.length, 0) + collection.count('manifest'),
    'data objects': collection.count('data'),
  };
  const totals = {
    tags: graph.tags.digest.length,
    manifests: graph.revisions.digest.length,
    'data objects': graph.data.digest.length,
  };
  const { maxDeletesPerRun = Infinity, maxDeletePercent = 100 } = limits;
  const deletes = counts.tags + counts.manifests;
  const over = deletes > maxDeletesPerRun ? [`${deletes} deletions, where a run may do ${maxDeletesPerRun}`] : [];
  for (const kind of ['tags', 'manifests', 'data objects'] as const) {
    const isOver = totals[kind] >= fewestForPercent && counts[kind] * 100 > totals[kind] * maxDeletePercent;
    if (isOver) over.push(`${counts[kind]} of ${totals[kind]} ${kind}, where a run may remove ${maxDeletePercent} %`);
  }
  return [...over, ...emptied(graph, items).map((repository) => `every tag of ${repository}`)];
}

/** Repositories that policies would leave without a tag. A request that empties one has named it, and is approved by itself. */
function emptied(graph: Graph, items: readonly DecidedItem[]): string[] {
  const leaving = new Map<string, { tags: number; byPolicy: boolean }>();
  for (const item of items) {
    const known = leaving.get(item.repository) ?? { tags: 0, byPolicy: false };
    leaving.set(item.repository, {
      tags: known.tags + tagsOfItem(item).length,
      byPolicy: known.byPolicy || item.step === 'tag',
    });
  }
  return graph.repositories
    .filter((name, index) => {
      const found = leaving.get(name);
      return found?.byPolicy === true && found.tags === graph.tagsIn(index).length;
    })
    .toSorted(byName);
}
