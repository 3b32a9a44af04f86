import { mkdir, rmdir, stat } from 'node:fs/promises';
import { layout } from '../layout.ts';
import type { Tree } from './tree.ts';
import { makeDirectories, placeOf } from './tree.ts';

/** The time at which the storage says that it made a directory for us. */
export async function now(tree: Tree, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  await makeDirectories(tree, layout.temporaries);
  const probe = placeOf(tree, layout.temporary(tree.fresh()));
  await mkdir(probe);
  try {
    return (await stat(probe)).mtimeMs;
  } finally {
    await rmdir(probe);
  }
}
