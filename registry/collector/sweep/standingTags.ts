import { type Digest, parseDigest } from '../../../core/oci/digest.ts';
import { parseTag, type RepositoryName, type Tag } from '../../../core/oci/reference.ts';
import { Doubt } from '../../../core/reach/doubt.ts';
import type { PlannedTag } from '../../../core/reach/planItem.ts';
import type { ReadableStore } from '../../storage/driver.ts';
import { layout } from '../../storage/layout.ts';
import { inParallel } from '../../storage/parallel.ts';

const largestLinkBytes = 4096;

export interface StandingTag extends PlannedTag {
  readonly digest: Digest;
}

/** What a tag names now, and its version. */
export async function readTag(
  store: ReadableStore,
  repository: RepositoryName,
  tag: Tag,
  signal: AbortSignal,
): Promise<StandingTag | undefined> {
  const path = layout.tagLink(repository, tag);
  const file = await store.readSmall(path, largestLinkBytes, signal);
  if (file === undefined) return undefined;
  const digest = parseDigest(new TextDecoder().decode(file.bytes).trim());
  if (digest === undefined) throw new Doubt(path, 'not a digest');
  return { tag, digest, modifiedAt: file.modifiedAt };
}

/** Every tag of the repository that names this digest now, sorted. */
export async function tagsNaming(
  store: ReadableStore,
  repository: RepositoryName,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly StandingTag[]> {
  const entries = (await store.list(layout.tags(repository), signal)) ?? [];
  const names = entries.map(({ name }) => name).toSorted();
  const naming = await inParallel(names, async (name) => {
    const tag = parseTag(name);
    if (tag === undefined) throw new Doubt(`${layout.tags(repository)}/${name}`, 'not a tag');
    const standing = await readTag(store, repository, tag, signal);
    return standing?.digest === digest ? standing : undefined;
  });
  return naming.filter((tag) => tag !== undefined);
}
