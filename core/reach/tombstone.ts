import type { Digest } from '../oci/digest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';

/** The record of a deleted tag or manifest. Until `until` it is a root (G3); after that it is the release of its group, and never acts a second time. */
export interface Tombstone {
  readonly id: string;
  readonly repository: RepositoryName;
  readonly kind: 'tag' | 'manifest';
  readonly digest: Digest;
  /** The tags that went with it. */
  readonly tags: readonly Tag[];
  /** Every manifest that went along or, for a tag that a policy removed, is released once this lapses. */
  readonly group: readonly Digest[];
  /** Storage time, ms. */
  readonly at: number;
  /** Storage time, ms: until then the deletion can be undone. */
  readonly until: number;
  readonly who: string;
  readonly why: string;
  /** The request that was carried out, so that a claim repeated after a crash finds its own tombstone. */
  readonly request?: string;
}
