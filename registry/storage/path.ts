import { StorageError } from './driver.ts';
import { layout } from './layout.ts';

/** Paths come from `layout.ts`; one that could leave the root is still refused here, because what follows may delete. */
export function segmentsOf(path: string): readonly string[] {
  if (path === '/') return [];
  if (!isSound(path)) throw new StorageError(path, 'not a path of this storage');
  return path.slice(1).split('/');
}

/** Whether it is a path below the root, which needs no splitting to be told: a mark asks for millions. */
export function isSound(path: string): boolean {
  return path.startsWith('/') && !path.includes('\0') && !unsound.test(`${path}/`);
}

/** An empty name, or one that leads elsewhere. */
const unsound = /\/\.{0,2}\//;

/** The directory that holds `path`; the root holds itself. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/**
 * What may come into being as somebody's parent: anything but a stage or a door, which are made once, by name, by their owner. A parent made on the way
 * to a late rename would make it succeed (F2).
 */
export function refuseFencedParent(path: string): void {
  for (const fenced of [layout.stages, layout.doors]) {
    if (path.startsWith(`${fenced}/`)) throw new StorageError(path, 'a stage or a door is never made on the way');
  }
}

/** What registries serve leaves through a door alone; our own records and abandoned uploads need none. */
export function refuseServedContent(path: string): void {
  const isOurs = path.startsWith(`${layout.own}/`) || path.includes('/_uploads/');
  if (!isOurs) throw new StorageError(path, 'what is served leaves through the door of a window only');
}

/** A name found where only names of ours belong; another one is doubt, and named (G1). */
export function understood<T>(path: string, id: T | undefined): T {
  if (id === undefined) throw new StorageError(path, 'not a name that we give');
  return id;
}
