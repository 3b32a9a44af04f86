import { SyncTree } from '../collector/inventory/syncTree.ts';
import { openRecords, type Records } from '../records/records.ts';
import { FilesystemDriver } from '../storage/filesystem/driver.ts';
import { layout } from '../storage/layout.ts';
import { examine, type Examined } from './examination.ts';
import type { Found } from './findings.ts';
import { hashBlobs } from './hashing.ts';
import type { Counts } from './scene.ts';

export interface DirectoryPorts {
  /** Bytes that nobody can guess. */
  readonly random: (count: number) => Uint8Array;
  /** A name that was never used. */
  readonly fresh: () => string;
  /** This machine's clock, ms. */
  readonly now: () => number;
}

export interface DirectoryOptions {
  /** How long an upload may rest, ms. */
  readonly uploadsMs: number;
  /** As many threads hash every blob; absent: none does. */
  readonly hashingThreads?: number;
  readonly counted: (counts: Readonly<Counts>) => void;
  readonly hashed: (readBytes: number, allBytes: number) => void;
}

/** Whether any registry, or Coppice, has put anything into this directory. */
export async function isStorage(root: string, signal: AbortSignal): Promise<boolean> {
  const driver = new FilesystemDriver(root);
  for (const path of [layout.blobs, layout.repositories, layout.own])
    if ((await driver.stat(path, signal)) !== undefined) return true;
  return false;
}

/** Examines the storage in a directory, which may be one that only reads. */
export async function examineDirectory(
  root: string,
  { random, fresh, now }: DirectoryPorts,
  { uploadsMs, hashingThreads, counted, hashed }: DirectoryOptions,
  found: Found,
  signal: AbortSignal,
): Promise<Examined> {
  const driver = new FilesystemDriver(root);
  const hashing =
    hashingThreads === undefined
      ? {}
      : { hashBlobs: hashBlobs.bind(undefined, { root, threads: hashingThreads, progress: hashed }) };
  const ports = { store: driver, tree: new SyncTree(root), records: recordsOf(driver, fresh), now: now(), ...hashing };
  const seed = new DataView(Uint8Array.from(random(4)).buffer).getUint32(0);
  return examine({ ...ports, seed }, { uploadsMs, progress: counted }, found, signal);
}

/** Nothing is written through them here, so nothing is pruned either. */
function recordsOf(driver: FilesystemDriver, fresh: () => string): Records {
  return openRecords(driver, { fresh, onPruningFailed: () => undefined });
}
