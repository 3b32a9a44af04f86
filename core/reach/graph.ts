import type { Digest } from '../oci/digest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';
import { cell, Flags, Grouping } from './column.ts';
import type { DigestTable } from './digestTable.ts';
import type { Tombstone } from './tombstone.ts';

/** What a mark read of one kind: row by row, digests and repositories by their index in the graph. */
export interface LinkRows {
  readonly repository: Uint32Array;
  readonly digest: Uint32Array;
  readonly modifiedAt: Float64Array;
}

export interface TagRows extends LinkRows {
  readonly name: readonly Tag[];
}

/** As `modifiedAt` of a link or data that was not looked at, since a tag leads there: younger than anything, so that nothing takes it for old. */
export const notLookedAt = Infinity;

export interface LayerRows extends LinkRows {
  readonly target: Uint32Array;
}

export interface DataRows {
  readonly digest: Uint32Array;
  /** NaN where nobody looked. */
  readonly sizeBytes: Float64Array;
  readonly modifiedAt: Float64Array;
}

/** The edges of every manifest that could be read: edge `e` of manifest `m` for `starts[m] <= e < starts[m + 1]`. */
export interface EdgeRows {
  readonly manifest: Uint32Array;
  readonly starts: Uint32Array;
  readonly target: Uint32Array;
  readonly role: Uint8Array;
  /** What the manifest says of the size of what it refers to; NaN where it says nothing. */
  readonly sizeBytes: Float64Array;
  /** Per manifest: its subject's index plus one, 0 for none. */
  readonly subject: Uint32Array;
  /** Per manifest: its own size. */
  readonly ownBytes: Float64Array;
}

/** What an edge is, as far as it matters here: a configuration's digest can protect; what is foreign need not be there; a manifest has edges of its own. */
export const role = { plain: 0, config: 1, foreign: 2, manifest: 3 } as const;

/** Something that a tag or a tombstone names and that is not there. Absent is a value: nothing depends on it. */
export interface Dangling {
  readonly object: string;
  readonly missing: Digest;
}

export interface GraphParts {
  readonly digests: DigestTable;
  readonly repositories: readonly RepositoryName[];
  readonly tags: TagRows;
  readonly revisions: LinkRows;
  readonly layers: LayerRows;
  readonly data: DataRows;
  readonly edges: EdgeRows;
  readonly tombstones: readonly Tombstone[];
  readonly dangling: readonly Dangling[];
}

/** The storage as one mark read it, packed. It never changes; rows and indexes mean nothing outside of it. */
export class Graph implements GraphParts {
  readonly digests: DigestTable;
  readonly repositories: readonly RepositoryName[];
  readonly tags: TagRows;
  readonly revisions: LinkRows;
  readonly layers: LayerRows;
  readonly data: DataRows;
  readonly edges: EdgeRows;
  readonly tombstones: readonly Tombstone[];
  readonly dangling: readonly Dangling[];
  readonly #repositoryIndex: ReadonlyMap<RepositoryName, number>;
  /** Manifest number plus one by digest, 0 for none. */
  readonly #manifestOf: Uint32Array;
  readonly #revisionsOf: Grouping;
  readonly #tagsOf: Grouping;
  readonly #referrers: Grouping;
  readonly #tagsIn: Grouping;
  readonly #revisionsIn: Grouping;
  readonly #layersIn: Grouping;
  /** Edges by target; made when it is first asked for. */
  #parents: Grouping | undefined;
  /** By digest; made when it is first asked for. */
  #sizes: Float64Array | undefined;

  constructor(parts: GraphParts) {
    this.digests = parts.digests;
    this.repositories = parts.repositories;
    this.tags = parts.tags;
    this.revisions = parts.revisions;
    this.layers = parts.layers;
    this.data = parts.data;
    this.edges = parts.edges;
    this.tombstones = parts.tombstones;
    this.#repositoryIndex = new Map(parts.repositories.map((name, at) => [name, at]));
    const [digests, repositories] = [parts.digests.size, parts.repositories.length];
    this.#manifestOf = new Uint32Array(digests);
    parts.edges.manifest.forEach((digest, number) => (this.#manifestOf[digest] = number + 1));
    this.#revisionsOf = new Grouping(parts.revisions.digest, digests);
    this.#tagsOf = new Grouping(parts.tags.digest, digests);
    this.#referrers = new Grouping(parts.edges.subject, digests + 1);
    this.#tagsIn = new Grouping(parts.tags.repository, repositories);
    this.#revisionsIn = new Grouping(parts.revisions.repository, repositories);
    this.#layersIn = new Grouping(parts.layers.repository, repositories);
    this.dangling = [...parts.dangling, ...this.#danglingTags()];
  }

  repositoryIndex(name: RepositoryName): number | undefined {
    return this.#repositoryIndex.get(name);
  }

  repositoryName(index: number): RepositoryName {
    const name = this.repositories[index];
    if (name === undefined) throw new RangeError(`no repository ${index}`);
    return name;
  }

  tagOf(row: number): { repository: RepositoryName; tag: Tag; digest: Digest; modifiedAt: number } {
    const tag = this.tags.name[row];
    if (tag === undefined) throw new RangeError(`no tag ${row}`);
    return { tag, ...this.#linkOf(this.tags, row) };
  }

  revisionOf(row: number): { repository: RepositoryName; digest: Digest; modifiedAt: number } {
    return this.#linkOf(this.revisions, row);
  }

  layerOf(row: number): { repository: RepositoryName; digest: Digest; target: Digest } {
    return { ...this.#linkOf(this.layers, row), target: this.digests.digest(cell(this.layers.target, row)) };
  }

  /** Of data that was looked at, as everything is that could go. */
  dataOf(row: number): { digest: Digest; sizeBytes: number } {
    return { digest: this.digests.digest(cell(this.data.digest, row)), sizeBytes: cell(this.data.sizeBytes, row) };
  }

  /** Whether the content of this manifest was read, so that what it refers to is known. */
  isRead(digest: number): boolean {
    return cell(this.#manifestOf, digest) !== 0;
  }

  /** What a manifest refers to, its subject not among it; nothing for what is no manifest. */
  references(digest: number): Uint32Array {
    const [from, to] = this.#edgesOf(digest);
    return this.edges.target.subarray(from, to);
  }

  roles(digest: number): Uint8Array {
    const [from, to] = this.#edgesOf(digest);
    return this.edges.role.subarray(from, to);
  }

  subject(digest: number): number | undefined {
    const number = cell(this.#manifestOf, digest);
    const subject = number === 0 ? 0 : cell(this.edges.subject, number - 1);
    return subject === 0 ? undefined : subject - 1;
  }

  /** Manifests of any repository whose subject this is, also where the subject itself is missing. */
  *referrers(digest: number): Generator<number> {
    for (const manifest of this.#referrers.of(digest + 1)) yield cell(this.edges.manifest, manifest);
  }

  /** Manifests that refer to this digest; a subject is no reference. */
  *parents(digest: number): Generator<number> {
    this.#parents ??= new Grouping(this.edges.target, this.digests.size);
    for (const edge of this.#parents.of(digest))
      yield cell(this.edges.manifest, manifestOfEdge(this.edges.starts, edge));
  }

  /** Bytes of data stored under this digest; of what was not looked at, as a manifest says. 0 where there are none, or nobody says. */
  sizeOf(digest: number): number {
    this.#sizes ??= this.#sizesByDigest();
    return cell(this.#sizes, digest);
  }

  revisionsOf(digest: number): Uint32Array {
    return this.#revisionsOf.of(digest);
  }

  tagsOf(digest: number): Uint32Array {
    return this.#tagsOf.of(digest);
  }

  tagsIn(repository: number): Uint32Array {
    return this.#tagsIn.of(repository);
  }

  revisionsIn(repository: number): Uint32Array {
    return this.#revisionsIn.of(repository);
  }

  layersIn(repository: number): Uint32Array {
    return this.#layersIn.of(repository);
  }

  revisionAt(repository: number, digest: number): number | undefined {
    return this.revisionsOf(digest).find((row) => this.revisions.repository[row] === repository);
  }

  revisionNamed(repository: RepositoryName, digest: Digest): number | undefined {
    const [index, known] = [this.repositoryIndex(repository), this.digests.find(digest)];
    return index === undefined || known === undefined ? undefined : this.revisionAt(index, known);
  }

  /** The rows of tags in this repository that name this digest. */
  tagsAt(repository: number, digest: number): number[] {
    return Array.from(this.tagsOf(digest)).filter((row) => this.tags.repository[row] === repository);
  }

  digestSet(): Flags {
    return new Flags(this.digests.size);
  }

  *#danglingTags(): Generator<Dangling> {
    for (const [row, digest] of this.tags.digest.entries()) {
      if (this.revisionAt(cell(this.tags.repository, row), digest) !== undefined) continue;
      const { repository, tag, digest: missing } = this.tagOf(row);
      yield { object: `${repository}:${tag}`, missing };
    }
  }

  #sizesByDigest(): Float64Array {
    const sizes = new Float64Array(this.digests.size);
    const { manifest, target, sizeBytes, ownBytes } = this.edges;
    const said = new Float64Array(this.digests.size);
    target.forEach((digest, edge) => {
      // Where manifests disagree, the most: which of them was met first depends on the order of a listing (R2).
      if (cell(sizeBytes, edge) > cell(said, digest)) said[digest] = cell(sizeBytes, edge);
    });
    manifest.forEach((digest, number) => (said[digest] = cell(ownBytes, number)));
    this.data.digest.forEach((digest, row) => {
      const looked = cell(this.data.sizeBytes, row);
      sizes[digest] = Number.isNaN(looked) ? cell(said, digest) : looked;
    });
    return sizes;
  }

  #linkOf(rows: LinkRows, row: number): { repository: RepositoryName; digest: Digest; modifiedAt: number } {
    return {
      repository: this.repositoryName(cell(rows.repository, row)),
      digest: this.digests.digest(cell(rows.digest, row)),
      modifiedAt: cell(rows.modifiedAt, row),
    };
  }

  #edgesOf(digest: number): [from: number, to: number] {
    const number = cell(this.#manifestOf, digest);
    return number === 0 ? [0, 0] : [cell(this.edges.starts, number - 1), cell(this.edges.starts, number)];
  }
}

/** The last manifest whose edges start at or before this one. */
function manifestOfEdge(starts: Uint32Array, edge: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (cell(starts, middle) <= edge) low = middle;
    else high = middle;
  }
  return low;
}
