import { randomInt, randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { readPulls } from '../../evidence/pullEvidence.ts';
import { PullStore } from '../../records/pulls.ts';
import { openRecords } from '../../records/records.ts';
import { FilesystemDriver } from '../../storage/filesystem/driver.ts';
import { kernelId } from '../../storage/filesystem/kernel.ts';
import { systemTimers } from '../../window/timers.ts';
import { startHelper } from '../inventory/threadHelper.ts';
import { ReadAhead } from '../inventory/readAhead.ts';
import { SharedReading } from '../inventory/sharedReading.ts';
import { SyncTree } from '../inventory/syncTree.ts';
import { TreeInventory } from '../inventory/treeInventory.ts';
import { failureOf } from './failure.ts';
import { MarkSession } from './markSession.ts';
import { type Answer, ask, type Question, type WorkerOrder } from './messages.ts';
import { threadTime } from './threadTime.ts';
import { threadWaits } from './threadWaits.ts';

/** The thread of a mark over a directory: answers questions, until it is terminated. Its end is the one cancellation it knows. */
const port = parentPort;
if (port === null) throw new Error('this is the thread of a mark, started by `ThreadMarker`');

/** A walk of so many takes several times as long as another thread takes to begin. */
const manyManifests = 5000;

const { root } = workerData as WorkerOrder;
const mono = (): number => performance.now();
const { signal } = new AbortController();
const driver = new FilesystemDriver(root);
const records = openRecords(driver, { fresh: randomUUID, onPruningFailed: () => undefined });
const evidence = {
  ...{ pulls: new PullStore(driver), members: records.members, clock: driver },
  ...{ fresh: randomUUID, kernel: kernelId, timers: systemTimers, mono },
};
const session = new MarkSession(
  {
    readPulls: (repositories, asOf) => readPulls(evidence, repositories, asOf, signal),
    openInventory: (known) => {
      const ahead = new ReadAhead({ root, threads: 16, mono, waits: threadWaits });
      const isLong = known >= manyManifests;
      const shared = new SharedReading({ startHelper: () => startHelper(root), isLong, spentMs: threadTime });
      const helpers = { ahead, shared, readsManifests: known === 0 };
      return new TreeInventory(new SyncTree(root), () => records.tombstones.list(signal), helpers);
    },
    ...{ clock: driver, suspects: records.suspects, edges: records.edges },
    mono,
    seed: () => randomInt(2 ** 32),
  },
  signal,
);

port.on('message', (question: Question) => {
  void answer(question).then((said) => {
    port.postMessage(said);
  });
});

async function answer(question: Question): Promise<Answer> {
  try {
    return { id: question.id, is: 'answer', value: await ask(session, question) };
  } catch (error) {
    return { id: question.id, is: 'failure', failure: failureOf(error) };
  }
}
