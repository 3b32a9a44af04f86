import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Blob, digestOfBytes, type Image, topOf } from '../load/images.ts';
import { tarOf } from '../image/tar.ts';

const imageType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';

/** An image for two platforms whose layers are archives, so that programs that unpack images take it. */
export async function runnableImage(seed: string): Promise<Image> {
  const architectures = ['amd64', 'arm64'];
  const images = await Promise.all(architectures.map(async (one) => forPlatform(seed, one)));
  const manifests = images.map((image, at) => ({
    ...descriptor(imageType, topOf(image)),
    platform: { architecture: architectures[at], os: 'linux' },
  }));
  const index = blobOf(json({ schemaVersion: 2, mediaType: indexType, manifests }));
  return {
    blobs: images.flatMap(({ blobs }) => blobs),
    manifests: [...images.map(topOf), { ...index, mediaType: indexType }],
  };
}

async function forPlatform(seed: string, architecture: string): Promise<Image> {
  const bytes = Buffer.from(`${seed} ${architecture}\n`.repeat(500));
  const archive = await buffer(tarOf([{ kind: 'bytes', path: `opt/${architecture}`, mode: 0o755, bytes }]));
  const layer = blobOf(gzipSync(archive));
  const rootfs = { type: 'layers', diff_ids: [digestOfBytes(archive)] };
  const config = blobOf(json({ architecture, os: 'linux', rootfs, config: { Cmd: [`/opt/${architecture}`] } }));
  const manifest = json({
    schemaVersion: 2,
    mediaType: imageType,
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
  });
  return { blobs: [config, layer], manifests: [{ ...blobOf(manifest), mediaType: imageType }] };
}

function descriptor(mediaType: string, { digest, bytes }: Blob): object {
  return { mediaType, digest, size: bytes.length };
}

function blobOf(bytes: Buffer): Blob {
  return { bytes, digest: digestOfBytes(bytes) };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
