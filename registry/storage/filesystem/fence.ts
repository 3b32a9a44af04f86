import { mkdir, readdir, rename, rmdir, stat as statFile } from 'node:fs/promises';
import type { LifeId, WindowId } from '../../../core/window/identity.ts';
import { parseLifeId, parseWindowId } from '../../../core/window/identity.ts';
import { layout } from '../layout.ts';
import { inParallel } from '../parallel.ts';
import { understood } from '../path.ts';
import { isPiece } from '../trash.ts';
import { codeOf, isGone } from './failure.ts';
import { list } from './reads.ts';
import { empty } from './records.ts';
import type { Tree } from './tree.ts';
import { madeBelow, makeDirectories, placeOf, stands } from './tree.ts';

/*
 * Stage and door are made here and nowhere else, once, not with their parents' `mkdir -p`, and they end by rmdir, never by a rename: on NFS the handle
 * of a renamed directory still takes what comes late (protocol section 3, 9). No sync: after a power cut no process is left that could be late.
 */

export async function beginLife(tree: Tree, life: LifeId, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await makeDirectories(tree, layout.stages);
  await mkdir(placeOf(tree, layout.stage(life)));
}

export async function openWindow(tree: Tree, window: WindowId, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await makeDirectories(tree, layout.doors);
  await mkdir(placeOf(tree, layout.door(window)));
}

export async function endLife(tree: Tree, life: LifeId, signal: AbortSignal): Promise<void> {
  const stage = layout.stage(life);
  for (;;) {
    signal.throwIfAborted();
    const isThere = await empty(tree, stage, signal);
    if (!isThere || (await isRemoved(tree, stage))) return;
  }
}

export async function endWindow(tree: Tree, window: WindowId, signal: AbortSignal): Promise<void> {
  await moveAndRemove(tree, layout.door(window), layout.trash(window), signal);
}

export async function stagedLives(tree: Tree, signal: AbortSignal): Promise<readonly LifeId[]> {
  const entries = (await list(tree, layout.stages, signal)) ?? [];
  return entries.map(({ name }) => understood(`${layout.stages}/${name}`, parseLifeId(name)));
}

export async function openWindows(
  tree: Tree,
  signal: AbortSignal,
): Promise<readonly { readonly window: WindowId; readonly modifiedAt: number }[]> {
  const windows: { window: WindowId; modifiedAt: number }[] = [];
  for (const { name } of (await list(tree, layout.doors, signal)) ?? []) {
    const window = understood(`${layout.doors}/${name}`, parseWindowId(name));
    try {
      windows.push({ window, modifiedAt: (await statFile(placeOf(tree, layout.door(window)))).mtimeMs });
    } catch (error) {
      if (!isGone(error)) throw error; // ended since it was listed
    }
  }
  return windows;
}

/** Any number of processes may do this at once, and any of them may stop anywhere: each step is one that somebody else may have done. */
async function moveAndRemove(tree: Tree, from: string, to: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const entries = await namesIn(tree, from);
    if (entries === undefined) return;
    if (entries.length > 0) await madeBelow(tree, to); // not synced, no more than what goes into it: pushes wait for the end of a window
    await inParallel(entries, async (name) => {
      if (isPiece(name)) await moveAndRemove(tree, `${from}/${name}`, `${to}/${name}`, signal);
      else await moveEntry(tree, `${from}/${name}`, `${to}/${name}`);
    });
    if (await isRemoved(tree, from)) return;
  }
}

async function moveEntry(tree: Tree, from: string, to: string): Promise<void> {
  try {
    const free = (await stands(tree, to)) ? `${to}=${tree.fresh()}` : to; // gone twice in one window: both are kept
    await rename(placeOf(tree, from), placeOf(tree, free));
  } catch (error) {
    if (isGone(error)) return; // another ender was faster, or the trash was emptied: the next look says which
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error; // came there meanwhile: the next look finds another name
  }
}

async function namesIn(tree: Tree, path: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(placeOf(tree, path));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** False: something came into it meanwhile. */
async function isRemoved(tree: Tree, path: string): Promise<boolean> {
  try {
    await rmdir(placeOf(tree, path));
    return true;
  } catch (error) {
    if (isGone(error)) return true;
    if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}
