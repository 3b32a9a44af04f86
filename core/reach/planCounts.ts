import type { RepositoryName } from '../oci/reference.ts';
import { byName } from './canonical.ts';
import { cell } from './column.ts';
import type { Graph } from './graph.ts';
import { type DecidedItem, type Spared, tagsOfItem } from './planItem.ts';

/** How much of what policies and requests name would go; what nothing reaches is not in it. */
export interface PlanCounts {
  readonly entries: number;
  /** Repositories that anything of it is in. */
  readonly repositories: number;
  readonly tags: number;
  /** Manifests whose links go, at once or once the tombstone of their tag has lapsed; each once in each repository. */
  readonly manifests: number;
  /** What would go along but is promised, young, protected or referred to; what merely was not approved is not among it. */
  readonly protected: number;
  /** The ten with the most tags and manifests to go, the first first. */
  readonly topRepositories: readonly RepositoryCounts[];
}

export interface RepositoryCounts {
  readonly repository: RepositoryName;
  readonly tags: number;
  readonly manifests: number;
}

const topLength = 10;

/** `revisions`: rows of all that the items remove or release. */
export function countsOf(
  graph: Graph,
  items: readonly DecidedItem[],
  spared: readonly Spared[],
  revisions: ReadonlySet<number>,
): PlanCounts {
  const found = new Map<RepositoryName, { tags: number; manifests: number }>();
  const at = (repository: RepositoryName): { tags: number; manifests: number } => {
    const known = found.get(repository) ?? { tags: 0, manifests: 0 };
    found.set(repository, known);
    return known;
  };
  for (const item of items) at(item.repository).tags += tagsOfItem(item).length;
  for (const row of revisions) at(graph.repositoryName(cell(graph.revisions.repository, row))).manifests++;
  const all = [...found].map(([repository, counts]): RepositoryCounts => ({ repository, ...counts }));
  return {
    entries: items.length,
    repositories: all.length,
    tags: all.reduce((sum, { tags }) => sum + tags, 0),
    manifests: revisions.size,
    protected: spared.filter(({ why }) => why !== 'notApproved').length,
    topRepositories: all.toSorted(mostFirst).slice(0, topLength),
  };
}

/** R2: ties go by name. */
function mostFirst(left: RepositoryCounts, right: RepositoryCounts): number {
  const [some, more] = [left.tags + left.manifests, right.tags + right.manifests];
  return more - some || byName(left.repository, right.repository);
}
