import { parentPort, workerData } from 'node:worker_threads';
import { takeLowestPriority } from './lowestPriority.ts';
import { helpWithOne, SharedCounters, type SharedRound } from './sharedRound.ts';
import { SyncTree } from './syncTree.ts';
import type { HelperOrder, RoundMessage } from './threadHelper.ts';

/** A thread that reads directories of a walk, until it is terminated. */
const { root, port } = workerData as HelperOrder;
const tree = new SyncTree(root);

takeLowestPriority();

parentPort?.on('message', ({ memory, ...round }: RoundMessage) => {
  void help({ ...round, counters: new SharedCounters(memory) });
});

async function help(round: SharedRound): Promise<void> {
  do round.counters.rest();
  while (
    await helpWithOne(round, tree, (read) => {
      port.postMessage(read);
    })
  );
}
