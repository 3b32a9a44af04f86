import type { Digest } from '../../../core/oci/digest.ts';
import type { RepositoryName } from '../../../core/oci/reference.ts';

/** Who needs a digest in a repository, asked of the storage now (D3). */
export interface Referrers {
  /** Manifests of this repository, their revision link standing, that refer to `digest` as child, config or layer (not as subject). */
  of(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<readonly Digest[]>;
  /** What would go along with a manifest: its children, at any depth, and referrers that stand in this repository. */
  along(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<readonly Digest[]>;
}
