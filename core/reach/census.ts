import { Doubt } from './doubt.ts';
import { byName } from './canonical.ts';
import type { Graph } from './graph.ts';
import type { RepositoryName } from '../oci/reference.ts';

const counted = ['tags', 'revisions', 'layers', 'data'] as const;
type Counts = Readonly<Record<(typeof counted)[number], number>>;

/** How much a complete mark found; kept until the next one. */
export interface Census extends Counts {
  readonly repositories: readonly RepositoryName[];
}

export function censusOf(graph: Graph): Census {
  return {
    repositories: graph.repositories.toSorted(byName),
    tags: graph.tags.digest.length,
    revisions: graph.revisions.digest.length,
    layers: graph.layers.digest.length,
    data: graph.data.digest.length,
  };
}

/** A listing that leaves out less than this share is left to G4: other software may have deleted a little. */
const largestUnexplained = 0.1;
/** In a small storage a tenth is next to nothing. */
const fewestUnexplained = 20;

/**
 * G1: a listing that shrank without cause, as when a mount is gone. Deletions leave the folder of a repository, so none may vanish; of the rest,
 * `removed` says what deletions of ours explain since `before`.
 */
export function shrunk(before: Census, now: Census, removed: Counts): Doubt | undefined {
  const present = new Set(now.repositories);
  const vanished = before.repositories.filter((repository) => !present.has(repository));
  const [first] = vanished;
  if (first !== undefined)
    return new Doubt(first, `listed before and not now, as ${vanished.length - 1} other repositories`);
  for (const kind of counted) {
    const lost = before[kind] - removed[kind] - now[kind];
    if (lost >= fewestUnexplained && lost > before[kind] * largestUnexplained) {
      return new Doubt(
        kind,
        `${before[kind]} were listed before and ${now[kind]} now, of which ${removed[kind]} were removed`,
      );
    }
  }
  return undefined;
}
