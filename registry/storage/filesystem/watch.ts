import { watch as watchDirectory } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import type { Changed } from '../driver.ts';
import { codeOf } from './failure.ts';
import type { Tree } from './tree.ts';
import { placeOf } from './tree.ts';

/** Every failure ends in silence: who watches also polls, and loses time only. */
export function watch(tree: Tree, path: string, changed: Changed): { close(): void } {
  let watcher: FSWatcher;
  try {
    watcher = watchDirectory(placeOf(tree, path), { persistent: false });
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return { close: () => undefined };
  }
  watcher.on('change', (_event, name) => {
    changed(typeof name === 'string' ? name : undefined);
  });
  watcher.on('error', () => {
    watcher.close();
  });
  return watcher;
}
