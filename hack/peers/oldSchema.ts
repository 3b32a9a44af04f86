import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Blob, digestOfBytes, layer } from '../load/images.ts';

export const oldRepository = 'old/schema1';
const oldLayers: readonly Blob[] = [layer('schema 1, base', 3000), layer('schema 1, top', 3000)];

/**
 * An image of schema 1 as registries before 2016 left it: the stored document is the payload without signatures, whose hash is its digest; a signature lies
 * as a blob of its own under a link beside the revision. Such images can no longer be pushed, so the files are written.
 */
export async function writeSchema1(storage: string, tag: string): Promise<Blob> {
  const root = join(storage, 'docker/registry/v2');
  const repository = join(root, 'repositories', oldRepository);
  const payload = Buffer.from(JSON.stringify(document(tag), undefined, 3));
  const manifest: Blob = { bytes: payload, digest: digestOfBytes(payload) };
  const signature = layer('a signature', 400);
  for (const blob of [manifest, signature, ...oldLayers]) await write(blobFile(root, blob), blob.bytes);

  const revision = join(repository, '_manifests/revisions', path(manifest));
  await write(join(revision, 'link'), manifest.digest);
  await write(join(revision, 'signatures', path(signature), 'link'), signature.digest);
  const tagged = join(repository, '_manifests/tags', tag);
  await write(join(tagged, 'current/link'), manifest.digest);
  await write(join(tagged, 'index', path(manifest), 'link'), manifest.digest);
  for (const each of oldLayers) await write(join(repository, '_layers', path(each), 'link'), each.digest);
  return manifest;
}

function document(tag: string): object {
  const history = oldLayers.map((each, at) => ({ id: each.digest.slice(7), ...(at > 0 && { parent: 'below' }) }));
  return {
    schemaVersion: 1,
    name: oldRepository,
    tag,
    architecture: 'amd64',
    fsLayers: oldLayers.toReversed().map(({ digest }) => ({ blobSum: digest })),
    history: history.toReversed().map((entry) => ({ v1Compatibility: JSON.stringify(entry) })),
  };
}

function path({ digest }: Blob): string {
  return digest.replace(':', '/');
}

function blobFile(root: string, { digest }: Blob): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return join(root, 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
}

async function write(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
