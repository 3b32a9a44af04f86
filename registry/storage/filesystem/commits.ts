import { constants } from 'node:fs';
import { link, open, rename, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { LifeId } from '../../../core/window/identity.ts';
import { type Content, type StagedCommit, StorageError } from '../driver.ts';
import { layout } from '../layout.ts';
import { allDone } from '../parallel.ts';
import { parentOf, refuseFencedParent } from '../path.ts';
import { codeOf, isGone } from './failure.ts';
import { bytesOf, fileStatOf } from './reads.ts';
import { openNew } from './records.ts';
import { stagedCommit } from './staging.ts';
import type { Tree } from './tree.ts';
import {
  drop,
  dropOrLeave,
  makeDirectories,
  openDirectory,
  openStanding,
  placeOf,
  stands,
  syncDirectory,
} from './tree.ts';

const attempts = 3;
const largestLinkBytes = 4096;

type Outcome = 'landed' | 'refused';

interface Landing {
  /** The name, and the way to it; the way alone, as for members: a life whose record a power cut took must still be missed (W1); or nothing. */
  readonly durable: 'name' | 'way' | 'nothing';
  /** Only over a file that stands. */
  readonly onlyReplace: boolean;
}

export async function commit(
  tree: Tree,
  life: LifeId,
  path: string,
  content: Content,
  signal: AbortSignal,
): Promise<Outcome> {
  await using staged = await stage(tree, life, path, content, signal);
  return await staged.land(signal);
}

export async function commitRecord(
  tree: Tree,
  life: LifeId,
  path: string,
  bytes: Uint8Array,
  how: 'make' | 'replace',
  signal: AbortSignal,
): Promise<Outcome> {
  signal.throwIfAborted();
  const staged = layout.staged(life, tree.fresh());
  const file = await openNew(tree, staged, bytes);
  if (file === undefined) return 'refused';
  let outcome: Outcome = 'refused';
  try {
    await file.close();
    outcome = await land(tree, staged, path, { durable: 'way', onlyReplace: how === 'replace' }, signal);
    return outcome;
  } finally {
    if (outcome === 'refused') await drop(tree, staged);
  }
}

/** A whole file in the life's stage, durable like the directories on its way: what is left to do is one rename, and one directory to sync. */
export async function stage(
  tree: Tree,
  life: LifeId,
  path: string,
  content: Content,
  signal: AbortSignal,
): Promise<StagedCommit> {
  signal.throwIfAborted();
  refuseFencedParent(path);
  const staged = layout.staged(life, tree.fresh());
  try {
    await using file = await put(tree, staged, content);
    // A life that has ended should not even leave an empty directory behind; one that ends this very moment may.
    const durable = 'mayBeLost' in content ? 'nothing' : 'name';
    if (file !== undefined) {
      await allDone([file.sync(), ...(durable === 'name' ? [makeStanding(tree, parentOf(path))] : [])]);
    }
    return stagedCommit({
      isStaged: file !== undefined,
      isSecondName: 'from' in content,
      land: async (landSignal) => land(tree, staged, path, { durable, onlyReplace: false }, landSignal),
      drop: async () => dropOrLeave(tree, staged),
    });
  } catch (error) {
    await drop(tree, staged);
    throw error;
  }
}

/** The file in the stage, not durable yet. `undefined`: the stage is gone. */
async function put(tree: Tree, staged: string, content: Content): Promise<FileHandle | undefined> {
  if ('bytes' in content) return openNew(tree, staged, content.bytes);
  const source = await open(placeOf(tree, content.from));
  try {
    fileStatOf(content.from, await source.stat());
    if (await linkStaged(tree, content.from, staged)) return source;
  } catch (error) {
    await source.close();
    throw error;
  }
  await source.close();
  return undefined;
}

async function makeStanding(tree: Tree, directory: string): Promise<void> {
  if (!(await stands(tree, directory))) await makeDirectories(tree, directory);
}

async function linkStaged(tree: Tree, from: string, staged: string): Promise<boolean> {
  try {
    await link(placeOf(tree, from), placeOf(tree, staged));
    return true;
  } catch (error) {
    if (!isGone(error) || (await stands(tree, parentOf(staged)))) throw error;
    return false;
  }
}

/** The way of every commit: one rename out of the life's stage, which the kernel refuses when the stage is gone (F2). */
async function land(
  tree: Tree,
  staged: string,
  path: string,
  { durable, onlyReplace }: Landing,
  signal: AbortSignal,
): Promise<Outcome> {
  refuseFencedParent(path);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    signal.throwIfAborted();
    if (onlyReplace && !(await stands(tree, path))) return 'refused';
    const standing = await openStanding(tree, parentOf(path));
    if (standing === undefined && !(await stands(tree, staged))) return 'refused';
    await using directory =
      standing ?? (await openDirectory(tree, parentOf(path), durable === 'nothing' ? 'visible' : 'durable'));
    await tree.before('commit', path);
    const outcome = await renameStaged(tree, staged, path);
    if (outcome === 'parentGone') continue;
    if (outcome === 'landed' && durable === 'name') await directory.sync();
    return outcome;
  }
  throw new StorageError(path, 'its directory went away again and again');
}

async function renameStaged(tree: Tree, staged: string, path: string): Promise<Outcome | 'parentGone'> {
  try {
    await rename(placeOf(tree, staged), placeOf(tree, path));
    return 'landed';
  } catch (error) {
    if (!isGone(error)) throw error;
    // Only who ends this life takes things out of its stage.
    return (await stands(tree, staged)) ? 'parentGone' : 'refused';
  }
}

export async function retract(
  tree: Tree,
  life: LifeId,
  from: string,
  signal: AbortSignal,
): Promise<'retracted' | 'absent' | 'refused'> {
  signal.throwIfAborted();
  const staged = layout.staged(life, tree.fresh());
  await tree.before('retract', from);
  try {
    await rename(placeOf(tree, from), placeOf(tree, staged));
  } catch (error) {
    if (!isGone(error)) throw error;
    return (await stands(tree, layout.stage(life))) ? 'absent' : 'refused';
  }
  await syncDirectory(tree, parentOf(from));
  await drop(tree, staged);
  return 'retracted';
}

export async function renew(
  tree: Tree,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly renewed: true; readonly modifiedAt: number } | { readonly renewed: false }> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    signal.throwIfAborted();
    const renewed = await rewrite(tree, path, signal);
    if (renewed === undefined) return { renewed: false };
    const now = await inodeAt(tree, path);
    if (now === undefined) return { renewed: false };
    if (now === renewed.inode) return { renewed: true, modifiedAt: renewed.modifiedAt };
    // Replaced meanwhile: what was renewed is not what stands.
  }
  throw new StorageError(path, 'replaced while it was renewed, again and again');
}

/** Writes a file's own bytes over them, so that the storage's clock sets the time; never makes one (F7). */
async function rewrite(
  tree: Tree,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly inode: bigint; readonly modifiedAt: number } | undefined> {
  try {
    await using file = await open(placeOf(tree, path), constants.O_RDWR | constants.O_NONBLOCK);
    const { sizeBytes } = fileStatOf(path, await file.stat());
    const bytes = await bytesOf(path, file, { sizeBytes, limitBytes: largestLinkBytes }, signal);
    if (bytes.length === 0) throw new StorageError(path, 'an empty file cannot be renewed');
    await tree.before('renew', path);
    await file.write(bytes, 0, bytes.length, 0);
    await file.sync();
    return { inode: (await file.stat({ bigint: true })).ino, modifiedAt: (await file.stat()).mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function inodeAt(tree: Tree, path: string): Promise<bigint | undefined> {
  try {
    return (await stat(placeOf(tree, path), { bigint: true })).ino;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
