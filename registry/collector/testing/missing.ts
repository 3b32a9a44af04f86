import { audit } from '../../../core/reach/audit.ts';
import { GraphBuilder } from '../../../core/reach/graphBuilder.ts';
import { readGraph } from '../../../core/reach/reading.ts';
import { SyncTree } from '../inventory/syncTree.ts';
import { TreeInventory } from '../inventory/treeInventory.ts';
import type { CollectorWorld } from './collectorWorld.ts';

const seed = 1;

/** Everything that anything on the storage refers to, live or under a tombstone, and that is not there. */
export async function missingIn(world: CollectorWorld): Promise<readonly string[]> {
  const { tree, records, driver, signal } = world;
  const inventory = new TreeInventory(new SyncTree(tree.root), () => records.tombstones.list(signal));
  const { graph } = await readGraph(inventory, { seed, progress: () => undefined, looksAtAll: true }, signal);
  const nothing = new GraphBuilder(seed).finish([], []);
  return audit(nothing, graph, await driver.now(signal)).missing.map(({ object }) => object);
}
