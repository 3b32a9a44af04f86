import type { Digest } from '../../core/oci/digest.ts';
import type { RepositoryName } from '../../core/oci/reference.ts';
import { DigestTable } from '../../core/reach/digestTable.ts';
import { layout } from '../storage/layout.ts';
import { onlyNames, standsBlob } from './blobs.ts';
import type { FindingName } from './findingKinds.ts';
import type { Link } from '../collector/inventory/link.ts';
import type { Looked } from './looks.ts';
import { digestsBelow } from './repositories.ts';
import type { DigestSet, Scene } from './scene.ts';

/** One of the two kinds of links that a repository has, and what is told of one whose bytes are gone. */
interface LinkKind {
  readonly directory: (repository: RepositoryName, digest: Digest) => string;
  readonly link: (repository: RepositoryName, digest: Digest) => string;
  /** Beside the link; distribution 2 kept signatures of schema 1 there. */
  readonly beside: readonly string[];
  readonly withoutBlob: FindingName;
  /** Whether a repair takes such a link away. */
  readonly isMended: boolean;
}

const layers: LinkKind = {
  directory: layout.layerDirectory,
  link: layout.layerLink,
  beside: ['link'],
  withoutBlob: 'LayerLinkWithoutBlob',
  isMended: false,
};
const manifests: LinkKind = {
  directory: layout.revisionDirectory,
  link: layout.revisionLink,
  beside: ['link', 'signatures'],
  withoutBlob: 'ManifestLinkWithoutBlob',
  isMended: true,
};

/** The layers that a repository has. Distribution links one that was pushed by sha512 to the sha256 of its bytes. */
export async function examineLayers(scene: Scene, repository: RepositoryName): Promise<DigestSet> {
  const standing = new StandingDigests();
  for await (const digest of digestsBelow(scene, layout.layers(repository))) {
    const link = await lookAtLayerLink(scene, layout.layerLink(repository, digest), digest);
    if (link.is === 'unknown') {
      scene.blobs.name(digest); // most likely that is what it said
      standing.add(digest); // told once, and not again for each manifest that needs it
    }
    if (link.is !== 'found') continue;
    scene.counts.layerLinks += 1;
    if (await isWhole(scene, layers, repository, digest, link.value)) standing.add(digest);
  }
  return standing;
}

/** The manifests that a repository has. */
export async function examineRevisions(scene: Scene, repository: RepositoryName): Promise<RevisionSet> {
  const standing = new StandingDigests();
  for await (const digest of digestsBelow(scene, layout.revisions(repository))) {
    const path = layout.revisionLink(repository, digest);
    const link = await scene.looks.link(path);
    if (link.is !== 'absent') scene.blobs.name(digest);
    if (link.is !== 'found') continue;
    scene.counts.manifests += 1;
    if (link.value.target !== digest) {
      scene.found({ name: 'LinkNotUnderstood', object: path, says: `names ${link.value.target}, another manifest` });
      continue;
    }
    if (await isWhole(scene, manifests, repository, digest, link.value)) standing.add(digest);
  }
  return standing;
}

/** Under a name of sha256 every registry writes that same digest: its length says that it is as it was written, and reading it costs more. */
async function lookAtLayerLink({ looks }: Scene, path: string, name: Digest): Promise<Looked<Link>> {
  if (!name.startsWith('sha256:')) return looks.link(path);
  const file = await looks.file(path);
  if (file.is !== 'found') return file;
  if (file.value.sizeBytes !== name.length) return looks.link(path);
  return { is: 'found', value: { target: name, ...file.value } };
}

async function isWhole(
  scene: Scene,
  kind: LinkKind,
  repository: RepositoryName,
  digest: Digest,
  { target, modifiedAt }: Link,
): Promise<boolean> {
  scene.newest.note(kind.link(repository, digest), modifiedAt);
  if (scene.isDeep) await onlyNames(scene, kind.directory(repository, digest), kind.beside);
  const blob = await standsBlob(scene, target);
  scene.blobs.name(target);
  // A deletion takes the link before the bytes: one that is gone by now was never without them.
  if (blob === 'absent' && (await scene.looks.file(kind.link(repository, digest))).is === 'found') {
    const object = `${repository}@${digest}`;
    const mend = kind.isMended ? { mend: { take: 'manifest', repository, digest } as const } : {};
    scene.found({ name: kind.withoutBlob, object, says: `its link stands, ${target} does not`, ...mend });
  }
  return blob !== 'absent';
}

export interface RevisionSet extends DigestSet {
  all(): Iterable<Digest>;
}

/** What a repository may have thousands of, at some 50 bytes each. */
class StandingDigests implements RevisionSet {
  // Who writes to a storage by hand could aim at one slot, and would slow down his own examination alone.
  readonly #digests = new DigestTable(0);

  get size(): number {
    return this.#digests.size;
  }

  add(digest: Digest): void {
    this.#digests.intern(digest);
  }

  has(digest: Digest): boolean {
    return this.#digests.find(digest) !== undefined;
  }

  *all(): Generator<Digest> {
    for (let index = 0; index < this.size; index += 1) yield this.#digests.digest(index);
  }
}
