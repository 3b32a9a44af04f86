import { type Digest, digestOf } from '../../../core/oci/digest.ts';
import { parseRepositoryName, type RepositoryName } from '../../../core/oci/reference.ts';
import { Doubt } from '../../../core/reach/doubt.ts';
import { isProbe, layout } from '../../storage/layout.ts';
import type { TreeReader } from './treeReader.ts';

/** What stands directly below a repository beside the repositories that its name is a prefix of. */
const parts: ReadonlySet<string> = new Set(['_layers', '_manifests', '_uploads']);

/** Every directory that is a repository, in the order of names. A name that is nobody's is a doubt: what it means is unknown (G1). */
export async function* repositoriesOf(tree: TreeReader): AsyncGenerator<RepositoryName> {
  for (const name of await namesBelow(tree, layout.repositories))
    if (!isProbe(name)) yield* repositoriesBelow(tree, name);
}

async function* repositoriesBelow(tree: TreeReader, path: string): AsyncGenerator<RepositoryName> {
  const name = parseRepositoryName(path);
  if (name === undefined) throw new Doubt(`${layout.repositories}/${path}`, 'not a repository name');
  const names = await namesBelow(tree, layout.repository(name));
  const [own, nested] = [names.filter((each) => each.startsWith('_')), names.filter((each) => !each.startsWith('_'))];
  const unknown = own.find((each) => !parts.has(each));
  if (unknown !== undefined) throw new Doubt(`${layout.repository(name)}/${unknown}`, 'not a part of a repository');
  if (own.length > 0) yield name;
  for (const each of nested) yield* repositoriesBelow(tree, `${path}/${each}`);
}

/** The digests below a directory of links, where they stand as `<algorithm>/<hex>`. */
export async function digestsBelow(tree: TreeReader, path: string): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for (const algorithm of await namesBelow(tree, path)) {
    if (algorithm !== 'sha256' && algorithm !== 'sha512')
      throw new Doubt(`${path}/${algorithm}`, 'an unknown algorithm');
    for (const hex of await namesBelow(tree, `${path}/${algorithm}`)) {
      const digest = digestOf(algorithm, hex);
      if (digest === undefined) throw new Doubt(`${path}/${algorithm}/${hex}`, 'not a digest');
      digests.push(digest);
    }
  }
  return digests;
}

export async function namesBelow(tree: TreeReader, path: string): Promise<readonly string[]> {
  return ((await tree.list(path)) ?? []).toSorted();
}
