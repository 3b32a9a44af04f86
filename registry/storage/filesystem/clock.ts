import { mkdir, rmdir, stat } from 'node:fs/promises';
import { layout } from '../layout.ts';
import { isGone } from './failure.ts';
import type { Tree } from './tree.ts';
import { makeDirectories, placeOf } from './tree.ts';

/** The time at which the storage says that it made a directory for us. Nothing is synced for it: an executor asks while it holds, and a sync takes its time. */
export async function now(tree: Tree, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const probe = placeOf(tree, layout.temporary(tree.fresh()));
  try {
    await mkdir(probe);
  } catch (error) {
    if (!isGone(error)) throw error;
    await makeDirectories(tree, layout.temporaries);
    await mkdir(probe);
  }
  try {
    return (await stat(probe)).mtimeMs;
  } finally {
    await rmdir(probe);
  }
}
