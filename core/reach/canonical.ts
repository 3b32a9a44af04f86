import type { Digest } from '../oci/digest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';
import { cell } from './column.ts';
import type { Graph } from './graph.ts';

/** Orders of rows that depend on names and digests alone, never on the order in which a listing told them (R2). */

export function byName(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** The place of each repository among all, by name. */
function repositoryRanks(graph: Graph): Uint32Array {
  const ranks = new Uint32Array(graph.repositories.length);
  const sorted = [...graph.repositories.entries()].sort(([, left], [, right]) => byName(left, right));
  for (const [rank, [index]] of sorted.entries()) ranks[index] = rank;
  return ranks;
}

export function sortedRevisions(graph: Graph, rows: Uint32Array): Uint32Array {
  const ranks = repositoryRanks(graph);
  const { repository, digest } = graph.revisions;
  return rows.toSorted(
    (left, right) =>
      cell(ranks, cell(repository, left)) - cell(ranks, cell(repository, right)) ||
      graph.digests.compare(cell(digest, left), cell(digest, right)),
  );
}

export function sortedLayers(graph: Graph, rows: Uint32Array): Uint32Array {
  const ranks = repositoryRanks(graph);
  const { repository, digest } = graph.layers;
  return rows.toSorted(
    (left, right) =>
      cell(ranks, cell(repository, left)) - cell(ranks, cell(repository, right)) ||
      graph.digests.compare(cell(digest, left), cell(digest, right)),
  );
}

export function sortedData(graph: Graph, rows: Uint32Array): Uint32Array {
  return rows.toSorted((left, right) =>
    graph.digests.compare(cell(graph.data.digest, left), cell(graph.data.digest, right)),
  );
}

/** The same digests, what refers before what it refers to; where that leaves a choice, in the order given. Circles, which only a lying storage has, end somewhere. */
export function parentsFirst(graph: Graph, digests: Iterable<number>): number[] {
  const wanted = new Set(digests);
  const entered = new Set<number>();
  const childrenFirst: number[] = [];
  for (const start of [...wanted].reverse()) {
    const path = [{ digest: start, isLeft: false }];
    for (let step = path.pop(); step !== undefined; step = path.pop()) {
      if (step.isLeft) childrenFirst.push(step.digest);
      if (step.isLeft || entered.has(step.digest)) continue;
      entered.add(step.digest);
      path.push({ digest: step.digest, isLeft: true });
      for (const child of graph.references(step.digest))
        if (wanted.has(child)) path.push({ digest: child, isLeft: false });
    }
  }
  return childrenFirst.reverse();
}

/** Names of objects as reports and doubts show them. */
export function tagObject(repository: RepositoryName, tag: Tag): string {
  return `${repository}:${tag}`;
}

export function manifestObject(repository: RepositoryName, digest: Digest): string {
  return `${repository}@${digest}`;
}
