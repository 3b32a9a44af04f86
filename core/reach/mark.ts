import { sortedData, sortedLayers, sortedRevisions } from './canonical.ts';
import { cell, Flags, integers } from './column.ts';
import type { Graph } from './graph.ts';
import { known } from './known.ts';
import type { Protections } from './protections.ts';
import { neededLinks, Reach } from './reach.ts';
import { groupPairs, type Pair, protectedDigests } from './roots.ts';

export interface MarkInput {
  /** The storage's clock, read before the first root, ms. */
  readonly now: number;
  /** How long a link counts as fresh: `promiseTTL` and a quarter, because a promise renews only what is older than a quarter. */
  readonly freshMs: number;
  readonly minAgeMs: number;
  readonly untagged: 'Keep' | 'Delete';
  readonly protections: Protections;
}

/** Why something stays, the firmest reason first. Those from `protected` on pass by themselves one day. */
const fates = ['suspect', 'tagged', 'untaggedKept', 'referenced', 'protected', 'tombstone', 'fresh', 'young'] as const;
export type Fate = (typeof fates)[number];

const code = Object.fromEntries(fates.map((fate, at) => [fate, at])) as Record<Fate, number>;

const fateOf = new Map(fates.entries());

export type Kind = 'manifest' | 'layer' | 'data';

interface Found {
  readonly fates: Readonly<Record<Kind, Uint8Array>>;
  readonly released: Flags;
  readonly linkless: ReadonlyMap<number, ReadonlySet<number>>;
}

/** What one mark found. Rows are rows of its graph; suspects stand in canonical order. */
export class Marked {
  readonly graph: Graph;
  readonly input: MarkInput;
  readonly suspects: Readonly<Record<Kind, Uint32Array>>;
  /** Roots whose revision link does not stand, by repository: of tombstones, and of tags that dangle. Digests. */
  readonly linkless: ReadonlyMap<number, ReadonlySet<number>>;
  readonly #fates: Readonly<Record<Kind, Uint8Array>>;
  readonly #released: Flags;

  constructor(graph: Graph, input: MarkInput, found: Found) {
    this.graph = graph;
    this.input = input;
    this.linkless = found.linkless;
    this.#fates = found.fates;
    this.#released = found.released;
    this.suspects = {
      manifest: sortedRevisions(graph, rowsOf(found.fates.manifest, 'suspect')),
      layer: sortedLayers(graph, rowsOf(found.fates.layer, 'suspect')),
      data: sortedData(graph, rowsOf(found.fates.data, 'suspect')),
    };
  }

  fate(kind: Kind, row: number): Fate {
    return known(fateOf, cell(this.#fates[kind], row));
  }

  /** A lapsed tombstone named it, and nobody touched it since. */
  isReleased(revision: number): boolean {
    return this.#released.has(revision);
  }

  rows(kind: Kind, fate: Fate): Uint32Array {
    return rowsOf(this.#fates[kind], fate);
  }
}

function rowsOf(found: Uint8Array, fate: Fate): Uint32Array {
  const rows = integers();
  for (const [row, at] of found.entries()) if (at === code[fate]) rows.push(row);
  return rows.numbers();
}

/** Finds what nothing reaches. Everything it does not name stays. */
export function mark(graph: Graph, input: MarkInput): Marked {
  return new Marking(graph, input).run();
}

class Marking {
  readonly #graph: Graph;
  readonly #input: MarkInput;
  readonly #reach: Reach;
  readonly #fates: Record<Kind, Uint8Array>;
  readonly #released: Flags;
  readonly #linkless = new Map<number, Set<number>>();
  readonly #protected: ReadonlySet<number>;

  constructor(graph: Graph, input: MarkInput) {
    this.#graph = graph;
    this.#input = input;
    this.#reach = new Reach(graph);
    this.#fates = {
      manifest: new Uint8Array(graph.revisions.digest.length),
      layer: new Uint8Array(graph.layers.digest.length),
      data: new Uint8Array(graph.data.digest.length),
    };
    this.#released = new Flags(graph.revisions.digest.length);
    this.#protected = protectedDigests(graph, input.protections);
  }

  run(): Marked {
    this.#release();
    this.#rootTags();
    if (this.#input.untagged === 'Keep') this.#root('untaggedKept', (row) => !this.#released.has(row));
    this.#settleReferenced();
    for (const digest of this.#protected) this.#reach.add(digest);
    this.#root('protected', (row) => this.#protected.has(cell(this.#graph.revisions.digest, row)));
    this.#rootTombstones();
    this.#root('fresh', (row) => this.#isWithin(cell(this.#graph.revisions.modifiedAt, row), this.#input.freshMs));
    this.#root('young', (row) => this.#isWithin(cell(this.#graph.revisions.modifiedAt, row), this.#input.minAgeMs));
    this.#settleReferenced();
    this.#settleLayers();
    this.#settleData();
    return new Marked(this.#graph, this.#input, {
      fates: this.#fates,
      released: this.#released,
      linkless: this.#linkless,
    });
  }

  /** What a lapsed tombstone names counts as untagged garbage even where untagged manifests are kept, unless it was touched since. */
  #release(): void {
    for (const tombstone of this.#graph.tombstones) {
      if (tombstone.until >= this.#input.now) continue;
      for (const { repository, digest } of groupPairs(this.#graph, tombstone)) {
        const row = this.#graph.revisionAt(repository, digest);
        if (row !== undefined && cell(this.#graph.revisions.modifiedAt, row) < tombstone.at) this.#released.add(row);
      }
    }
  }

  #rootTags(): void {
    const { repository, digest } = this.#graph.tags;
    for (const row of digest.keys())
      this.#rootPair({ repository: cell(repository, row), digest: cell(digest, row) }, 'tagged');
  }

  #rootTombstones(): void {
    for (const tombstone of this.#graph.tombstones) {
      if (tombstone.until < this.#input.now) continue;
      for (const pair of groupPairs(this.#graph, tombstone)) this.#rootPair(pair, 'tombstone');
    }
  }

  #rootPair({ repository, digest }: Pair, fate: Fate): void {
    this.#reach.add(digest);
    const row = this.#graph.revisionAt(repository, digest);
    if (row !== undefined) this.#settle('manifest', row, fate);
    else this.#linklessIn(repository).add(digest);
  }

  /** Every revision that is not settled yet and that `applies` to. */
  #root(fate: Fate, applies: (row: number) => boolean): void {
    for (const [row, digest] of this.#graph.revisions.digest.entries()) {
      if (this.#isSettled('manifest', row) || !applies(row)) continue;
      this.#settle('manifest', row, fate);
      this.#reach.add(digest);
    }
  }

  #settleReferenced(): void {
    for (const [row, digest] of this.#graph.revisions.digest.entries()) {
      if (this.#reach.isReferred(digest)) this.#settle('manifest', row, 'referenced');
    }
  }

  #settleLayers(): void {
    const { digest, target, modifiedAt } = this.#graph.layers;
    const needed = neededLinks(this.#graph, (repository) => this.#standing(repository));
    for (const row of digest.keys()) {
      const [name, meant, at] = [cell(digest, row), cell(target, row), cell(modifiedAt, row)];
      if (needed.has(row)) this.#settle('layer', row, 'referenced');
      else if (this.#protected.has(name) || this.#protected.has(meant)) this.#settle('layer', row, 'protected');
      else if (this.#isWithin(at, this.#input.freshMs)) this.#settle('layer', row, 'fresh');
      else if (this.#isWithin(at, this.#input.minAgeMs)) this.#settle('layer', row, 'young');
      else continue;
      this.#reach.add(name);
      this.#reach.add(meant);
    }
  }

  #settleData(): void {
    const { digest, modifiedAt } = this.#graph.data;
    for (const row of digest.keys()) {
      if (this.#reach.has(cell(digest, row))) this.#settle('data', row, 'referenced');
      else if (this.#isWithin(cell(modifiedAt, row), this.#input.minAgeMs)) this.#settle('data', row, 'young');
    }
  }

  *#standing(repository: number): Generator<number> {
    for (const row of this.#graph.revisionsIn(repository)) {
      if (this.#isSettled('manifest', row)) yield cell(this.#graph.revisions.digest, row);
    }
    yield* this.#linkless.get(repository) ?? [];
  }

  #linklessIn(repository: number): Set<number> {
    const known = this.#linkless.get(repository);
    if (known !== undefined) return known;
    const digests = new Set<number>();
    this.#linkless.set(repository, digests);
    return digests;
  }

  #isWithin(at: number, ms: number): boolean {
    return at > this.#input.now - ms;
  }

  #isSettled(kind: Kind, row: number): boolean {
    return this.#fates[kind][row] !== code.suspect;
  }

  /** The first reason stands: they are asked from the firmest on. */
  #settle(kind: Kind, row: number, fate: Fate): void {
    if (!this.#isSettled(kind, row)) this.#fates[kind][row] = code[fate];
  }
}
