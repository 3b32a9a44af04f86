import type { WindowId } from '../../../../core/window/identity.ts';
import { StorageError } from '../../../storage/driver.ts';
import { codeOf, isGone } from '../../../storage/filesystem/failure.ts';
import { layout } from '../../../storage/layout.ts';
import { parentOf } from '../../../storage/path.ts';
import { isPiece, trashName } from '../../../storage/trash.ts';
import { endedName } from './fence.ts';
import type { Tree } from './tree.ts';

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
      try {
        await this.#tree.rename(path, `${layout.door(window)}/${name}`);
      } catch (error) {
        if (!isGone(error)) throw error;
        const isThere = await this.#tree.stands(path);
        if (!(await this.#tree.stands(layout.door(window)))) return this.#late(window, path);
        if (!isThere) return 'absent';
        await this.#makePieces(window, name);
        continue;
      }
      this.#touched.set(window, (this.#touched.get(window) ?? new Set()).add(parentOf(path)));
      return 'removed';
    }
    throw new StorageError(path, 'the door took it neither in nor refused it');
  }

  async settle(window: WindowId, signal: AbortSignal): Promise<void> {
    const touched = this.#touched.get(window) ?? new Set<string>();
    for (const directory of touched) {
      signal.throwIfAborted();
      await this.#tree.syncDirectory(directory);
      touched.delete(directory);
    }
    if (touched.size === 0) this.#touched.delete(window);
  }

  async #late(window: WindowId, path: string): Promise<'removed' | 'windowOver'> {
    if (this.#tree.switches.refusesLate) return 'windowOver';
    try {
      await this.#tree.rename(path, `${endedName(layout.door(window))}/${this.#tree.fresh()}`);
      return 'removed';
    } catch (error) {
      if (isGone(error)) return 'windowOver';
      throw error;
    }
  }

  async #makePieces(window: WindowId, name: string): Promise<void> {
    let below = layout.door(window);
    for (const piece of name.split('/').filter(isPiece)) {
      below = `${below}/${piece}`;
      try {
        await this.#tree.mkdir(below);
      } catch (error) {
        if (isGone(error)) return;
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  }
}
