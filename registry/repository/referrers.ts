import type { Digest } from '../../core/oci/digest.ts';
import { ociIndex } from '../../core/oci/mediaType.ts';
import type { RepositoryName } from '../../core/oci/reference.ts';
import type { RepositoryIndex } from './repositoryIndex.ts';
import type { Summary } from './summaries.ts';

interface ReferrerDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The answer of the referrers API (distribution-spec, "Listing Referrers"): an image index. */
export interface ReferrersList {
  readonly schemaVersion: 2;
  readonly mediaType: typeof ociIndex;
  readonly manifests: readonly ReferrerDescriptor[];
}

/** Also for a subject, or a repository, that is not there: then the list is empty. */
export async function listReferrers(
  index: RepositoryIndex,
  repository: RepositoryName,
  subject: Digest,
  artifactType: string | undefined,
  signal: AbortSignal,
): Promise<ReferrersList> {
  const referrers = await index.referrers(repository, subject, signal);
  const wanted = referrers.filter(
    ({ manifest }) => artifactType === undefined || manifest.artifactType === artifactType,
  );
  return { schemaVersion: 2, mediaType: ociIndex, manifests: wanted.map(describe) };
}

function describe({ digest, sizeBytes, manifest }: Summary): ReferrerDescriptor {
  const { mediaType, artifactType, annotations } = manifest;
  return {
    mediaType,
    digest,
    size: sizeBytes,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}
