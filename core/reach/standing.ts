import { cell, Flags } from './column.ts';
import type { Graph } from './graph.ts';
import type { Marked } from './mark.ts';
import type { CollectionItem } from './planItem.ts';
import { neededLinks, Reach } from './reach.ts';

/** As much of an item as its standing depends on. */
export type StandingItem = Pick<CollectionItem, 'step' | 'row'>;

/**
 * What stays keeps what it refers to, reachable or not: a manifest that is not yet confirmed, that was spared, that could not be removed, keeps its
 * children, its layers' links and their data. Ask right before each removal, in the plan's order, and tell what came of it: what nothing was told
 * about counts as standing.
 */
export class Standing {
  readonly #graph: Graph;
  readonly #linkless: Marked['linkless'];
  /** From manifests that this run does not remove. */
  readonly #stays: Reach;
  readonly #gone: { readonly manifest: Flags; readonly layer: Flags };
  #neededLinks: Flags | undefined;
  #neededData: Flags | undefined;

  /** `going`: the revisions that this run would remove. What requests removed in this run still stands here: its tombstone keeps everything. */
  constructor({ graph, linkless }: Marked, going: Iterable<number>) {
    this.#graph = graph;
    this.#linkless = linkless;
    this.#gone = { manifest: new Flags(graph.revisions.digest.length), layer: new Flags(graph.layers.digest.length) };
    const goes = new Flags(graph.revisions.digest.length);
    for (const row of going) goes.add(row);
    this.#stays = this.#reachOf((row) => !goes.has(row));
  }

  mayGo(item: StandingItem): boolean {
    switch (item.step) {
      case 'manifest': {
        const digest = cell(this.#graph.revisions.digest, item.row);
        return !this.#stays.isReferred(digest) && !this.#hasStandingParent(digest);
      }
      case 'layer':
        this.#neededLinks ??= neededLinks(this.#graph, (repository) => this.#standingIn(repository));
        return !this.#neededLinks.has(item.row);
      case 'data':
        this.#neededData ??= this.#findNeededData();
        return !this.#neededData.has(cell(this.#graph.data.digest, item.row));
    }
  }

  /** It stays after all: spared, or its removal failed. */
  keep(item: StandingItem): void {
    if (item.step !== 'manifest') return; // a link or data that is told nothing about stands anyway
    this.#stays.add(cell(this.#graph.revisions.digest, item.row));
  }

  went(item: StandingItem): void {
    if (item.step === 'data') return;
    this.#gone[item.step].add(item.row);
    this.#neededData = undefined;
    if (item.step === 'manifest') this.#neededLinks = undefined;
  }

  #hasStandingParent(digest: number): boolean {
    for (const parent of this.#graph.parents(digest)) {
      if (this.#graph.revisionsOf(parent).some((row) => this.#stands(row))) return true;
    }
    return false;
  }

  #stands(row: number): boolean {
    return !this.#gone.manifest.has(row);
  }

  #standingIn(repository: number): number[] {
    const digests = [...(this.#linkless.get(repository) ?? [])];
    for (const row of this.#graph.revisionsIn(repository)) {
      if (this.#stands(row)) digests.push(cell(this.#graph.revisions.digest, row));
    }
    return digests;
  }

  #findNeededData(): Flags {
    const needed = this.#graph.digestSet();
    const reach = this.#reachOf((row) => this.#stands(row));
    const { digest, target } = this.#graph.layers;
    for (let each = 0; each < this.#graph.digests.size; each++) if (reach.has(each)) needed.add(each);
    for (const link of digest.keys()) {
      if (this.#gone.layer.has(link)) continue;
      needed.add(cell(digest, link));
      needed.add(cell(target, link));
    }
    return needed;
  }

  #reachOf(stands: (row: number) => boolean): Reach {
    const reach = new Reach(this.#graph);
    for (const [row, digest] of this.#graph.revisions.digest.entries()) if (stands(row)) reach.add(digest);
    for (const digests of this.#linkless.values()) for (const digest of digests) reach.add(digest);
    return reach;
  }
}
