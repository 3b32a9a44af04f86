import type { RepositoryName } from '../../core/oci/reference.ts';
import { repositoriesOf } from '../collector/inventory/repositories.ts';
import { StoreTree } from '../collector/inventory/storeTree.ts';
import { removeAbandonedUploads } from '../collector/sweep/uploads.ts';
import type { CoppiceConfig } from '../config/configuration.ts';
import type { Log, Timers } from '../window/ports.ts';
import { isAborted, pause } from '../window/waiting.ts';
import type { Names } from './names.ts';
import type { StorageParts } from './storage.ts';

export interface UploadPurgePorts {
  readonly storage: StorageParts;
  readonly names: Pick<Names, 'window'>;
  readonly timers: Timers;
  readonly random: (count: number) => Uint8Array;
  readonly log: Log;
}

const hour = 3_600_000;
/** Timers of Node count no further. */
const longestPauseMs = 24 * 24 * hour;

/**
 * Until `signal`, every `uploadsEveryMs` (absent: never): takes away uploads in which nothing happened for `uploadsMs`, as a collection does, also where nobody
 * ever collects. Replicas that are started together do it at different times. A failure waits for the next round.
 */
export async function purgeUploads(
  ports: UploadPurgePorts,
  { uploadsMs, uploadsEveryMs }: Pick<CoppiceConfig, 'uploadsMs' | 'uploadsEveryMs'>,
  signal: AbortSignal,
): Promise<void> {
  if (uploadsEveryMs === undefined) return;
  let nextMs = Math.min(uploadsEveryMs, hour) * part(ports.random);
  while (!isAborted(signal)) {
    try {
      await pause(ports.timers, nextMs, signal);
      nextMs = Math.min(uploadsEveryMs, longestPauseMs);
      const removed = await purge(ports, uploadsMs, signal);
      if (removed > 0) ports.log.info({ removed }, 'uploads that were given up are gone');
    } catch (err) {
      if (isAborted(signal)) return;
      ports.log.warn({ err }, 'uploads that were given up could not all be looked for');
    }
  }
}

async function purge({ storage, names }: UploadPurgePorts, ageMs: number, signal: AbortSignal): Promise<number> {
  const { driver, records } = storage;
  const gate = await records.gates.read(signal);
  if (gate === undefined || gate.readOnly !== undefined) return 0; // whoever declared it wants the storage to stand still
  const repositories: RepositoryName[] = [];
  for await (const repository of repositoriesOf(new StoreTree(driver, signal))) repositories.push(repository);
  const before = (await driver.now(signal)) - ageMs;
  return removeAbandonedUploads({ driver, fresh: names.window }, repositories, before, signal);
}

/** From 0 to 1. */
function part(random: UploadPurgePorts['random']): number {
  const [one = 0] = random(1);
  return one / 255;
}
