import { type PreparedRecord, StorageError } from '../../../storage/driver.ts';
import { codeOf, isGone } from '../../../storage/filesystem/failure.ts';
import { layout } from '../../../storage/layout.ts';
import { parentOf, refuseFencedParent, refuseServedContent } from '../../../storage/path.ts';
import type { Tree } from './tree.ts';

const attempts = 3;

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
      const directory = await tree.openDirectory(parentOf(path));
      createSignal.throwIfAborted();
      if (!(await isLinked(tree, temporary, path))) return 'exists';
      seen?.();
      await tree.sync(parentOf(path), directory);
      return 'created';
    },
    [Symbol.asyncDispose]: async () => tree.dropOrLeave(temporary),
  };
}

async function isLinked(tree: Tree, temporary: string, path: string): Promise<boolean> {
  try {
    await tree.call('link', `${temporary} ${path}`, () => {
      tree.disk.link(temporary, path);
    });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

export async function write(tree: Tree, path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const temporary = await writeTemporary(tree, bytes, signal);
  try {
    const directory = await tree.openDirectory(parentOf(path));
    signal.throwIfAborted();
    refuseFencedParent(path);
    await tree.rename(temporary, path);
    await tree.sync(parentOf(path), directory);
  } catch (error) {
    await tree.drop(temporary);
    throw error;
  }
}

export async function move(
  tree: Tree,
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<'moved' | 'absent' | 'exists'> {
  refuseFencedParent(to);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    signal.throwIfAborted();
    if (!(await tree.stands(from))) return 'absent';
    if (await tree.stands(to)) return 'exists';
    const target = await tree.openDirectory(parentOf(to));
    try {
      await tree.rename(from, to);
    } catch (error) {
      if (isGone(error)) continue;
      throw error;
    }
    await tree.sync(parentOf(to), target);
    await tree.syncDirectory(parentOf(from));
    return 'moved';
  }
  throw new StorageError(to, 'its directory went away again and again');
}

export async function discard(tree: Tree, path: string, signal: AbortSignal): Promise<void> {
  refuseServedContent(path);
  for (;;) {
    signal.throwIfAborted();
    if (await isDiscarded(tree, path)) return;
  }
}

/** Everything in a directory. False: there is no such directory. */
export async function empty(tree: Tree, path: string, signal: AbortSignal): Promise<boolean> {
  const names = await tree.namesIn(path);
  for (const name of names ?? []) await discard(tree, `${path}/${name}`, signal);
  return names !== undefined;
}

/** As `rm -r` does, name by name. False: somebody added to it. */
async function isDiscarded(tree: Tree, path: string): Promise<boolean> {
  const node = await tree.find(path);
  if (node === undefined) return true;
  if (node.kind === 'file') {
    await tree.drop(path);
    return true;
  }
  for (const name of (await tree.namesIn(path)) ?? []) {
    if (!(await isDiscarded(tree, `${path}/${name}`))) return false;
  }
  return tree.isRemoved(path);
}

async function writeTemporary(tree: Tree, bytes: Uint8Array, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const path = layout.temporary(tree.fresh());
  if (await tree.writeNew(path, bytes)) return path;
  await tree.makeDirectories(layout.temporaries);
  if (!(await tree.writeNew(path, bytes))) throw new StorageError(path, 'its directory went away');
  return path;
}
