import { createHash } from 'node:crypto';
import { type Digest, type DigestAlgorithm, digestOf } from '../../core/oci/digest.ts';

/** Small images of the shapes that registries meet, the same for the same seed. */

export interface Blob {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

export interface ManifestDocument {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** One thing to push: its blobs, then its manifests in order, of which the last is what gets the tag. */
export interface Image {
  readonly blobs: readonly Blob[];
  readonly manifests: readonly ManifestDocument[];
}

export const mediaTypes = {
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

export function digestOfBytes(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  const digest = digestOf(algorithm, createHash(algorithm).update(bytes).digest('hex'));
  if (digest === undefined) throw new Error('a hash that is no digest');
  return digest;
}

export function topOf(image: Image): ManifestDocument {
  const top = image.manifests.at(-1);
  if (top === undefined) throw new Error('an image without a manifest');
  return top;
}

/** Bytes that look random and depend on the seed alone. */
export function layer(seed: string, sizeBytes: number, algorithm: DigestAlgorithm = 'sha256'): Blob {
  const parts: Buffer[] = [];
  for (let size = 0, part = 0; size < sizeBytes; part += 1) {
    const bytes = createHash('sha512').update(`${seed}/${part}`).digest();
    parts.push(bytes);
    size += bytes.length;
  }
  return blobOf(Buffer.concat(parts).subarray(0, sizeBytes), algorithm);
}

/** An image of its own configuration and the given layers. */
export function imageOf(seed: string, layers: readonly Blob[]): Image {
  const config = blobOf(
    json({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] }, author: seed }),
  );
  const manifest = manifestOf(mediaTypes.image, {
    config: descriptor(mediaTypes.config, config),
    layers: layers.map((blob) => descriptor(mediaTypes.layer, blob)),
  });
  return { blobs: [config, ...layers], manifests: [manifest] };
}

/** An index over images, as a multi-platform build pushes it. */
export function indexOf(images: readonly Image[]): Image {
  const tops = images.map(topOf);
  const index = manifestOf(mediaTypes.index, { manifests: tops.map((top) => descriptor(top.mediaType, top)) });
  return {
    blobs: images.flatMap(({ blobs }) => blobs),
    manifests: [...images.flatMap(({ manifests }) => manifests), index],
  };
}

/** An artifact that refers to a subject, as signatures and bills of materials do. */
export function artifactFor(subject: ManifestDocument, seed: string): Image {
  const config = blobOf(json({}));
  const content = layer(`artifact ${seed}`, 256);
  const manifest = manifestOf(mediaTypes.image, {
    artifactType: 'application/vnd.example.sbom.v1',
    config: descriptor(mediaTypes.empty, config),
    layers: [descriptor('application/vnd.example.sbom.v1', content)],
    subject: descriptor(subject.mediaType, subject),
  });
  return { blobs: [config, content], manifests: [manifest] };
}

export function manifestOf(mediaType: string, fields: Readonly<Record<string, unknown>>): ManifestDocument {
  return { ...blobOf(json({ schemaVersion: 2, mediaType, ...fields })), mediaType };
}

export function descriptor(mediaType: string, { digest, bytes }: Blob): object {
  return { mediaType, digest, size: bytes.length };
}

export function blobOf(bytes: Buffer, algorithm: DigestAlgorithm = 'sha256'): Blob {
  return { bytes, digest: digestOfBytes(bytes, algorithm) };
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
