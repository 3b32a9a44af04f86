import type { LifeId, WindowId } from '../../../../core/window/identity.ts';
import { parseLifeId, parseWindowId } from '../../../../core/window/identity.ts';
import { codeOf, isGone } from '../../../storage/filesystem/failure.ts';
import { allDone } from '../../../storage/parallel.ts';
import { layout } from '../../../storage/layout.ts';
import { understood } from '../../../storage/path.ts';
import { isPiece } from '../../../storage/trash.ts';
import { empty } from './records.ts';
import type { Tree } from './tree.ts';

export const endedMark = '~';

/** Where a stage or a door goes that is renamed away instead of removed (`refusesLate` off). */
export function endedName(path: string): string {
  return `${path}${endedMark}`;
}

export async function beginLife(tree: Tree, life: LifeId, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await tree.makeDirectories(layout.stages);
  await tree.mkdir(layout.stage(life));
}

export async function openWindow(tree: Tree, window: WindowId, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await tree.makeDirectories(layout.doors);
  await tree.mkdir(layout.door(window));
}

export async function endLife(tree: Tree, life: LifeId, signal: AbortSignal): Promise<void> {
  const stage = layout.stage(life);
  for (;;) {
    signal.throwIfAborted();
    if (!tree.switches.refusesLate) {
      await renameAway(tree, stage);
      return;
    }
    const isThere = await empty(tree, stage, signal);
    if (!isThere || (await tree.isRemoved(stage))) return;
  }
}

export async function endWindow(tree: Tree, window: WindowId, signal: AbortSignal): Promise<void> {
  await moveAndRemove(tree, layout.door(window), layout.trash(window), signal);
}

export async function stagedLives(tree: Tree, signal: AbortSignal): Promise<readonly LifeId[]> {
  signal.throwIfAborted();
  const names = (await tree.namesIn(layout.stages)) ?? [];
  return standing(names).map((name) => understood(`${layout.stages}/${name}`, parseLifeId(name)));
}

export async function openWindows(
  tree: Tree,
  signal: AbortSignal,
): Promise<readonly { readonly window: WindowId; readonly modifiedAt: number }[]> {
  signal.throwIfAborted();
  const windows: { window: WindowId; modifiedAt: number }[] = [];
  for (const name of standing((await tree.namesIn(layout.doors)) ?? [])) {
    const window = understood(`${layout.doors}/${name}`, parseWindowId(name));
    const door = await tree.find(layout.door(window));
    if (door !== undefined) windows.push({ window, modifiedAt: door.modifiedAt });
  }
  return windows;
}

function standing(names: readonly string[]): readonly string[] {
  return names.filter((name) => !name.endsWith(endedMark));
}

async function moveAndRemove(tree: Tree, from: string, to: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const names = await tree.namesIn(from);
    if (names === undefined) return;
    if (names.length > 0) await tree.madeBelow(to);
    const moves = names.map(async (name) => {
      if (isPiece(name)) await moveAndRemove(tree, `${from}/${name}`, `${to}/${name}`, signal);
      else await moveEntry(tree, `${from}/${name}`, `${to}/${name}`);
    });
    await allDone(moves);
    if (!tree.switches.refusesLate) {
      await renameAway(tree, from);
      return;
    }
    if (await tree.isRemoved(from)) return;
  }
}

async function moveEntry(tree: Tree, from: string, to: string): Promise<void> {
  try {
    const free = (await tree.stands(to)) ? `${to}=${tree.fresh()}` : to;
    await tree.rename(from, free);
  } catch (error) {
    if (isGone(error)) return;
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  }
}

async function renameAway(tree: Tree, path: string): Promise<void> {
  try {
    await tree.rename(path, endedName(path));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
