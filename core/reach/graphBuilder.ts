import type { Digest } from '../oci/digest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';
import { bytes, Flags, integers, wideNumbers } from './column.ts';
import { DigestTable } from './digestTable.ts';
import { type Dangling, Graph, type GraphParts, notLookedAt, type role } from './graph.ts';
import type { LayerEntry, Look, RepositoryEntry, RevisionEntry, TagEntry } from './inventory.ts';
import { Tagged } from './tagged.ts';
import type { Tombstone } from './tombstone.ts';

export interface Edge {
  readonly digest: Digest;
  readonly role: (typeof role)[keyof typeof role];
  /** As the manifest says; absent: it says nothing. */
  readonly sizeBytes?: number | undefined;
}

export interface Named {
  readonly by: 'revision' | 'tag' | 'tombstone' | 'parent';
  /** What names it, for a person: made when it is asked for, since nearly nobody does. */
  readonly object: () => string;
  readonly digest: number;
}

/** Takes in what a mark reads, entry by entry, without an object for any of it. Digests are numbers of its table. */
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
    sizeBytes: wideNumbers(),
    subject: integers(),
    ownBytes: wideNumbers(),
  };

  constructor(seed: number) {
    this.digests = new DigestTable(seed);
  }

  add(entry: RepositoryEntry | TagEntry): void {
    if (entry.kind === 'repository') {
      this.repositoryIndex(entry.repository);
      return;
    }
    this.#tags.name.push(entry.tag);
    this.#link(this.#tags, this.digests.intern(entry.digest), entry);
  }

  /** `look` absent, here and below: nobody looked at it. */
  addRevision(name: number, { repository }: RevisionEntry, look: Look | undefined): void {
    this.#link(this.#revisions, name, { repository, modifiedAt: look?.modifiedAt ?? notLookedAt });
  }

  addLayer(name: number, { repository, digest, target }: LayerEntry, look: Look | undefined): void {
    this.#link(this.#layers, name, { repository, modifiedAt: look?.modifiedAt ?? notLookedAt });
    const meant = look?.target ?? target;
    this.#layers.target.push(meant === digest ? name : this.digests.intern(meant));
  }

  addData(name: number, look: Look | undefined): void {
    this.#data.digest.push(name);
    this.#data.sizeBytes.push(look?.sizeBytes ?? NaN);
    this.#data.modifiedAt.push(look?.modifiedAt ?? notLookedAt);
  }

  /** Once for each manifest. */
  addManifest(digest: number, edges: Iterable<Edge>, subject: Digest | undefined, ownBytes: number): void {
    const known = subject === undefined ? undefined : this.digests.intern(subject);
    this.beginManifest(digest, known, ownBytes);
    for (const edge of edges) this.addEdge(this.digests.intern(edge.digest), edge.role, edge.sizeBytes ?? NaN);
  }

  /** The same in numbers alone; its edges follow. */
  beginManifest(digest: number, subject: number | undefined, ownBytes: number): void {
    this.#edges.manifest.push(digest);
    this.#edges.starts.push(this.#edges.target.length);
    this.#edges.subject.push(subject === undefined ? 0 : subject + 1);
    this.#edges.ownBytes.push(ownBytes);
  }

  addEdge(target: number, role: Edge['role'], sizeBytes: number): void {
    this.#edges.target.push(target);
    this.#edges.role.push(role);
    this.#edges.sizeBytes.push(sizeBytes);
  }

  /** Every manifest that something names so far, each once; as a revision's, where one of its names is a revision. */
  *named(tombstones: readonly Tombstone[]): Generator<Named> {
    for (const [by, { repository, digest }] of [
      ['revision', this.#revisions],
      ['tag', this.#tags],
    ] as const) {
      for (const [row, each] of digest.numbers().entries()) {
        if (!this.isNew(each)) continue;
        const object = (): string => `${String(this.#repositories[repository.at(row)])}@${this.digests.digest(each)}`;
        yield { by, object, digest: each };
      }
    }
    for (const { id, digest, group } of tombstones) {
      for (const each of [digest, ...group].map((name) => this.digests.intern(name))) {
        if (this.isNew(each)) yield { by: 'tombstone', object: () => `tombstone ${id}`, digest: each };
      }
    }
  }

  /** By the tags that were taken in until now. */
  tagged(): Tagged {
    const { repository, digest } = numbersOf(this.#tags);
    return new Tagged({ repository, digest }, this.#repositories.length, this.digests.size);
  }

  /** Those of these digests under which no data were listed. */
  withoutData(digests: Iterable<number>): Set<number> {
    const stored = new Flags(this.digests.size);
    for (const digest of this.#data.digest.numbers()) stored.add(digest);
    const absent = new Set<number>();
    for (const digest of digests) if (!stored.has(digest)) absent.add(digest);
    return absent;
  }

  /** Whether nobody has asked for this manifest's content before. */
  isNew(digest: number): boolean {
    const before = this.#asked.size;
    return this.#asked.add(digest).size > before;
  }

  finish(tombstones: readonly Tombstone[], dangling: readonly Dangling[]): Graph {
    for (const tombstone of tombstones) {
      this.repositoryIndex(tombstone.repository);
      for (const digest of [tombstone.digest, ...tombstone.group]) this.digests.intern(digest);
    }
    return this.soFar(tombstones, dangling);
  }

  /** What was taken in until now; what follows does not change it. */
  soFar(tombstones: readonly Tombstone[] = [], dangling: readonly Dangling[] = []): Graph {
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
      edges: this.#edgeRows(),
      tombstones,
      dangling,
    });
  }

  #link(rows: LinkColumns, digest: number, link: { repository: RepositoryName; modifiedAt: number }): void {
    rows.repository.push(this.repositoryIndex(link.repository));
    rows.digest.push(digest);
    rows.modifiedAt.push(link.modifiedAt);
  }

  #edgeRows(): GraphParts['edges'] {
    const { manifest, target, role: roles, sizeBytes, subject, ownBytes } = this.#edges;
    const starts = new Uint32Array(manifest.length + 1);
    starts.set(this.#edges.starts.numbers());
    starts[manifest.length] = target.length;
    return {
      ...{ manifest: manifest.numbers(), starts },
      ...{ target: target.numbers(), role: roles.numbers(), sizeBytes: sizeBytes.numbers() },
      ...{ subject: subject.numbers(), ownBytes: ownBytes.numbers() },
    };
  }

  repositoryIndex(name: RepositoryName): number {
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
