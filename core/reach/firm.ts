import { cell } from './column.ts';
import type { Graph } from './graph.ts';
import { Reach, References } from './reach.ts';

/**
 * What tags lead to, of a graph whose tags, revisions and manifests were read and whose layers and data were not: these stay whatever their age, so
 * nobody has to look at them. Everything that a mark settles as `tagged` or `referenced` before it asks for an age is more than this.
 */
export class Firm {
  readonly #graph: Graph;
  readonly #reach: Reach;
  /** Of the repository asked for last. */
  readonly #references: References;
  #repository: number | undefined;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#reach = new Reach(graph);
    this.#references = new References(graph);
    for (const digest of graph.tags.digest) this.#reach.add(digest);
  }

  needsData(digest: number): boolean {
    return this.#reach.has(digest);
  }

  /** Asked for one repository after the other; for each, what is asked costs a walk of its manifests once. */
  needsLayer(repository: number, digest: number): boolean {
    if (this.#repository !== repository) {
      this.#repository = repository;
      this.#references.of(this.#standing(repository));
    }
    return this.#references.has(digest);
  }

  /** Manifests of a repository that stay because of a tag: named by one of its own, or referred to by what a tag somewhere leads to. */
  *#standing(repository: number): Generator<number> {
    for (const row of this.#graph.tagsIn(repository)) yield cell(this.#graph.tags.digest, row);
    for (const row of this.#graph.revisionsIn(repository)) {
      const digest = cell(this.#graph.revisions.digest, row);
      if (this.#reach.isReferred(digest)) yield digest;
    }
  }
}
