import { mkdir, rename } from 'node:fs/promises';
import type { WindowId } from '../../../core/window/identity.ts';
import { StorageError } from '../driver.ts';
import { layout } from '../layout.ts';
import { inParallel } from '../parallel.ts';
import { parentOf } from '../path.ts';
import { isPiece, trashName } from '../trash.ts';
import { codeOf, isGone } from './failure.ts';
import type { Tree } from './tree.ts';
import { placeOf, stands, syncDirectory } from './tree.ts';

const attempts = 3;

/** Removals through the doors, and which directories they have touched and not yet synced. */
export class Removals {
  readonly #tree: Tree;
  readonly #touched = new Map<WindowId, Set<string>>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  async remove(window: WindowId, path: string, signal: AbortSignal): Promise<'removed' | 'absent' | 'windowOver'> {
    const name = trashName(path);
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      signal.throwIfAborted();
      await this.#tree.before('remove', path);
      try {
        await rename(placeOf(this.#tree, path), placeOf(this.#tree, `${layout.door(window)}/${name}`));
      } catch (error) {
        if (!isGone(error)) throw error;
        // The door last: gone after the rename failed, it may have been gone when it failed, and then nothing else counts.
        const isThere = await stands(this.#tree, path);
        if (!(await stands(this.#tree, layout.door(window)))) return 'windowOver';
        if (!isThere) return 'absent';
        await this.#makePieces(window, name);
        continue;
      }
      this.#touch(window, parentOf(path));
      return 'removed';
    }
    throw new StorageError(path, 'the door took it neither in nor refused it');
  }

  async settle(window: WindowId, signal: AbortSignal): Promise<void> {
    const touched = this.#touched.get(window) ?? new Set<string>();
    // Side by side: one commit of a file system's journal makes several directories durable, and a window holds until all of them are.
    await inParallel([...touched], async (directory) => {
      signal.throwIfAborted();
      await syncDirectory(this.#tree, directory);
      touched.delete(directory);
    });
    if (touched.size === 0) this.#touched.delete(window);
  }

  /** The folders of a name in pieces, each made inside what stands: with the door gone there is nothing to make them in. */
  async #makePieces(window: WindowId, name: string): Promise<void> {
    let below = layout.door(window);
    for (const piece of name.split('/').filter(isPiece)) {
      below = `${below}/${piece}`;
      await this.#tree.before('makePiece', below);
      try {
        await mkdir(placeOf(this.#tree, below));
      } catch (error) {
        if (isGone(error)) return; // the window is being ended: the next attempt says so
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  }

  #touch(window: WindowId, directory: string): void {
    this.#touched.set(window, (this.#touched.get(window) ?? new Set()).add(directory));
  }
}
