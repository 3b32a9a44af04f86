import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../../hack/load/ports.ts';
import { Replica } from '../../hack/load/replica.ts';
import { blobsOnDisk } from '../../hack/load/tree.ts';
import { copyTree, type Sharing } from '../../hack/tree/treeCopy.ts';
import { Collections } from '../measuring/collections.ts';
import { type Spread, spreadOf } from '../measuring/spread.ts';
import { WindowWatch } from '../measuring/windowWatch.ts';
import type { Tell } from '../measuring/program.ts';
import { distributionCollects } from './distributionCollector.ts';
import { durations } from './durations.ts';

export interface Removals {
  readonly sharing: Sharing;
  /** Blobs that both removed. */
  readonly blobs: number;
  /** The collector's whole time: no push may go on beside it. */
  readonly distributionSeconds: number;
  readonly windows: Spread;
  /** All windows together, seconds; each holds only pushes of what it removes. */
  readonly windowSeconds: number;
  readonly candidates: number;
  /** Our runs together, with their marks and pauses: pushes go on. */
  readonly seconds: number;
}

const mostRuns = 20;

/** The same garbage, removed from two copies of the tree: by distribution with the registry stopped, and by us with a replica that serves. */
export async function measureRemovals(
  about: { readonly tree: string; readonly folder: string },
  tell: Tell,
  signal: AbortSignal,
): Promise<Removals> {
  const { tree, folder } = about;
  const storage = join(folder, 'storage');
  tell('copying the tree for distribution');
  const sharing = await copyTree(tree, storage, signal);
  const before = (await blobsOnDisk(storage)).size;
  const distributionSeconds = await distributionCollects(folder, storage, ['--delete-untagged'], signal);
  const left = (await blobsOnDisk(storage)).size;
  tell(
    `distribution removed ${before - left} of ${before} blobs in ${distributionSeconds.toFixed(1)} s; copying the tree for us`,
  );
  await rm(storage, { recursive: true });
  await copyTree(tree, storage, signal);
  const ours = await collectUntil(left, folder, storage, tell, signal);
  return { sharing, blobs: before - left, distributionSeconds, ...ours };
}

async function collectUntil(
  blobs: number,
  folder: string,
  storage: string,
  tell: Tell,
  signal: AbortSignal,
): Promise<Omit<Removals, 'sharing' | 'blobs' | 'distributionSeconds'>> {
  const [api = 0, admin = 0, metrics = 0] = await freePorts(3);
  const replica = new Replica({ name: 'replica', folder, storage, ports: { api, admin, metrics }, coppice: durations });
  await replica.start(signal);
  const collections = new Collections([replica.admin]);
  const watch = new WindowWatch(storage);
  const began = performance.now();
  try {
    for (let runs = 1; runs <= mostRuns; runs += 1) {
      const { ended, sweep } = await collections.once(signal);
      tell(`our run ${runs}: ${ended?.reason ?? 'still going'}, ${sweep.removed} removed`);
      const seconds = (performance.now() - began) / 1000;
      if (sweep.removed === 0 && (await blobsOnDisk(storage)).size === blobs) {
        const windowSeconds = watch.windowsMs.reduce((sum, ms) => sum + ms, 0) / 1000;
        return { windows: spreadOf(watch.windowsMs), windowSeconds, candidates: watch.candidates, seconds };
      }
      await pause(untilTombstonesLapseMs, undefined, { signal });
    }
    throw new Error(`after ${mostRuns} runs there are ${(await blobsOnDisk(storage)).size} blobs, not ${blobs}`);
  } finally {
    watch.close();
    await replica.end('SIGTERM');
  }
}

const untilTombstonesLapseMs = 1500;
