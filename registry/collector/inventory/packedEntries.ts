import type { Digest } from '../../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../../core/oci/reference.ts';
import type { InventoryEntry, TagEntry } from '../../../core/reach/inventory.ts';
import type { Directory } from './directory.ts';

/**
 * The entries of one directory, as one thread hands them to another: a thousand objects cost more to bring over than to read. Which directory, both know.
 */
export interface PackedEntries {
  readonly digests: readonly Digest[];
  /** Of tags, beside the digests that they name. */
  readonly tags?: readonly Tag[];
  readonly modifiedAt?: readonly number[];
}

/** `undefined`: among them is what is not handed over, a link that means another digest than its name. */
export function packed(entries: readonly InventoryEntry[]): PackedEntries | undefined {
  const digests: Digest[] = [];
  const tags: Tag[] = [];
  const modifiedAt: number[] = [];
  for (const entry of entries) {
    if (entry.kind === 'repository' || (entry.kind === 'layer' && entry.target !== entry.digest)) return undefined;
    digests.push(entry.digest);
    if (entry.kind !== 'tag') continue;
    tags.push(entry.tag);
    modifiedAt.push(entry.modifiedAt);
  }
  return tags.length === 0 ? { digests } : { digests, tags, modifiedAt };
}

/** What `packed` was given, of this directory. */
export function unpacked(
  directory: Directory,
  { digests, tags = [], modifiedAt = [] }: PackedEntries,
): readonly InventoryEntry[] {
  switch (directory.of) {
    case 'tags':
      return digests.map((digest, at) => tagEntry(directory.repository, digest, tags[at], modifiedAt[at]));
    case 'revisions':
      return digests.map((digest) => ({ kind: 'revision', repository: directory.repository, digest }));
    case 'layers':
      return digests.map((digest) => ({ kind: 'layer', repository: directory.repository, digest, target: digest }));
    case 'data':
      return digests.map((digest) => ({ kind: 'data', digest }));
  }
}

function tagEntry(repository: RepositoryName, digest: Digest, tag?: Tag, modifiedAt?: number): TagEntry {
  if (tag === undefined || modifiedAt === undefined) throw new Error(`${repository}: a tag was handed over in part`);
  return { kind: 'tag', repository, tag, digest, modifiedAt };
}
