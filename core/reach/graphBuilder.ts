import type { Digest } from '../oci/digest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';
import { bytes, integers, wideNumbers } from './column.ts';
import { DigestTable } from './digestTable.ts';
import { type Dangling, Graph, type role } from './graph.ts';
import type { InventoryEntry } from './inventory.ts';
import type { Tombstone } from './tombstone.ts';

export interface Edge {
  readonly digest: Digest;
  readonly role: (typeof role)[keyof typeof role];
}

export interface Named {
  readonly by: 'revision' | 'tag' | 'tombstone' | 'parent';
  /** What names it, for a person. */
  readonly object: string;
  readonly digest: Digest;
}

/** Takes in what a mark reads, entry by entry, without an object for any of it. */
export class GraphBuilder {
  readonly digests: DigestTable;
  readonly #repositories: RepositoryName[] = [];
  /** Manifests only: a storage holds a hundredth of what a Set may. */
  readonly #asked = new Set<number>();
  readonly #repositoryIndex = new Map<RepositoryName, number>();
  readonly #tags = { name: [] as Tag[], repository: integers(), digest: integers(), modifiedAt: wideNumbers() };
  readonly #revisions = { repository: integers(), digest: integers(), modifiedAt: wideNumbers() };
  readonly #layers = { repository: integers(), digest: integers(), target: integers(), modifiedAt: wideNumbers() };
  readonly #data = { digest: integers(), sizeBytes: wideNumbers(), modifiedAt: wideNumbers() };
  readonly #edges = {
    manifest: integers(),
    starts: integers(),
    target: integers(),
    role: bytes(),
    subject: integers(),
  };

  constructor(seed: number) {
    this.digests = new DigestTable(seed);
  }

  add(entry: InventoryEntry): void {
    switch (entry.kind) {
      case 'repository':
        this.#repository(entry.repository);
        return;
      case 'tag':
        this.#tags.name.push(entry.tag);
        this.#link(this.#tags, entry);
        return;
      case 'revision':
        this.#link(this.#revisions, entry);
        return;
      case 'layer':
        this.#link(this.#layers, entry);
        this.#layers.target.push(this.digests.intern(entry.target));
        return;
      case 'data':
        this.#data.digest.push(this.digests.intern(entry.digest));
        this.#data.sizeBytes.push(entry.sizeBytes);
        this.#data.modifiedAt.push(entry.modifiedAt);
    }
  }

  /** Once for each manifest. */
  addManifest(digest: Digest, edges: Iterable<Edge>, subject: Digest | undefined): void {
    this.#edges.manifest.push(this.digests.intern(digest));
    this.#edges.starts.push(this.#edges.target.length);
    this.#edges.subject.push(subject === undefined ? 0 : this.digests.intern(subject) + 1);
    for (const edge of edges) {
      this.#edges.target.push(this.digests.intern(edge.digest));
      this.#edges.role.push(edge.role);
    }
  }

  /** Every manifest that something names so far, each once; as a revision's, where one of its names is a revision. */
  *named(tombstones: readonly Tombstone[]): Generator<Named> {
    for (const [by, { repository, digest }] of [
      ['revision', this.#revisions],
      ['tag', this.#tags],
    ] as const) {
      for (const [row, index] of digest.numbers().entries()) {
        const text = this.digests.digest(index);
        if (!this.isNew(text)) continue;
        yield { by, object: `${String(this.#repositories[repository.at(row)])}@${text}`, digest: text };
      }
    }
    for (const { id, digest, group } of tombstones) {
      for (const each of [digest, ...group]) {
        if (this.isNew(each)) yield { by: 'tombstone', object: `tombstone ${id}`, digest: each };
      }
    }
  }

  /** Whether nobody has asked for this manifest's content before. */
  isNew(digest: Digest): boolean {
    const before = this.#asked.size;
    return this.#asked.add(this.digests.intern(digest)).size > before;
  }

  finish(tombstones: readonly Tombstone[], dangling: readonly Dangling[]): Graph {
    for (const tombstone of tombstones) {
      this.#repository(tombstone.repository);
      for (const digest of [tombstone.digest, ...tombstone.group]) this.digests.intern(digest);
    }
    this.#edges.starts.push(this.#edges.target.length);
    return new Graph({
      digests: this.digests,
      repositories: this.#repositories,
      tags: { name: this.#tags.name, ...numbersOf(this.#tags) },
      revisions: numbersOf(this.#revisions),
      layers: { ...numbersOf(this.#layers), target: this.#layers.target.numbers() },
      data: {
        digest: this.#data.digest.numbers(),
        sizeBytes: this.#data.sizeBytes.numbers(),
        modifiedAt: this.#data.modifiedAt.numbers(),
      },
      edges: {
        manifest: this.#edges.manifest.numbers(),
        starts: this.#edges.starts.numbers(),
        target: this.#edges.target.numbers(),
        role: this.#edges.role.numbers(),
        subject: this.#edges.subject.numbers(),
      },
      tombstones,
      dangling,
    });
  }

  #link(rows: LinkColumns, entry: { repository: RepositoryName; digest: Digest; modifiedAt: number }): void {
    rows.repository.push(this.#repository(entry.repository));
    rows.digest.push(this.digests.intern(entry.digest));
    rows.modifiedAt.push(entry.modifiedAt);
  }

  #repository(name: RepositoryName): number {
    const known = this.#repositoryIndex.get(name);
    if (known !== undefined) return known;
    this.#repositoryIndex.set(name, this.#repositories.length);
    return this.#repositories.push(name) - 1;
  }
}

interface LinkColumns {
  readonly repository: ReturnType<typeof integers>;
  readonly digest: ReturnType<typeof integers>;
  readonly modifiedAt: ReturnType<typeof wideNumbers>;
}

function numbersOf(columns: LinkColumns): { repository: Uint32Array; digest: Uint32Array; modifiedAt: Float64Array } {
  return {
    repository: columns.repository.numbers(),
    digest: columns.digest.numbers(),
    modifiedAt: columns.modifiedAt.numbers(),
  };
}
