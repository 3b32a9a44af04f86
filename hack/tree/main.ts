/**
 * `node hack/tree/main.ts DIR [--manifests 50000] [--repositories 500] [--own-layers 3] [--untagged-every 10]`
 *
 * Makes a registry's storage of that many manifests, as distribution lays it out, for measuring marks and collections. The directory must be empty or
 * absent, and lies outside the checkout: 50,000 manifests are some 1.5 million inodes.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeTree } from './distributionTree.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    manifests: { type: 'string', default: '50000' },
    repositories: { type: 'string', default: '500' },
    'own-layers': { type: 'string', default: '3' },
    'untagged-every': { type: 'string', default: '10' },
  },
});
const [root] = positionals;
if (root === undefined || positionals.length > 1) throw new Error('give one directory');
mkdirSync(root, { recursive: true });
if (readdirSync(root).length > 0) throw new Error(`${root} is not empty`);
const settings = {
  root,
  manifests: Number(values.manifests),
  repositories: Number(values.repositories),
  ownLayers: Number(values['own-layers']),
  untaggedEvery: Number(values['untagged-every']),
};
const began = performance.now();
writeTree(settings, (written) => {
  if (written % 5000 === 0) console.log(`${written} manifests, ${Math.round((performance.now() - began) / 1000)} s`);
});
