import { cell, type Flags, integers } from './column.ts';
import type { Graph } from './graph.ts';
import { edgesFrom, edgesTo } from './reach.ts';

/**
 * Bytes that only these manifests lead to, in bytes stored: what their removal frees in the end. `going` are rows of revisions. Looks at what they lead to
 * and at what else leads there, not at the whole graph: one mark may serve a thousand plans.
 */
export function uniqueBytes(graph: Graph, going: ReadonlySet<number>): number {
  const left = new Walk(graph);
  for (const row of going) left.add(cell(graph.revisions.digest, row));
  const needed = new Walk(graph);
  const above = new Above(graph, left);
  for (const digest of left.digests()) {
    const isKept = graph.revisionsOf(digest).some((row) => !going.has(row)) || above.stands(digest);
    if (isKept) needed.add(digest);
  }
  return left.digests().reduce((sum, digest) => sum + (needed.has(digest) ? 0 : graph.sizeOf(digest)), 0);
}

/** What some digests lead to, themselves among it, in the order in which it was met. */
class Walk {
  readonly #graph: Graph;
  readonly #met: Flags;
  readonly #list = integers();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#met = graph.digestSet();
  }

  has(digest: number): boolean {
    return this.#met.has(digest);
  }

  digests(): Uint32Array {
    return this.#list.numbers();
  }

  add(digest: number): void {
    const waiting = [digest];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (!this.#met.add(next)) continue;
      this.#list.push(next);
      for (const to of edgesFrom(this.#graph, next)) waiting.push(to);
    }
  }
}

/** Asks of a digest of `left` whether a manifest outside of it leads there that has a link, or to which one leads that has. */
class Above {
  readonly #graph: Graph;
  readonly #left: Walk;
  /** Outside, without a link, and with nothing above that has one. */
  readonly #barren: Flags;

  constructor(graph: Graph, left: Walk) {
    this.#graph = graph;
    this.#left = left;
    this.#barren = graph.digestSet();
  }

  stands(digest: number): boolean {
    const seen = new Set<number>();
    const waiting = [digest];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const leads of edgesTo(this.#graph, next)) {
        if (this.#left.has(leads) || this.#barren.has(leads) || seen.has(leads)) continue;
        if (this.#graph.revisionsOf(leads).length > 0) return true; // most layers are shared by many: the first is enough
        seen.add(leads);
        waiting.push(leads);
      }
    }
    for (const each of seen) this.#barren.add(each);
    return false;
  }
}
