import { manifestObject, parentsFirst } from './canonical.ts';
import { cell, Flags, Grouping, integers } from './column.ts';
import type { Fate, Kind, Marked } from './mark.ts';
import type { CollectionItem, Spared, SpareReason } from './planItem.ts';
import { Standing } from './standing.ts';
import type { Confirmed } from './suspects.ts';

const kinds = ['manifest', 'layer', 'data'] as const satisfies readonly Kind[];
type Rows = Readonly<Record<Kind, Uint32Array>>;

/** What nothing reaches and what is confirmed, in the order in which it goes: rows only, since there may be millions. */
export class Collection {
  readonly #marked: Marked;
  readonly #confirmed: Confirmed['rows'] | undefined;
  readonly #rows: Rows;
  readonly sizeBytes: number;

  /**
   * `confirmed`: `undefined` where nobody asks for what nothing reaches: none of it goes, and none of it is spared. `decided`: revisions that a request or
   * a policy removes in this run; their tombstones keep all that they reach.
   */
  constructor(marked: Marked, confirmed: Confirmed['rows'] | undefined, decided: ReadonlySet<number>) {
    this.#marked = marked;
    this.#confirmed = confirmed;
    if (confirmed === undefined) {
      this.#rows = { manifest: new Uint32Array(), layer: new Uint32Array(), data: new Uint32Array() };
      this.sizeBytes = 0;
      return;
    }
    const going = inRemovalOrder(
      marked,
      confirmed.manifest.filter((row) => !decided.has(row)),
    );
    // As if every removal succeeded: what then still stands in the way of something is known beforehand.
    const standing = new Standing(marked, going);
    const passing = (kind: Kind, rows: Uint32Array): Uint32Array => {
      const passed = integers();
      for (const row of rows) {
        const item = { step: kind, row };
        if (!standing.mayGo(item)) continue;
        standing.went(item);
        passed.push(row);
      }
      return passed.numbers();
    };
    const manifest = passing('manifest', going);
    const layer = passing('layer', confirmed.layer);
    this.#rows = { manifest, layer, data: passing('data', confirmed.data) };
    this.sizeBytes = this.#rows.data.reduce((sum, row) => sum + cell(marked.graph.data.sizeBytes, row), 0);
  }

  count(kind: Kind): number {
    return this.#rows[kind].length;
  }

  /** Manifests, parents before children by references; then links of layers; then data. */
  *items(): Generator<CollectionItem> {
    for (const kind of kinds) for (const row of this.#rows[kind]) yield this.#item(kind, row);
  }

  /** To be asked and told while the items are carried out. */
  standing(): Standing {
    return new Standing(this.#marked, this.#rows.manifest);
  }

  /** R3: suspects that stay this time, and what would be one but for a reason that passes by itself. */
  *spared(): Generator<Spared> {
    if (this.#confirmed === undefined) return;
    for (const kind of kinds) {
      const [goes, isConfirmed] = [this.#flags(kind, this.#rows[kind]), this.#flags(kind, this.#confirmed[kind])];
      for (const row of this.#marked.suspects[kind]) {
        if (goes.has(row)) continue;
        yield this.#spare(kind, row, isConfirmed.has(row) ? 'referenced' : 'unconfirmed');
      }
      for (const fate of passing) for (const row of this.#marked.rows(kind, fate)) yield this.#spare(kind, row, fate);
    }
  }

  #item(kind: Kind, row: number): CollectionItem {
    const { graph } = this.#marked;
    switch (kind) {
      case 'manifest': {
        const { repository, digest } = graph.revisionOf(row);
        return { step: kind, row, repository, digest, why: this.#marked.isReleased(row) ? 'released' : 'unreachable' };
      }
      case 'layer': {
        const { repository, digest, target } = graph.layerOf(row);
        return { step: kind, row, repository, digest, target };
      }
      case 'data':
        return { step: kind, row, ...graph.dataOf(row) };
    }
  }

  #spare(kind: Kind, row: number, why: SpareReason): Spared {
    const item = this.#item(kind, row);
    return {
      step: kind,
      object: item.step === 'data' ? item.digest : manifestObject(item.repository, item.digest),
      why,
    };
  }

  #flags(kind: Kind, rows: Uint32Array): Flags {
    const { revisions, layers, data } = this.#marked.graph;
    const flags = new Flags({ manifest: revisions, layer: layers, data }[kind].digest.length);
    for (const row of rows) flags.add(row);
    return flags;
  }
}

/** Kept only for now: each of these would be a suspect one day. */
const passing = ['protected', 'tombstone', 'fresh', 'young'] as const satisfies readonly (Fate & SpareReason)[];

function inRemovalOrder({ graph }: Marked, rows: Uint32Array): Uint32Array {
  const digests = rows.map((row) => cell(graph.revisions.digest, row));
  const rowsOf = new Grouping(digests, graph.digests.size);
  return Uint32Array.from(
    parentsFirst(graph, digests).flatMap((digest) => [...rowsOf.of(digest)].map((at) => cell(rows, at))),
  );
}
