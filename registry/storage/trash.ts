import type { WindowId } from '../../core/window/identity.ts';
import type { ReadableStore } from './driver.ts';
import { StorageError } from './driver.ts';
import { layout } from './layout.ts';

/*
 * What lies in a door or in the trash carries its old path in its name, so that nothing has to be written beside it, and audit and undo find it again:
 *
 *   /docker/registry/v2/blobs/sha256/ab/ab12…  ⇄  docker,registry,v2,blobs,sha256,ab,ab12…
 *
 * A name longer than a file system takes is cut into pieces: `first+/+next+/+last`. Only such a piece ends in `+`, so it is a folder and no content.
 * `=<random>` at the end marks a second thing from the same path in the same window. None of `,` `+` `=` occurs in a path of the layout.
 */
const longestPiece = 200; // with both `+` and an `=<uuid>` under the 255 bytes of a file name

/** Where what is at `path` lies in a door or in the trash, relative to the window's folder. */
export function trashName(path: string): string {
  if (!/^(?:\/[A-Za-z0-9._-]+)+$/.test(path)) throw new StorageError(path, 'cannot be named in the trash');
  const name = path.slice(1).replaceAll('/', ',');
  const pieces = name.match(new RegExp(`.{1,${longestPiece}}`, 'gs')) ?? [];
  return pieces.join('+/+');
}

/** Whether a name in a door or in the trash is a folder of pieces. */
export function isPiece(name: string): boolean {
  return name.endsWith('+');
}

/** The old path of what lies at `name`, relative to the window's folder. `undefined`: nothing that we put there. */
export function trashedPath(name: string): string | undefined {
  const whole = name.replaceAll('+/+', '').replace(/=[0-9a-f-]+$/, '');
  if (!/^[A-Za-z0-9._,-]+$/.test(whole)) return undefined;
  const path = `/${whole.replaceAll(',', '/')}`;
  return path.split('/').some((segment, at) => (at > 0 && segment === '') || segment === '.' || segment === '..')
    ? undefined
    : path;
}

export interface Trashed {
  /** Where it lies now: what to `discard`, or to `move` back to `from`. */
  readonly at: string;
  /** Where it lay. `undefined`: not understood, so it stays. */
  readonly from: string | undefined;
}

/** Everything that went through a window's door and is still in the trash. The window ended when `trash/<window>` was last changed. */
export async function trashOf(
  store: ReadableStore,
  window: WindowId,
  signal: AbortSignal,
): Promise<readonly Trashed[]> {
  const found: Trashed[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of (await store.list(`${layout.trash(window)}${below}`, signal)) ?? []) {
      const name = `${below}/${entry.name}`;
      if (isPiece(name)) await walk(name);
      else found.push({ at: `${layout.trash(window)}${name}`, from: trashedPath(name.slice(1)) });
    }
  };
  await walk('');
  return found;
}
