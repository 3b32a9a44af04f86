import type { Digest } from '../oci/digest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';
import { digestToken, tagToken, type Token } from '../window/token.ts';

/** A tag as the plan saw it. Pushed again, even with the same digest, it is another version, and spared. */
export interface PlannedTag {
  readonly tag: Tag;
  /** The link's time on the storage, ms. */
  readonly modifiedAt: number;
}

/**
 * What a DeleteRequest names. `manifest`: the tombstone covers the digest, `tags` and `group`, and all of their links go in its window.
 * `tag`: only the one tag goes; what `group` names is released once the tombstone lapses.
 */
export interface RequestItem {
  readonly step: 'request';
  readonly kind: 'tag' | 'manifest';
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly tags: readonly PlannedTag[];
  /** Every manifest that goes along, the digest among them; empty where only the tag goes. */
  readonly group: readonly Digest[];
  /** Goes with a later item that refers to it as well; the tombstone names it, too, so that this one can be brought back whole. */
  readonly shared: readonly Digest[];
  /** `namespace/name` of the request. */
  readonly request: string;
  readonly why: string;
}

/** A tag that a policy removes; what `group` names is released once its tombstone lapses. */
export interface TagItem {
  readonly step: 'tag';
  readonly repository: RepositoryName;
  readonly tag: Tag;
  readonly digest: Digest;
  readonly modifiedAt: number;
  readonly group: readonly Digest[];
  readonly why: string;
}

/** An untagged manifest that a policy's rule removes, with a tombstone, and its group with it. */
export interface UntaggedItem {
  readonly step: 'untagged';
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly group: readonly Digest[];
  /** As of a request. */
  readonly shared: readonly Digest[];
  readonly why: string;
}

interface Collected {
  /** Of the graph that the plan was made from. */
  readonly row: number;
}

/** A manifest that nothing reaches: its revision link goes. `released`: a lapsed tombstone named it. */
export interface ManifestItem extends Collected {
  readonly step: 'manifest';
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly why: 'unreachable' | 'released';
}

export interface LayerItem extends Collected {
  readonly step: 'layer';
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly target: Digest;
}

export interface DataItem extends Collected {
  readonly step: 'data';
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What policies and requests name: covered by the plan's digest. */
export type DecidedItem = RequestItem | TagItem | UntaggedItem;
/** What nothing reaches: found anew by every mark, confirmed by earlier ones (G4). */
export type CollectionItem = ManifestItem | LayerItem | DataItem;
export type PlanItem = DecidedItem | CollectionItem;

export type SpareReason =
  /** Promised less than a `promiseTTL` ago. */
  | 'fresh'
  /** Younger than `minAge`. */
  | 'young'
  | 'tombstone'
  | 'protected'
  /** Something that stays refers to it, or is its subject. */
  | 'referenced'
  /** Not every mark that must have named it did (G4). */
  | 'unconfirmed'
  /** Came to the plan after it was approved (G7). */
  | 'notApproved'
  /** A rule would choose it by when it was pushed, and the times of its repository are plainly those of a copy. */
  | 'evidenceReset';

/** R3: what would have gone and stays, and what decided it. */
export interface Spared {
  readonly step: PlanItem['step'];
  /** `repository:tag`, `repository@digest` or a digest. */
  readonly object: string;
  readonly why: SpareReason;
  /** The tag, manifest, tombstone or protection that decided it, where there is one. */
  readonly by?: string;
}

/** Whether the revision links of its group go at once, and not only once a tombstone has lapsed. */
export function removesManifests(item: DecidedItem): boolean {
  return item.step === 'untagged' || (item.step === 'request' && item.kind === 'manifest');
}

/** The tags that go with it. */
export function tagsOfItem(item: DecidedItem): readonly Tag[] {
  switch (item.step) {
    case 'request':
      return item.tags.map(({ tag }) => tag);
    case 'tag':
      return [item.tag];
    case 'untagged':
      return [];
  }
}

/** What the held set must name for this item to go, each once. */
export function tokensOf(item: PlanItem): readonly Token[] {
  switch (item.step) {
    case 'request':
      return [
        ...item.tags.map(({ tag }) => tagToken(item.repository, tag)),
        ...(item.kind === 'manifest' ? item.group : []).map(digestToken),
      ];
    case 'tag':
      return [tagToken(item.repository, item.tag)];
    case 'untagged':
      return item.group.map(digestToken);
    case 'layer':
      return item.target === item.digest
        ? [digestToken(item.digest)]
        : [digestToken(item.digest), digestToken(item.target)];
    case 'manifest':
    case 'data':
      return [digestToken(item.digest)];
  }
}
