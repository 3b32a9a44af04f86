import type { Digest } from '../oci/digest.ts';
import type { ManifestReading } from '../oci/manifest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';
import type { Cancellation } from './cancellation.ts';
import type { Tombstone } from './tombstone.ts';

/** One thing found on the storage. Every `modifiedAt` is the storage's own modification time, in ms. */
export type InventoryEntry = RepositoryEntry | TagEntry | RevisionEntry | LayerEntry | DataEntry;

export interface RepositoryEntry {
  readonly kind: 'repository';
  readonly repository: RepositoryName;
}

export interface TagEntry {
  readonly kind: 'tag';
  readonly repository: RepositoryName;
  readonly tag: Tag;
  readonly digest: Digest;
  /** When the tag was pushed, and its version: the same digest pushed again is another version. */
  readonly modifiedAt: number;
}

export interface RevisionEntry {
  readonly kind: 'revision';
  readonly repository: RepositoryName;
  readonly digest: Digest;
}

export interface LayerEntry {
  readonly kind: 'layer';
  readonly repository: RepositoryName;
  /** As the link is named. */
  readonly digest: Digest;
  /** As the link says. Distribution names a blob of sha512 by a link to its sha256: both are meant. */
  readonly target: Digest;
}

export interface DataEntry {
  readonly kind: 'data';
  readonly digest: Digest;
}

/** What stands by its name alone where something needs it. */
export type LookedAt = RevisionEntry | LayerEntry | DataEntry;

/** What is asked of the links and data that nothing is known to need: whether they are there at all, and since when. */
export interface Look {
  /** Of data; of a link it means nothing. */
  readonly sizeBytes: number;
  /** Of a revision: when a promise last renewed its link. */
  readonly modifiedAt: number;
  /** Of a layer's link: what its content says, where that is another digest than was listed. */
  readonly target?: Digest;
}

export interface StoredManifest {
  readonly reading: ManifestReading;
  readonly sizeBytes: number;
}

/**
 * The storage as a mark reads it. Batches are asynchronous so that a worker may serve them with synchronous calls and a simulator step by step.
 *
 * A read that fails, a link that is empty, a name that does not parse: all reject, best with a `Doubt`, and take the whole mark with them (G1).
 */
export interface Inventory {
  /**
   * Everything, in this order: repositories and tags, then revisions, then layers, then data. Roots come before the lists of what may go,
   * so that what becomes reachable between the two is found reachable. An entry out of order is refused. All but tags by their names alone: most of
   * them something needs, and then neither their age nor their presence decides anything.
   */
  entries(signal: Cancellation): AsyncIterable<readonly InventoryEntry[]>;
  /**
   * Asked twice, before all entries and after the revisions: a deletion writes its tombstone before it removes links, an undelete removes it
   * after it wrote them, so that one of the two lists shows what the revisions do not.
   */
  tombstones(signal: Cancellation): Promise<readonly Tombstone[]>;
  /** `undefined`: there is no such data. May be asked for several at once. */
  manifest(digest: Digest, signal: Cancellation): Promise<StoredManifest | undefined>;
  /** Of each of these, in their order; `undefined`: it was listed and is not there, as an interrupted removal leaves it. */
  look(entries: readonly LookedAt[], signal: Cancellation): Promise<readonly (Look | undefined)[]>;
}
