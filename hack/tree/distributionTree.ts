import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digest } from '../../core/oci/digest.ts';
import { type Blob, type Image, imageOf, layer, topOf } from '../load/images.ts';

export interface TreeSettings {
  readonly root: string;
  readonly manifests: number;
  readonly repositories: number;
  /** Layers of each image that no other image has; two more are shared within its repository. */
  readonly ownLayers: number;
  /** Every so many manifests, one that no tag names: what distribution's `--delete-untagged` removes. 0: none. */
  readonly untaggedEvery: number;
}

/**
 * Writes images as distribution lays them out after pushes, file by file: bytes of blobs, links of layers and revisions, and tags with their index.
 * Small bytes, since what a mark costs is names. Some 30 inodes a manifest. The same settings give the same tree.
 */
export function writeTree(settings: TreeSettings, progress: (manifests: number) => void): void {
  const { manifests, repositories, untaggedEvery } = settings;
  const shared = Array.from({ length: repositories }, (_, at) => [layer(`base ${at}`, 64), layer(`runtime ${at}`, 64)]);
  for (let number = 0; number < manifests; number += 1) {
    const at = number % repositories;
    const image = imageAt(settings, number, shared[at] ?? []);
    const isTagged = untaggedEvery === 0 || number % untaggedEvery !== 0;
    writeImage(join(settings.root, 'docker/registry/v2'), repositoryAt(at), image, isTagged ? `v${number}` : undefined);
    if ((number + 1) % 1000 === 0) progress(number + 1);
  }
}

function repositoryAt(at: number): string {
  return `team-${at % 10}/app-${at}`;
}

function imageAt({ ownLayers }: TreeSettings, number: number, shared: readonly Blob[]): Image {
  const own = Array.from({ length: ownLayers }, (_, at) => layer(`${number} ${at}`, 64));
  return imageOf(`tree ${number}`, [...shared, ...own]);
}

function writeImage(base: string, repository: string, image: Image, tag: string | undefined): void {
  const { digest } = topOf(image);
  const links = join(base, 'repositories', repository);
  for (const blob of image.blobs) {
    writeBlob(base, blob);
    write(join(links, '_layers', ...parts(blob.digest), 'link'), blob.digest);
  }
  writeBlob(base, topOf(image));
  write(join(links, '_manifests/revisions', ...parts(digest), 'link'), digest);
  if (tag === undefined) return;
  write(join(links, '_manifests/tags', tag, 'index', ...parts(digest), 'link'), digest);
  write(join(links, '_manifests/tags', tag, 'current/link'), digest);
}

function writeBlob(base: string, { digest, bytes }: { readonly digest: Digest; readonly bytes: Uint8Array }): void {
  const [algorithm, hex] = parts(digest);
  write(join(base, 'blobs', algorithm, hex.slice(0, 2), hex, 'data'), bytes);
}

function write(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content, { flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return; // shared, and the same
    if (code !== 'ENOENT') throw error;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

function parts(digest: Digest): [algorithm: string, hex: string] {
  const [algorithm = '', hex = ''] = digest.split(':');
  return [algorithm, hex];
}
