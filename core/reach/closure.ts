import type { Digest } from '../oci/digest.ts';
import { digestToken, type HashToken, tagToken, type TokenHash } from '../window/token.ts';
import type { Graph } from './graph.ts';
import { type DecidedItem, type PlanItem, removesManifests } from './planItem.ts';
import { Reach } from './reach.ts';

/**
 * What touches spare: what they name, what that refers to, the digest of a tag, every manifest whose subject is spared, to a fixed point. A touched
 * token that the graph does not know was admitted in this run with all that it refers to, so there is nothing to read.
 *
 * It only grows, as a run's seeds do; adding seeds costs what they newly reach. Two kinds of seeds take two closures: what was touched spares a policy's
 * candidates as well, what has a tombstone of this run (F6) only the collection's.
 */
export class Closure {
  readonly #graph: Graph;
  readonly #hashToken: HashToken;
  readonly #seeds = new Set<TokenHash>();
  readonly #reach: Reach;
  /** Made at the first seed. */
  #leads: readonly ReadonlyMap<TokenHash, number>[] | undefined;

  constructor(graph: Graph, hashToken: HashToken) {
    this.#graph = graph;
    this.#hashToken = hashToken;
    this.#reach = new Reach(graph);
  }

  add(seeds: Iterable<TokenHash>): void {
    this.#leads ??= [this.#manifestLeads(), this.#tagLeads()];
    for (const seed of seeds) {
      this.#seeds.add(seed);
      for (const leads of this.#leads) {
        const digest = leads.get(seed);
        if (digest !== undefined) this.#reach.add(digest);
      }
    }
  }

  has(digest: Digest): boolean {
    const index = this.#graph.digests.find(digest);
    return (index !== undefined && this.#reach.has(index)) || this.#seeds.has(this.#hashToken(digestToken(digest)));
  }

  /** Whether the item stays. A request is carried out whatever touched what it names (G2); of what goes along with it, see `narrowed`. */
  spares(item: PlanItem): boolean {
    switch (item.step) {
      case 'request':
        return false;
      case 'tag':
        return this.#seeds.has(this.#hashToken(tagToken(item.repository, item.tag)));
      case 'layer':
        return this.has(item.digest) || this.has(item.target);
      case 'untagged':
      case 'manifest':
      case 'data':
        return this.has(item.digest);
    }
  }

  /** The item without what is spared of its group: a promise about a child outlives its index. What stays keeps what it refers to, which is spared too. */
  narrowed<I extends DecidedItem>(item: I): I {
    if (!removesManifests(item)) return item;
    return { ...item, group: item.group.filter((member) => member === item.digest || !this.has(member)) };
  }

  /** The digests that lead anywhere, by the hashes of their tokens: manifests and subjects, also those that the graph lacks. */
  #manifestLeads(): ReadonlyMap<TokenHash, number> {
    const { digests, edges } = this.#graph;
    const leads = new Map<TokenHash, number>();
    const lead = (digest: number): void => {
      leads.set(this.#hashToken(digestToken(digests.digest(digest))), digest);
    };
    for (const manifest of edges.manifest) lead(manifest);
    for (const subject of edges.subject) if (subject !== 0) lead(subject - 1);
    return leads;
  }

  /** Apart from manifests: a tag can be given a digest's token, and must not stand in its way. */
  #tagLeads(): ReadonlyMap<TokenHash, number> {
    const leads = new Map<TokenHash, number>();
    for (const [row, digest] of this.#graph.tags.digest.entries()) {
      const { repository, tag } = this.#graph.tagOf(row);
      leads.set(this.#hashToken(tagToken(repository, tag)), digest);
    }
    return leads;
  }
}
