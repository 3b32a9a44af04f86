import type { LifeId } from '../../../../core/window/identity.ts';
import { type Content, type StagedCommit, StorageError } from '../../../storage/driver.ts';
import { isGone } from '../../../storage/filesystem/failure.ts';
import { stagedCommit } from '../../../storage/filesystem/staging.ts';
import { allDone } from '../../../storage/parallel.ts';
import { layout } from '../../../storage/layout.ts';
import { parentOf, refuseFencedParent } from '../../../storage/path.ts';
import { endedName } from './fence.ts';
import type { FileNode } from './node.ts';
import { fileAt } from './reads.ts';
import type { Tree } from './tree.ts';

const attempts = 3;
const largestLinkBytes = 4096;

/** The file in the stage, not durable yet; `undefined`: the stage is gone. */
async function put(tree: Tree, staged: string, content: Content): Promise<FileNode | undefined> {
  if ('bytes' in content) return tree.openNew(staged, content.bytes);
  const { from } = content;
  const source = await tree.call('open', from, () => fileAt(tree, from));
  try {
    await tree.call('link', `${from} ${staged}`, () => {
      tree.disk.link(from, staged);
    });
    return source;
  } catch (error) {
    if (!isGone(error) || (await tree.stands(parentOf(staged)))) throw error;
    return undefined;
  }
}

/** The calls of the driver of real directories, in its order: the file and the directories on its way are made durable side by side. */
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
    const file = await put(tree, staged, content);
    const durable = 'mayBeLost' in content ? 'nothing' : 'name';
    if (file !== undefined) {
      await allDone([tree.syncFile(staged, file), ...(durable === 'name' ? [makeStanding(tree, parentOf(path))] : [])]);
    }
    return stagedCommit({
      isStaged: file !== undefined,
      isSecondName: 'from' in content,
      land: async (landSignal) => land(tree, staged, path, { durable, onlyReplace: false }, landSignal),
      drop: async () => tree.dropOrLeave(staged),
    });
  } catch (error) {
    await tree.drop(staged);
    throw error;
  }
}

async function makeStanding(tree: Tree, directory: string): Promise<void> {
  if (!(await tree.stands(directory))) await tree.makeDirectories(directory);
}

export async function commitRecord(
  tree: Tree,
  life: LifeId,
  path: string,
  bytes: Uint8Array,
  onlyReplace: boolean,
  signal: AbortSignal,
): Promise<'landed' | 'refused'> {
  signal.throwIfAborted();
  const staged = layout.staged(life, tree.fresh());
  if ((await tree.openNew(staged, bytes)) === undefined) return 'refused';
  let outcome: 'landed' | 'refused' = 'refused';
  try {
    outcome = await land(tree, staged, path, { durable: 'way', onlyReplace }, signal);
    return outcome;
  } finally {
    if (outcome === 'refused') await tree.drop(staged);
  }
}

/** One rename out of the life's stage, which is refused when the stage is gone. */
async function land(
  tree: Tree,
  staged: string,
  path: string,
  { durable, onlyReplace }: { readonly durable: 'name' | 'way' | 'nothing'; readonly onlyReplace: boolean },
  signal: AbortSignal,
): Promise<'landed' | 'refused'> {
  refuseFencedParent(path);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    signal.throwIfAborted();
    if (onlyReplace && !(await tree.stands(path))) return 'refused';
    const standing = await tree.openStanding(parentOf(path));
    if (standing === undefined && !(await stagedStands(tree, staged))) return 'refused';
    const directory =
      standing ?? (await tree.openDirectory(parentOf(path), durable === 'nothing' ? 'visible' : 'durable'));
    const outcome = await renameStaged(tree, staged, path);
    if (outcome === 'parentGone') continue;
    if (outcome === 'landed' && durable === 'name') await tree.sync(parentOf(path), directory);
    return outcome;
  }
  throw new StorageError(path, 'its directory went away again and again');
}

async function renameStaged(tree: Tree, staged: string, path: string): Promise<'landed' | 'refused' | 'parentGone'> {
  try {
    await tree.rename(staged, path);
    return 'landed';
  } catch (error) {
    if (!isGone(error)) throw error;
    if (await tree.stands(staged)) return 'parentGone';
    return tree.switches.refusesLate ? 'refused' : landLate(tree, staged, path);
  }
}

function stagedStands(tree: Tree, staged: string): Promise<boolean> {
  return tree.switches.refusesLate ? tree.stands(staged) : Promise.resolve(true);
}

async function landLate(tree: Tree, staged: string, path: string): Promise<'landed' | 'refused'> {
  try {
    await tree.rename(`${endedName(parentOf(staged))}/${staged.slice(staged.lastIndexOf('/') + 1)}`, path);
    return 'landed';
  } catch (error) {
    if (isGone(error)) return 'refused';
    throw error;
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
  try {
    await tree.rename(from, staged);
  } catch (error) {
    if (!isGone(error)) throw error;
    return (await tree.stands(layout.stage(life))) ? 'absent' : 'refused';
  }
  await tree.syncDirectory(parentOf(from));
  await tree.drop(staged);
  return 'retracted';
}

export async function renew(
  tree: Tree,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly renewed: true; readonly modifiedAt: number } | { readonly renewed: false }> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    signal.throwIfAborted();
    const renewed = await rewrite(tree, path);
    if (renewed === undefined) return { renewed: false };
    const now = await tree.find(path);
    if (now === undefined) return { renewed: false };
    if (now === renewed.file) return { renewed: true, modifiedAt: renewed.modifiedAt };
  }
  throw new StorageError(path, 'replaced while it was renewed, again and again');
}

async function rewrite(
  tree: Tree,
  path: string,
): Promise<{ readonly file: FileNode; readonly modifiedAt: number } | undefined> {
  try {
    const file = await tree.call('open', path, () => fileAt(tree, path));
    const { bytes } = await tree.call('read', path, () => ({ bytes: file.bytes }));
    if (bytes.length > largestLinkBytes) throw new StorageError(path, 'too large to be renewed');
    if (bytes.length === 0) throw new StorageError(path, 'an empty file cannot be renewed');
    await tree.call('write', path, () => {
      tree.disk.write(file, bytes);
    });
    await tree.syncFile(path, file);
    return await tree.call('stat', path, () => ({ file, modifiedAt: file.modifiedAt }));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
