import { link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { layout } from '../layout.ts';
import { parentOf, refuseFencedParent, refuseServedContent } from '../path.ts';
import { type PreparedRecord, StorageError } from '../driver.ts';
import { codeOf, isGone } from './failure.ts';
import type { Tree } from './tree.ts';
import { drop, dropOrLeave, makeDirectories, openDirectory, placeOf, stands, syncDirectory } from './tree.ts';

const attempts = 3;

/** A complete file is linked to its name: whoever links first made it, and nobody sees a part. */
export async function create(
  tree: Tree,
  path: string,
  bytes: Uint8Array,
  signal: AbortSignal,
  seen?: () => void,
): Promise<'created' | 'exists'> {
  await using prepared = await prepare(tree, bytes, signal);
  return await prepared.create(path, signal, seen);
}

export async function prepare(tree: Tree, bytes: Uint8Array, signal: AbortSignal): Promise<PreparedRecord> {
  const temporary = await writeTemporary(tree, bytes, signal);
  return {
    create: async (path, createSignal, seen) => {
      await using directory = await openDirectory(tree, parentOf(path));
      createSignal.throwIfAborted();
      if (!(await linkTo(tree, temporary, path))) return 'exists';
      seen?.();
      await directory.sync();
      return 'created';
    },
    [Symbol.asyncDispose]: async () => dropOrLeave(tree, temporary),
  };
}

async function linkTo(tree: Tree, temporary: string, path: string): Promise<boolean> {
  try {
    await link(placeOf(tree, temporary), placeOf(tree, path));
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    // NFS may answer a repeated request: the count of names tells whether ours is the one that stands.
    return (await stat(placeOf(tree, temporary))).nlink === 2;
  }
}

export async function write(tree: Tree, path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const temporary = await writeTemporary(tree, bytes, signal);
  try {
    await using directory = await openDirectory(tree, parentOf(path));
    signal.throwIfAborted();
    refuseFencedParent(path);
    await rename(placeOf(tree, temporary), placeOf(tree, path));
    await directory.sync();
  } catch (error) {
    await drop(tree, temporary);
    throw error;
  }
}

/**
 * One rename decides among movers from the same place. That `to` is free is looked up before: names of the layout that something moves to are made
 * once, so no other file can be on its way there.
 */
export async function move(
  tree: Tree,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<'moved' | 'absent' | 'exists'> {
  refuseFencedParent(to);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    signal.throwIfAborted();
    if (!(await stands(tree, from))) return 'absent';
    if (await stands(tree, to)) return 'exists';
    await using target = await openDirectory(tree, parentOf(to));
    try {
      await rename(placeOf(tree, from), placeOf(tree, to));
    } catch (error) {
      if (isGone(error)) continue; // another mover was faster, or a parent went away: the next look says which
      throw error;
    }
    await target.sync(); // before the old place: a power cut may leave it at both, never at none
    await syncDirectory(tree, parentOf(from));
    return 'moved';
  }
  throw new StorageError(to, 'its directory went away again and again');
}

export async function discard(tree: Tree, path: string, signal: AbortSignal): Promise<void> {
  refuseServedContent(path);
  for (;;) {
    signal.throwIfAborted();
    try {
      await rm(placeOf(tree, path), { force: true, recursive: true });
      return;
    } catch (error) {
      if (codeOf(error) !== 'ENOTEMPTY') throw error; // somebody added to it: again
    }
  }
}

/** Everything in a directory. False: there is no such directory. */
export async function empty(tree: Tree, path: string, signal: AbortSignal): Promise<boolean> {
  let names: string[];
  try {
    names = await readdir(placeOf(tree, path));
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
  for (const name of names) await discard(tree, `${path}/${name}`, signal);
  return true;
}

async function writeTemporary(tree: Tree, bytes: Uint8Array, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const path = layout.temporary(tree.fresh());
  if (!(await isWrittenNew(tree, path, bytes))) {
    await makeDirectories(tree, layout.temporaries);
    if (!(await isWrittenNew(tree, path, bytes))) throw new StorageError(path, 'its directory went away');
  }
  return path;
}

/** False: its directory is gone. */
async function isWrittenNew(tree: Tree, path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await using file = await openNew(tree, path, bytes);
    await file?.sync();
    return file !== undefined;
  } catch (error) {
    await drop(tree, path);
    throw error;
  }
}

/**
 * A file that was not there before, written whole and open, so that it can be made durable; what could not be written whole is taken away. `undefined`: its
 * directory is gone.
 */
export async function openNew(tree: Tree, path: string, bytes: Uint8Array): Promise<FileHandle | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(placeOf(tree, path), 'wx');
    await file.writeFile(bytes);
    return file;
  } catch (error) {
    await file?.close();
    await drop(tree, path);
    if (isGone(error)) return undefined;
    throw error;
  }
}
