import { cell, Flags } from './column.ts';
import type { Graph } from './graph.ts';

/**
 * What stays because something that stays leads to it, by digest in every repository: a manifest to its references, a subject to its referrers.
 * It only grows; adding what is there already costs nothing.
 */
export class Reach {
  readonly #graph: Graph;
  readonly #reached: Flags;
  readonly #referred: Flags;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#reached = graph.digestSet();
    this.#referred = graph.digestSet();
  }

  /** Added, or led to: its bytes are needed. */
  has(digest: number): boolean {
    return this.#reached.has(digest);
  }

  /** Led to by something else: its links are needed wherever they are. A tag in one repository does not keep an old copy in another. */
  isReferred(digest: number): boolean {
    return this.#referred.has(digest);
  }

  add(digest: number): void {
    const waiting = [digest];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (!this.#reached.add(next)) continue;
      for (const to of edgesFrom(this.#graph, next)) {
        this.#referred.add(to);
        waiting.push(to);
      }
    }
  }
}

/** What a digest leads to. */
export function* edgesFrom(graph: Graph, digest: number): Generator<number> {
  yield* graph.references(digest);
  yield* graph.referrers(digest);
}

/** What leads to a digest: manifests that refer to it, and its subject. */
export function* edgesTo(graph: Graph, digest: number): Generator<number> {
  yield* graph.parents(digest);
  const subject = graph.subject(digest);
  if (subject !== undefined) yield subject;
}

/**
 * The links of layers that a repository's own manifests need: named by, or pointing to, what one of the manifests standing there refers to, at
 * any depth (its children may lie in another repository, and their layers here). `standing` answers with digests. A link needs the one that is
 * named by its target, if there is one: distribution serves what was pushed by sha512 through both.
 */
export function neededLinks(graph: Graph, standing: (repository: number) => Iterable<number>): Flags {
  const needed = new Flags(graph.layers.digest.length);
  const references = new References(graph);
  for (const repository of graph.repositories.keys()) {
    const links = graph.layersIn(repository);
    if (links.length === 0) continue;
    references.of(standing(repository));
    for (const link of links) {
      if (references.has(cell(graph.layers.digest, link))) references.add(cell(graph.layers.target, link));
    }
    for (const link of links) {
      if (references.has(cell(graph.layers.digest, link)) || references.has(cell(graph.layers.target, link)))
        needed.add(link);
    }
  }
  return needed;
}

/** What some manifests refer to at any depth, they themselves among it. One memory for one repository after the other. */
export class References {
  readonly #graph: Graph;
  /** By digest: in which turn it was met last. */
  readonly #turns: Uint32Array;
  #turn = 1;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#turns = new Uint32Array(graph.digests.size);
  }

  /** Forgets what was there before. */
  of(manifests: Iterable<number>): void {
    this.#turn++;
    const waiting = [...manifests];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (this.has(next)) continue;
      this.add(next);
      for (const reference of this.#graph.references(next)) waiting.push(reference);
    }
  }

  has(digest: number): boolean {
    return this.#turns[digest] === this.#turn;
  }

  add(digest: number): void {
    this.#turns[digest] = this.#turn;
  }
}
