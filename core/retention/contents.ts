import type { Digest } from '../oci/digest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';

/** The evidence that rules ask for: ms on the storage's clock. `undefined`: not known, which keeps (R1). */
export interface Evidence {
  readonly pushedAt: number | undefined;
  /** The last pull that is known. */
  readonly pulledAt: number | undefined;
  /** Since when no pull goes unrecorded: what has no `pulledAt` was not pulled since. Absent: there is no such record, and `pulledAt` says all that is known. */
  readonly pullsSince?: number | undefined;
}

export interface TaggedManifest extends Evidence {
  readonly tag: Tag;
  readonly digest: Digest;
}

/** A manifest that no tag of its repository names. */
export interface UntaggedManifest extends Evidence {
  readonly digest: Digest;
}

/** All that retention looks at in one repository. Each tag is there once, and so is each untagged manifest. */
export interface RepositoryContents {
  readonly repository: RepositoryName;
  readonly tags: readonly TaggedManifest[];
  readonly untagged: readonly UntaggedManifest[];
}
