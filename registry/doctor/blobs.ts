import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { isProbe, layout } from '../storage/layout.ts';
import type { Scene } from './scene.ts';

const algorithms = ['sha256', 'sha512'] as const;

/** Puts every blob into the table. One without its data is what an interrupted removal leaves, and none. */
export async function listBlobs(scene: Scene): Promise<void> {
  const { looks, found } = scene;
  for (const name of await looks.names(layout.blobs)) {
    const algorithm = algorithms.find((each) => each === name);
    const path = `${layout.blobs}/${name}`;
    if (isProbe(name)) found({ name: 'LeftProbe', object: path, says: 'left beside the blobs' });
    else if (algorithm === undefined) found({ name: 'ForeignFile', object: path, says: 'no algorithm that is known' });
    else for (const prefix of await looks.names(path)) await listBelow(scene, algorithm, prefix);
  }
  scene.blobs.endListing();
}

async function listBelow(scene: Scene, algorithm: (typeof algorithms)[number], prefix: string): Promise<void> {
  const directory = `${layout.blobsOf(algorithm)}/${prefix}`;
  if (!/^[0-9a-f]{2}$/.test(prefix)) {
    scene.found({ name: 'ForeignName', object: directory, says: 'not the beginning of a digest' });
    return;
  }
  for (const hex of await scene.looks.names(directory)) {
    const digest = hex.startsWith(prefix) ? digestOf(algorithm, hex) : undefined;
    if (digest === undefined) {
      scene.found({ name: 'ForeignName', object: `${directory}/${hex}`, says: 'not where a blob belongs' });
      continue;
    }
    await lookAtBlob(scene, digest);
    if (scene.isDeep) await onlyNames(scene, layout.blobDirectory(digest), ['data']);
  }
}

/** Whether its bytes are there now, as far as can be told; one that is there is in the table from then on. */
export async function lookAtBlob(
  { looks, blobs, newest }: Scene,
  digest: Digest,
): Promise<'found' | 'absent' | 'unknown'> {
  const data = await looks.file(layout.blob(digest));
  if (data.is !== 'found') return data.is;
  if (blobs.add(digest, data.value.sizeBytes)) newest.note(digest, data.value.modifiedAt);
  return 'found';
}

/** The same where it may be in the table already, which asks nothing. */
export async function standsBlob(scene: Scene, digest: Digest): Promise<'found' | 'absent' | 'unknown'> {
  return scene.blobs.sizeOf(digest) === undefined ? lookAtBlob(scene, digest) : 'found';
}

/** Tells of every other name in a directory. */
export async function onlyNames(
  { looks, found }: Scene,
  directory: string,
  expected: readonly string[],
): Promise<void> {
  for (const name of await looks.names(directory)) {
    if (expected.includes(name)) continue;
    found({ name: 'ForeignFile', object: `${directory}/${name}`, says: `beside ${expected.join(' and ')}` });
  }
}

/**
 * Tells of what nothing named. Each is looked at once more: one that has gone meanwhile, or that was written since `youngSince` (ms), may be on its way to
 * its link.
 */
export async function tellOrphans({ looks, blobs, found }: Scene, youngSince: number): Promise<void> {
  for (const digest of blobs.unnamed()) {
    const data = await looks.file(layout.blob(digest));
    if (data.is !== 'found' || data.value.modifiedAt > youngSince) continue;
    const bytes = data.value.sizeBytes;
    found({ name: 'OrphanBlob', object: digest, says: `${bytes} bytes that nothing links to`, bytes });
  }
}
