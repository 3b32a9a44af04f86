import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { blobOf, descriptor, digestOfBytes, type Image, json, manifestOf, mediaTypes, topOf } from '../load/images.ts';
import { tarOf } from '../image/tar.ts';

/** An image for two platforms whose layers are archives, so that programs that unpack images take it. */
export async function runnableImage(seed: string): Promise<Image> {
  const architectures = ['amd64', 'arm64'];
  const images = await Promise.all(architectures.map(async (one) => forPlatform(seed, one)));
  const manifests = images.map((image, at) => ({
    ...descriptor(mediaTypes.image, topOf(image)),
    platform: { architecture: architectures[at], os: 'linux' },
  }));
  const index = manifestOf(mediaTypes.index, { manifests });
  return { blobs: images.flatMap(({ blobs }) => blobs), manifests: [...images.map(topOf), index] };
}

async function forPlatform(seed: string, architecture: string): Promise<Image> {
  const bytes = Buffer.from(`${seed} ${architecture}\n`.repeat(500));
  const archive = await buffer(tarOf([{ kind: 'bytes', path: `opt/${architecture}`, mode: 0o755, bytes }]));
  const layer = blobOf(gzipSync(archive));
  const rootfs = { type: 'layers', diff_ids: [digestOfBytes(archive)] };
  const config = blobOf(json({ architecture, os: 'linux', rootfs, config: { Cmd: [`/opt/${architecture}`] } }));
  const manifest = manifestOf(mediaTypes.image, {
    config: descriptor(mediaTypes.config, config),
    layers: [descriptor(mediaTypes.layer, layer)],
  });
  return { blobs: [config, layer], manifests: [manifest] };
}
