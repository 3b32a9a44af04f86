import type { Digest } from '../../core/oci/digest.ts';
import { parseDigest } from '../../core/oci/digest.ts';
import { parseTag, type RepositoryName, type Tag } from '../../core/oci/reference.ts';
import { layout } from '../storage/layout.ts';
import { lookAtBlob } from './blobs.ts';
import type { Scene, Standing } from './scene.ts';

/** Every tag of a repository, and whether its manifest is there. Gives how many there are. */
export async function examineTags(scene: Scene, repository: RepositoryName, standing: Standing): Promise<number> {
  const { looks, found, newest } = scene;
  let count = 0;
  for (const name of await looks.names(layout.tags(repository))) {
    const tag = parseTag(name);
    if (tag === undefined) {
      found({ name: 'ForeignName', object: `${layout.tags(repository)}/${name}`, says: 'not a tag' });
      continue;
    }
    const link = await looks.link(layout.tagLink(repository, tag));
    if (link.is !== 'found') continue;
    count += 1;
    newest.note(`${repository}:${tag}`, link.value.modifiedAt);
    const digest = link.value.target;
    const says = await danglesBecause(scene, repository, standing, tag, digest);
    const mend = { take: 'tag', repository, tag, digest } as const;
    if (says !== undefined) found({ name: 'DanglingTag', object: `${repository}:${tag}`, says, mend });
    const subject = referrersOf(tag);
    if (subject !== undefined) found({ name: 'ReferrersTag', object: `${repository}:${tag}`, says: `of ${subject}` });
  }
  scene.counts.tags += count;
  return count;
}

/** Looks at the storage itself, and last at the tag: it may have gone, or on, since it was read. */
async function danglesBecause(
  scene: Scene,
  repository: RepositoryName,
  { manifests }: Standing,
  tag: Tag,
  digest: Digest,
): Promise<string | undefined> {
  if (manifests.has(digest)) return undefined;
  const revision = await scene.looks.file(layout.revisionLink(repository, digest));
  const blob = await lookAtBlob(scene, digest);
  if (revision.is !== 'absent' && blob !== 'absent') return undefined;
  const again = await scene.looks.link(layout.tagLink(repository, tag));
  if (again.is !== 'found' || again.value.target !== digest) return undefined;
  return revision.is === 'absent'
    ? `names ${digest}, which the repository does not have`
    : `names ${digest}, whose bytes are not there`;
}

/** The older scheme of referrers has a tag for each subject; cosign adds an ending of its own. */
function referrersOf(tag: Tag): Digest | undefined {
  const [, algorithm, hex] = /^(sha256|sha512)-([0-9a-f]+)(?:\.[a-z]+)?$/.exec(tag) ?? [];
  return algorithm === undefined || hex === undefined ? undefined : parseDigest(`${algorithm}:${hex}`);
}
