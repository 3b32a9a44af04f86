import { hash } from 'node:crypto';
import { algorithmOf, type Digest, hexOf } from '../../core/oci/digest.ts';
import { type Manifest, type ManifestReference, readManifest } from '../../core/oci/manifest.ts';
import type { RepositoryName } from '../../core/oci/reference.ts';
import { largestManifestBytes } from '../collector/inventory/treeInventory.ts';
import { layout } from '../storage/layout.ts';
import { standsBlob } from './blobs.ts';
import type { FindingName } from './findingKinds.ts';
import type { Scene, Standing } from './scene.ts';

/** Reads one manifest of a repository, and looks after everything that it names. */
export async function examineManifest(
  scene: Scene,
  repository: RepositoryName,
  standing: Standing,
  digest: Digest,
): Promise<void> {
  const object = `${repository}@${digest}`;
  const tell = (name: FindingName, says: string): void => {
    scene.found({ name, object, says });
  };
  const file = await scene.looks.bytes(layout.blob(digest), largestManifestBytes);
  if (file.is !== 'found') return; // told, or deleted since its link was read
  const { bytes } = file.value;
  if (hash(algorithmOf(digest), bytes) !== hexOf(digest)) {
    tell('ManifestCorrupt', `its ${bytes.length} bytes have another digest`);
    return;
  }
  const reading = readManifest(new TextDecoder().decode(bytes));
  if (reading.is === 'notUnderstood') {
    tell('ManifestNotUnderstood', reading.why);
    return;
  }
  const { manifest } = reading;
  if (manifest.kind === 'unknown')
    tell('UnknownMediaType', manifest.mediaType === '' ? 'it says none' : manifest.mediaType);
  if (manifest.kind === 'schema1') tell('Schema1Manifest', manifest.mediaType);
  for (const reference of once(manifest))
    await examineReference(scene, repository, standing, { manifest, reference, tell });
  const { subject } = manifest;
  if (subject !== undefined && !(await hasManifest(scene, repository, standing, subject)))
    tell('SubjectMissing', `its subject is ${subject}`);
}

/** A layer may be named several times over. */
function once({ references }: Manifest): Iterable<ManifestReference> {
  return new Map(references.map((reference) => [reference.digest, reference])).values();
}

interface Named {
  readonly manifest: Manifest;
  readonly reference: ManifestReference;
  readonly tell: (name: FindingName, says: string) => void;
}

async function examineReference(
  scene: Scene,
  repository: RepositoryName,
  standing: Standing,
  { manifest, reference, tell }: Named,
): Promise<void> {
  const { digest, role, foreign, sizeBytes } = reference;
  if (isThere(standing, reference)) {
    const stored = scene.blobs.sizeOf(digest);
    if (sizeBytes !== undefined && stored !== undefined && stored !== sizeBytes)
      tell('OtherSize', `gives ${digest} ${sizeBytes} bytes, and it has ${stored}`);
  } else if (role === 'manifest' || (role === 'mentioned' && manifest.kind === 'index')) {
    if (!(await hasManifest(scene, repository, standing, digest))) tell('ChildMissing', `names ${digest}`);
  } else if (role !== 'mentioned' && !foreign) {
    await examineMissing(scene, repository, digest, tell);
  }
}

/** Where registries look for it: a blob is served by its layer's link alone. */
function isThere({ layers, manifests }: Standing, { digest, role }: ManifestReference): boolean {
  if (role === 'manifest') return manifests.has(digest);
  return layers.has(digest) || (role === 'mentioned' && manifests.has(digest));
}

/** No list has it: it is looked at itself, since it may have come after the list. */
async function examineMissing(
  scene: Scene,
  repository: RepositoryName,
  digest: Digest,
  tell: Named['tell'],
): Promise<void> {
  const link = await scene.looks.link(layout.layerLink(repository, digest));
  if (link.is === 'unknown') return;
  const blob = await standsBlob(scene, link.is === 'found' ? link.value.target : digest);
  if (blob === 'absent') tell('ManifestWithoutBlob', `names ${digest}, which is not there`);
  if (blob === 'found' && link.is === 'absent')
    tell('ManifestWithoutLink', `names ${digest}, which is there, and has no link in this repository`);
}

async function hasManifest(
  { looks }: Scene,
  repository: RepositoryName,
  { manifests }: Standing,
  digest: Digest,
): Promise<boolean> {
  return manifests.has(digest) || (await looks.file(layout.revisionLink(repository, digest))).is !== 'absent';
}
