import { type DigestAlgorithm, digestOf } from '../../../core/oci/digest.ts';
import { parseTag, type RepositoryName } from '../../../core/oci/reference.ts';
import { Doubt } from '../../../core/reach/doubt.ts';
import type { DataEntry, InventoryEntry, LayerEntry, RevisionEntry, TagEntry } from '../../../core/reach/inventory.ts';
import { layout } from '../../storage/layout.ts';
import { namesItsTarget, readLink } from './link.ts';
import { digestsBelow, namesBelow } from './repositories.ts';
import type { TreeReader } from './treeReader.ts';

/** What a walk reads as one: the links of one kind in a repository, or the data whose digests begin alike. */
export type Directory =
  | { readonly of: 'tags' | 'revisions' | 'layers'; readonly repository: RepositoryName }
  | { readonly of: 'data'; readonly algorithm: DigestAlgorithm; readonly prefix: string };

export function entriesIn(tree: TreeReader, directory: Directory): Promise<readonly InventoryEntry[]> {
  switch (directory.of) {
    case 'tags':
      return tagsOf(tree, directory.repository);
    case 'revisions':
      return revisionsOf(tree, directory.repository);
    case 'layers':
      return layersOf(tree, directory.repository);
    case 'data':
      return dataBelow(tree, directory.algorithm, directory.prefix);
  }
}

async function tagsOf(tree: TreeReader, repository: RepositoryName): Promise<TagEntry[]> {
  const tags: TagEntry[] = [];
  for (const name of await namesBelow(tree, layout.tags(repository))) {
    const tag = parseTag(name);
    if (tag === undefined) throw new Doubt(`${layout.tags(repository)}/${name}`, 'not a tag');
    const link = await readLink(tree, layout.tagLink(repository, tag));
    if (link === undefined) continue;
    tags.push({ kind: 'tag', repository, tag, digest: link.target, modifiedAt: link.modifiedAt });
  }
  return tags;
}

async function revisionsOf(tree: TreeReader, repository: RepositoryName): Promise<RevisionEntry[]> {
  const digests = await digestsBelow(tree, layout.revisions(repository));
  return digests.map((digest) => ({ kind: 'revision', repository, digest }));
}

async function layersOf(tree: TreeReader, repository: RepositoryName): Promise<LayerEntry[]> {
  const layers: LayerEntry[] = [];
  for (const digest of await digestsBelow(tree, layout.layers(repository))) {
    const target = namesItsTarget(digest)
      ? digest
      : (await readLink(tree, layout.layerLink(repository, digest)))?.target;
    if (target !== undefined) layers.push({ kind: 'layer', repository, digest, target });
  }
  return layers;
}

async function dataBelow(tree: TreeReader, algorithm: DigestAlgorithm, prefix: string): Promise<DataEntry[]> {
  const directory = `${layout.blobsOf(algorithm)}/${prefix}`;
  const data: DataEntry[] = [];
  for (const hex of await namesBelow(tree, directory)) {
    const digest = hex.startsWith(prefix) ? digestOf(algorithm, hex) : undefined;
    if (digest === undefined) throw new Doubt(`${directory}/${hex}`, 'not where a blob belongs');
    data.push({ kind: 'data', digest });
  }
  return data;
}
