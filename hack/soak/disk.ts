import { execFile } from 'node:child_process';
import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mountLoop } from '../../registry/storage/filesystem/testing/loopMount.ts';

const run = promisify(execFile);
/** Sparse; large enough for its inodes. */
const sizeMiB = 4096;

export interface Disk {
  readonly storage: string;
  /** Takes all room there is, and gives it back; absent where the disk is shared with others: then it says why. */
  readonly full: { fill(): Promise<void>; clear(): Promise<void> } | { readonly lacks: string };
  /** Nothing of it stays. */
  drop(): Promise<void>;
}

/** A disk of its own where this machine allows a loop mount; else a folder. */
export async function openDisk(folder: string): Promise<Disk> {
  const mounted = await mountLoop('ext4', sizeMiB);
  const storage = join('lacks' in mounted ? folder : mounted.directory, 'storage');
  await mkdir(storage);
  if ('lacks' in mounted) return { storage, full: mounted, drop: async () => rm(storage, { recursive: true }) };
  const filler = join(mounted.directory, 'filler');
  return {
    storage,
    full: {
      fill: async () => {
        const { bfree, bsize } = await statfs(mounted.directory);
        await run('fallocate', ['-l', String(bfree * bsize), filler]).catch(() => undefined); // what fits of it stays
      },
      clear: async () => rm(filler, { force: true }),
    },
    drop: async () => mounted.unmount(),
  };
}
