import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { HelperOrder, RoundMessage } from './threadHelper.ts';
import { helpWithOne, SharedCounters, type SharedRound } from './sharedRound.ts';
import { SyncTree } from './syncTree.ts';

/** A thread that reads directories of a walk, until it is terminated. */
const { root, port } = workerData as HelperOrder;
const tree = new SyncTree(root);

// Whoever serves clients goes first. Linux takes this for the thread that asks; elsewhere it would be the whole process.
if (process.platform === 'linux') os.setPriority(os.constants.priority.PRIORITY_LOW);

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
