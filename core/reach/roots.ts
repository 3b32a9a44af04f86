import { cell } from './column.ts';
import { type Graph, role } from './graph.ts';
import type { Protections } from './protections.ts';
import type { Tombstone } from './tombstone.ts';

/** A manifest of a repository, whether or not its link stands. */
export interface Pair {
  readonly repository: number;
  readonly digest: number;
}

/** Every digest that protections name: as it is; as the configuration of manifests; as what a protected tag points to. Graph indexes, each once. */
export function protectedDigests(graph: Graph, protections: Protections): ReadonlySet<number> {
  const named = new Set<number>();
  for (const digest of protections.digests) {
    const index = graph.digests.find(digest);
    if (index !== undefined) named.add(index);
  }
  const all = new Set(named);
  graph.edges.manifest.forEach((manifest) => {
    const roles = graph.roles(manifest);
    if (graph.references(manifest).some((target, at) => roles[at] === role.config && named.has(target)))
      all.add(manifest);
  });
  for (const row of protectedTags(graph, protections)) all.add(cell(graph.tags.digest, row));
  return all;
}

/** Rows of the tags that protections name, and that are there. */
export function protectedTags(graph: Graph, protections: Protections): ReadonlySet<number> {
  const wanted = new Set(protections.tags.map(({ repository, tag }) => `${repository}:${tag}`));
  const rows = new Set<number>();
  for (const repository of new Set(protections.tags.map((tag) => tag.repository))) {
    const index = graph.repositoryIndex(repository);
    if (index === undefined) continue;
    for (const row of graph.tagsIn(index)) if (wanted.has(`${repository}:${graph.tagOf(row).tag}`)) rows.add(row);
  }
  return rows;
}

/** The manifests that a tombstone still has to be able to bring back, or releases. */
export function groupPairs(graph: Graph, { repository, digest, group }: Tombstone): Pair[] {
  const index = graph.repositoryIndex(repository);
  if (index === undefined) return [];
  return [...new Set([digest, ...group])].flatMap((each) => {
    const found = graph.digests.find(each);
    return found === undefined ? [] : [{ repository: index, digest: found }];
  });
}
