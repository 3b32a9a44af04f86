import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { parseRepositoryName, type RepositoryName } from '../../core/oci/reference.ts';
import { isProbe, layout } from '../storage/layout.ts';
import type { Scene } from './scene.ts';

const parts: readonly string[] = ['_layers', '_manifests', '_uploads'];

/** Every directory that is a repository, in the order of names; of a name that is nobody's it is told, and nothing below it is looked at. */
export async function* repositoriesOf(scene: Scene): AsyncGenerator<RepositoryName> {
  for (const name of await scene.looks.names(layout.repositories)) {
    const path = `${layout.repositories}/${name}`;
    if (isProbe(name)) scene.found({ name: 'LeftProbe', object: path, says: 'left beside the repositories' });
    else yield* repositoriesBelow(scene, name);
  }
}

async function* repositoriesBelow(scene: Scene, path: string): AsyncGenerator<RepositoryName> {
  const { looks, found } = scene;
  const name = parseRepositoryName(path);
  if (name === undefined) {
    found({ name: 'ForeignName', object: `${layout.repositories}/${path}`, says: 'not the name of a repository' });
    return;
  }
  const names = await looks.names(layout.repository(name));
  const own = names.filter((each) => each.startsWith('_'));
  for (const each of own.filter((one) => !parts.includes(one)))
    found({ name: 'ForeignName', object: `${layout.repository(name)}/${each}`, says: 'not a part of a repository' });
  if (own.length > 0) yield name;
  for (const each of names) if (!each.startsWith('_')) yield* repositoriesBelow(scene, `${path}/${each}`);
}

/** The digests below a directory of links, where they stand as `<algorithm>/<hex>`. */
export async function* digestsBelow({ looks, found }: Scene, path: string): AsyncGenerator<Digest> {
  for (const algorithm of await looks.names(path)) {
    if (algorithm !== 'sha256' && algorithm !== 'sha512') {
      found({ name: 'ForeignName', object: `${path}/${algorithm}`, says: 'no algorithm that is known' });
      continue;
    }
    for (const hex of await looks.names(`${path}/${algorithm}`)) {
      const digest = digestOf(algorithm, hex);
      if (digest !== undefined) yield digest;
      else found({ name: 'ForeignName', object: `${path}/${algorithm}/${hex}`, says: 'not a digest' });
    }
  }
}
