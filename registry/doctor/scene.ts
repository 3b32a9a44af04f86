import type { Digest } from '../../core/oci/digest.ts';
import type { BlobTable } from './blobTable.ts';
import type { Found } from './findings.ts';
import type { Looks } from './looks.ts';
import type { Newest } from './newest.ts';

/** How much there is. */
export interface Counts {
  repositories: number;
  tags: number;
  /** Links of manifests, each repository’s for itself. */
  manifests: number;
  layerLinks: number;
  blobs: number;
  bytes: number;
  uploads: number;
}

/** What every part of an examination works with. */
export interface Scene {
  readonly looks: Looks;
  readonly found: Found;
  readonly blobs: BlobTable;
  readonly counts: Counts;
  readonly newest: Newest;
  /** Whether each directory of a link or a blob is listed, too. */
  readonly isDeep: boolean;
}

/** What one repository has: by the names of its links, as far as links and bytes stand. */
export interface Standing {
  readonly manifests: DigestSet;
  readonly layers: DigestSet;
}

export interface DigestSet {
  readonly size: number;
  has(digest: Digest): boolean;
}
