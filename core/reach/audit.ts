import type { Digest } from '../oci/digest.ts';
import { manifestObject, tagObject } from './canonical.ts';
import { cell } from './column.ts';
import { type Graph, role } from './graph.ts';
import { groupPairs } from './roots.ts';

export interface Missing {
  /** `repository@digest` of a link, or the digest of data. */
  readonly object: string;
  readonly digest: Digest;
  readonly neededBy: string;
}

export interface Audit {
  readonly tags: number;
  readonly manifests: number;
  readonly references: number;
  readonly links: number;
  readonly data: number;
  readonly tombstones: number;
  readonly missing: readonly Missing[];
}

/**
 * G6: walks all that is there `now`, and reports what is missing and was not missing already when `before` was read: each once. What is foreign
 * need not be there. `now` is storage time, and decides which tombstones still have to be complete.
 */
export function audit(before: Graph, after: Graph, now: number): Audit {
  const known = new Set(Array.from(shortfalls(before, now), ({ object }) => object));
  const missing = new Map<string, Missing>();
  for (const shortfall of shortfalls(after, now)) {
    if (!known.has(shortfall.object) && !missing.has(shortfall.object)) missing.set(shortfall.object, shortfall);
  }
  return {
    tags: after.tags.digest.length,
    manifests: after.revisions.digest.length,
    references: after.edges.target.length,
    links: after.layers.digest.length,
    data: after.data.digest.length,
    tombstones: after.tombstones.length,
    missing: [...missing.values()],
  };
}

/** What something refers to and that is not there: revisions of tags, data of manifests, references and links, and what tombstones must bring back. */
function* shortfalls(graph: Graph, now: number): Generator<Missing> {
  const stored = graph.digestSet();
  for (const digest of graph.data.digest) stored.add(digest);
  const data = function* (digest: number, neededBy: string): Generator<Missing> {
    const name = graph.digests.digest(digest);
    if (!stored.has(digest)) yield { object: name, digest: name, neededBy };
  };
  const manifest = function* (digest: number, neededBy: string): Generator<Missing> {
    yield* data(digest, neededBy);
    const roles = graph.roles(digest);
    for (const [at, reference] of graph.references(digest).entries()) {
      if (roles[at] !== role.foreign) yield* data(reference, neededBy);
    }
  };
  for (const row of graph.tags.digest.keys()) {
    const { repository, tag, digest } = graph.tagOf(row);
    if (graph.revisionNamed(repository, digest) !== undefined) continue;
    yield { object: manifestObject(repository, digest), digest, neededBy: tagObject(repository, tag) };
  }
  for (const [row, digest] of graph.revisions.digest.entries()) {
    const { repository, digest: name } = graph.revisionOf(row);
    yield* manifest(digest, manifestObject(repository, name));
  }
  for (const row of graph.layers.digest.keys()) {
    const { repository, digest: name } = graph.layerOf(row);
    yield* data(cell(graph.layers.target, row), manifestObject(repository, name));
  }
  yield* missingLinks(graph);
  for (const tombstone of graph.tombstones) {
    if (tombstone.until < now) continue;
    for (const { digest } of groupPairs(graph, tombstone)) yield* manifest(digest, `tombstone ${tombstone.id}`);
  }
}

/** What a manifest refers to can be pulled from its repository only by a link there: a layer's, or a revision's. */
function* missingLinks(graph: Graph): Generator<Missing> {
  const linkedIn = new Uint32Array(graph.digests.size);
  for (const [index, repository] of graph.repositories.entries()) {
    const stamp = index + 1;
    for (const row of graph.layersIn(index)) linkedIn[cell(graph.layers.digest, row)] = stamp;
    for (const row of graph.revisionsIn(index)) linkedIn[cell(graph.revisions.digest, row)] = stamp;
    for (const row of graph.revisionsIn(index)) {
      const neededBy = manifestObject(repository, graph.revisionOf(row).digest);
      const manifest = cell(graph.revisions.digest, row);
      const roles = graph.roles(manifest);
      for (const [at, reference] of graph.references(manifest).entries()) {
        if (linkedIn[reference] === stamp || roles[at] === role.foreign) continue;
        const digest = graph.digests.digest(reference);
        yield { object: manifestObject(repository, digest), digest, neededBy };
      }
    }
  }
}
