import type { Platform } from '../../core/oci/descriptor.ts';
import { readManifest } from '../../core/oci/manifest.ts';
import type { Happening } from '../http/happenings.ts';
import { type LocationSettings, locationOf } from '../http/locations.ts';

/** What an event is about. As distribution writes it, three fields are always there, and the others where they say something. Sizes in bytes. */
export interface Target {
  /** Empty in a deletion. */
  readonly mediaType: string;
  /** Empty where a tag was deleted. */
  readonly digest: string;
  /** 0 in a deletion. */
  readonly size: number;
  /** The same as `size`, by its oldest name. */
  readonly length?: number;
  readonly repository: string;
  /** Where a mounted blob came from. */
  readonly fromRepository?: string;
  /** Of the content itself; absolute where it is known how clients reach this registry. */
  readonly url?: string;
  readonly tag?: string;
  /** What a manifest refers to. */
  readonly references?: readonly Reference[];
}

interface Reference {
  readonly mediaType?: string;
  readonly digest: string;
  readonly size?: number;
  readonly urls?: readonly string[];
  readonly platform?: Platform;
}

export interface TargetSettings {
  /** As of the registry API. */
  readonly locations: LocationSettings;
  readonly includeReferences: boolean;
}

/** The format has room for one tag: a manifest that was pushed with several is as many targets. */
export function targetsOf(happening: Happening, settings: TargetSettings): readonly Target[] {
  const { repository } = happening;
  switch (happening.is) {
    case 'manifestPulled': {
      const { tag } = happening;
      return [{ ...manifestOf(happening, settings), ...(tag === undefined ? {} : { tag }) }];
    }
    case 'manifestPushed': {
      const target = manifestOf(happening, settings);
      return happening.tags.length === 0 ? [target] : happening.tags.map((tag) => ({ ...target, tag }));
    }
    case 'blobPulled':
    case 'blobPushed':
      return [blobOf(happening, settings)];
    case 'blobMounted':
      return [{ ...blobOf(happening, settings), fromRepository: happening.from }];
    case 'manifestDeleted':
    case 'blobDeleted':
      return [{ ...gone, digest: happening.digest, repository }];
    case 'tagDeleted':
      return [{ ...gone, repository, tag: happening.tag }];
  }
}

const gone = { mediaType: '', digest: '', size: 0 };

type Manifest = Extract<Happening, { readonly is: 'manifestPulled' | 'manifestPushed' }>;
type Blob = Extract<Happening, { readonly is: 'blobPulled' | 'blobPushed' | 'blobMounted' }>;

function manifestOf(manifest: Manifest, { locations, includeReferences }: TargetSettings): Target {
  const { mediaType, bytes } = manifest;
  return {
    ...{ mediaType, ...contentOf(manifest, 'manifests', locations) },
    ...(includeReferences ? { references: referencesOf(bytes, mediaType) } : {}),
  };
}

/** What a blob is, only its manifest says. */
function blobOf(blob: Blob, { locations }: TargetSettings): Target {
  return { mediaType: 'application/octet-stream', ...contentOf(blob, 'blobs', locations) };
}

function contentOf(
  { repository, by, digest, sizeBytes }: Manifest | Blob,
  kind: 'manifests' | 'blobs',
  locations: LocationSettings,
): Omit<Target, 'mediaType'> {
  // Whoever is told did not ask us: a path alone would say nothing to it.
  const url = locationOf({ ...locations, relativeUrls: false }, by.calledAs, `/v2/${repository}/${kind}/${digest}`);
  return { digest, size: sizeBytes, length: sizeBytes, repository, url };
}

/** A document that is stored here and not understood is served all the same: of what it refers to there is nothing to say. */
function referencesOf(bytes: Uint8Array, mediaType: string): readonly Reference[] {
  const reading = readManifest(Buffer.from(bytes).toString(), mediaType);
  if (reading.is === 'notUnderstood') return [];
  return reading.manifest.references.map(({ mediaType: type, digest, sizeBytes, urls, platform }) => ({
    ...(type === undefined ? {} : { mediaType: type }),
    digest,
    ...(sizeBytes === undefined ? {} : { size: sizeBytes }),
    ...(urls === undefined ? {} : { urls }),
    ...(platform === undefined ? {} : { platform }),
  }));
}
