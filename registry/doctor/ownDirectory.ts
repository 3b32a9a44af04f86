import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { naming } from '../storage/filesystem/failure.ts';
import { HeldDirectory } from '../storage/filesystem/heldDirectory.ts';
import { layout } from '../storage/layout.ts';
import { parentOf } from '../storage/path.ts';

/** Where everything lies that Coppice keeps of itself. */
export const ownPath = parentOf(layout.own);
/** Where it waits to be removed; no registry looks there. */
export const setAsidePath = `${ownPath}.released`;

/** Coppice's own directory on a storage, as a whole: nobody but a release touches it so. */
export interface OwnDirectory {
  /** By one rename, durable: from then on the storage is one that Coppice never served, and what is late finds neither stage nor door. */
  setAside(): Promise<void>;
  /** For good. Repeating it is safe. */
  removeSetAside(): Promise<void>;
}

export function ownDirectory(root: string): OwnDirectory {
  const at = (path: string): string => join(root, path);
  return {
    setAside: () =>
      naming(
        ownPath,
        (async () => {
          await rename(at(ownPath), at(setAsidePath));
          await using directory = await HeldDirectory.open(root);
          await directory.sync();
        })(),
      ),
    removeSetAside: () => naming(setAsidePath, rm(at(setAsidePath), { recursive: true, force: true })),
  };
}
