import type { Digest } from '../oci/digest.ts';
import type { RepositoryName, Tag } from '../oci/reference.ts';

/**
 * What must not go, of all sources together (G3). A digest protects in every repository, whatever the host in front of it; a digest of a
 * configuration (an image ID) protects the manifests that name it.
 */
export interface Protections {
  readonly digests: readonly Digest[];
  readonly tags: readonly { readonly repository: RepositoryName; readonly tag: Tag }[];
}
