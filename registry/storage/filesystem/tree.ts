import { lstat, mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '../driver.ts';
import { allDone } from '../parallel.ts';
import { parentOf, refuseFencedParent, segmentsOf } from '../path.ts';
import { codeOf, isGone } from './failure.ts';
import { HeldDirectory } from './heldDirectory.ts';

/** What the parts of the driver share: where the tree is, and what comes from outside. */
export interface Tree {
  readonly root: string;
  /** A file name that was never used. */
  readonly fresh: () => string;
  /** Awaited right before a call that must do no harm however late it comes. */
  readonly before: (call: LateCall, path: string) => Promise<void>;
}

/** The renames through stage and door, the folder of a long name's piece in a door, and the write of a renewal. */
export type LateCall = 'commit' | 'retract' | 'remove' | 'makePiece' | 'renew';

/** The path as the operating system knows it. */
export function placeOf(tree: Tree, path: string): string {
  return join(tree.root, ...segmentsOf(path));
}

/** Whether anything is there, a symbolic link to nothing included. */
export async function stands(tree: Tree, path: string): Promise<boolean> {
  try {
    await lstat(placeOf(tree, path));
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** Made with its parents if it is not there. */
export async function openDirectory(
  tree: Tree,
  path: string,
  made: 'durable' | 'visible' = 'durable',
): Promise<HeldDirectory> {
  const standing = await openStanding(tree, path);
  if (standing !== undefined) return standing;
  if (made === 'durable') await makeDirectories(tree, path);
  else await madeBelow(tree, path);
  return HeldDirectory.open(placeOf(tree, path));
}

/** `undefined`: it is not there. */
export async function openStanding(tree: Tree, path: string): Promise<HeldDirectory | undefined> {
  try {
    return await HeldDirectory.open(placeOf(tree, path));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Durable all the way up: a link in a directory that a power cut takes away is no link. The root itself must be there. */
export async function makeDirectories(tree: Tree, path: string): Promise<void> {
  const changed = await madeBelow(tree, path);
  await allDone(changed.map(async (directory) => syncDirectory(tree, directory)));
}

/** Made with its parents, and not durable: gives the directories that hold what was made, which synced side by side cost one wait for the disk. */
export async function madeBelow(tree: Tree, path: string): Promise<string[]> {
  refuseFencedParent(path);
  if (path === '/') throw new StorageError(path, `the root directory ${tree.root} is not there`); // a mount that is gone is not made anew
  const parent = parentOf(path);
  if (await madeOrStanding(tree, path)) return [parent]; // also when somebody else has just made it, and not yet synced
  const above = await madeBelow(tree, parent);
  if (!(await madeOrStanding(tree, path))) await mkdir(placeOf(tree, path)); // taken away meanwhile: say so
  return [...above, parent];
}

/** False: its parent is missing. */
async function madeOrStanding(tree: Tree, path: string): Promise<boolean> {
  try {
    await mkdir(placeOf(tree, path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return true;
}

/** A directory that has gone has nothing left to sync: what held it was changed, and is synced by whoever changed it. */
export async function syncDirectory(tree: Tree, path: string): Promise<void> {
  await using directory = await openStanding(tree, path);
  await directory?.sync();
}

/** Takes a file of our own away that may have gone already. */
export async function drop(tree: Tree, path: string): Promise<void> {
  try {
    await unlink(placeOf(tree, path));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/**
 * The same for what somebody is through with: where it cannot be taken away it is left, and goes with its life, or with the temporaries. No answer depends on it, and a run that
 * failed for it would leave a window to lapse.
 */
export async function dropOrLeave(tree: Tree, path: string): Promise<void> {
  try {
    await drop(tree, path);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}
