import { readdir, readFile, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Digest, parseDigest } from '../../core/oci/digest.ts';
import { isProbe } from '../../registry/storage/layout.ts';

/** What lies on a storage in the layout of distribution, seen from outside. */

/** The blobs whose bytes are there, with their sizes. */
export async function blobsOnDisk(storage: string): Promise<ReadonlyMap<Digest, number>> {
  const blobs = new Map<Digest, number>();
  const root = join(storage, 'docker/registry/v2/blobs');
  for (const file of await filesBelow(root)) {
    if (isProbe(basename(file))) continue; // left by a start that was killed
    const [algorithm = '', , hex = '', name] = file.slice(root.length + 1).split('/');
    const digest = parseDigest(`${algorithm}:${hex}`);
    if (digest === undefined || name !== 'data') throw new Error(`${file} is no blob`);
    blobs.set(digest, (await stat(file)).size);
  }
  return blobs;
}

/** Makes everything older, so that nothing of it counts as young or as freshly promised. */
export async function age(storage: string, ms: number): Promise<void> {
  const root = join(storage, 'docker');
  for (const file of await filesBelow(root)) {
    const { mtimeMs } = await stat(file);
    const at = new Date(mtimeMs - ms);
    await utimes(file, at, at);
  }
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

interface StoredManifest {
  readonly subject?: { readonly digest: Digest };
  readonly config?: { readonly digest: Digest };
  readonly layers?: readonly { readonly digest: Digest }[];
  readonly manifests?: readonly { readonly digest: Digest }[];
}

/**
 * Every blob that a tag reaches, by the shortest reasoning there is and none of the collector's code: what a tag names, what that refers to, and what
 * refers to any of it. Only for trees of images that these tools push.
 */
export async function liveBlobs(storage: string): Promise<ReadonlySet<Digest>> {
  const links = await filesBelow(join(storage, 'docker/registry/v2/repositories'));
  const linked = async (pattern: RegExp): Promise<Digest[]> => {
    const texts = await Promise.all(
      links.filter((file) => pattern.test(file)).map(async (file) => readFile(file, 'utf8')),
    );
    return texts.map((text) => parseDigest(text) ?? raise(`not a digest: ${text}`));
  };
  const manifests = new Map<Digest, StoredManifest>();
  for (const digest of await linked(/\/_manifests\/revisions\/.*\/link$/))
    manifests.set(digest, await readManifest(storage, digest));

  const live = new Set<Digest>();
  const reach = (digest: Digest): void => {
    if (live.has(digest)) return;
    live.add(digest);
    const { config, layers = [], manifests: children = [] } = manifests.get(digest) ?? {};
    for (const reference of [...(config === undefined ? [] : [config]), ...layers, ...children])
      reach(reference.digest);
    for (const [referrer, { subject }] of manifests) if (subject?.digest === digest) reach(referrer);
  };
  for (const digest of await linked(/\/_manifests\/tags\/[^/]+\/current\/link$/)) reach(digest);
  return live;
}

async function readManifest(storage: string, digest: Digest): Promise<StoredManifest> {
  const [algorithm = '', hex = ''] = digest.split(':');
  const file = join(storage, 'docker/registry/v2/blobs', algorithm, hex.slice(0, 2), hex, 'data');
  return JSON.parse(await readFile(file, 'utf8')) as StoredManifest;
}

function raise(says: string): never {
  throw new Error(says);
}
