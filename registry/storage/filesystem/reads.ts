import type { Dirent, Stats } from 'node:fs';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lstat, open as openFile, readdir, stat as statFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ByteRange, Entry, SmallFile, Stat } from '../driver.ts';
import { StorageError } from '../driver.ts';
import { codeOf, isGone } from './failure.ts';
import type { Tree } from './tree.ts';
import { placeOf } from './tree.ts';

const chunkBytes = 512 * 1024;

export async function stat(tree: Tree, path: string, signal: AbortSignal): Promise<Stat | undefined> {
  signal.throwIfAborted();
  const place = placeOf(tree, path);
  const stats = await orAbsent(path, place, statFile(place));
  return stats && statOf(path, stats);
}

export async function readSmall(
  tree: Tree,
  path: string,
  limitBytes: number,
  signal: AbortSignal,
): Promise<SmallFile | undefined> {
  await using opened = await openToRead(tree, path, signal);
  if (opened === undefined) return undefined;
  const { sizeBytes, modifiedAt } = fileStatOf(path, await opened.stat());
  return { bytes: await bytesOf(path, opened, { sizeBytes, limitBytes }, signal), modifiedAt };
}

export async function open(
  tree: Tree,
  path: string,
  range: ByteRange | undefined,
  signal: AbortSignal,
): Promise<{ readonly stat: Stat; readonly body: Readable } | undefined> {
  const opened = await openToRead(tree, path, signal);
  if (opened === undefined) return undefined;
  try {
    const stats = fileStatOf(path, await opened.stat());
    signal.throwIfAborted();
    return { stat: stats, body: opened.createReadStream({ ...range, highWaterMark: chunkBytes, signal }) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

export async function list(tree: Tree, path: string, signal: AbortSignal): Promise<readonly Entry[] | undefined> {
  const place = placeOf(tree, path);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    signal.throwIfAborted();
    const found = await orAbsent(path, place, readdir(place, { withFileTypes: true }));
    if (found !== undefined) return entriesOf(path, place, found);
    // Some file systems name no kinds, so that each entry is looked at: one that has just gone must not read as an absent directory.
    if ((await orAbsent(path, place, lstat(place))) === undefined) return undefined;
  }
  throw new StorageError(path, 'changed while it was listed, again and again');
}

/** An open file of which a look said that it has `sizeBytes`; one that is longer than `limitBytes`, or by now than it was, rejects. */
export async function bytesOf(
  path: string,
  opened: FileHandle,
  { sizeBytes, limitBytes }: { readonly sizeBytes: number; readonly limitBytes: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (sizeBytes > limitBytes) throw new StorageError(path, `larger than the ${limitBytes} bytes that are read of it`);
  const bytes = Buffer.alloc(sizeBytes + 1); // one more, to see its end
  let length = 0;
  while (length < bytes.length) {
    signal.throwIfAborted();
    const { bytesRead } = await opened.read(bytes, length, bytes.length - length, length);
    length += bytesRead;
    // More was asked for than its size: what gave exactly that has ended there.
    if (bytesRead === 0 || length === sizeBytes) return bytes.subarray(0, length);
  }
  throw new StorageError(path, 'grew while it was read');
}

export function fileStatOf(path: string, stats: Stats): Stat {
  const found = statOf(path, stats);
  if (found.kind !== 'file') throw new StorageError(path, 'a directory in the place of a file');
  return found;
}

async function openToRead(tree: Tree, path: string, signal: AbortSignal): Promise<FileHandle | undefined> {
  signal.throwIfAborted();
  const place = placeOf(tree, path);
  // Without O_NONBLOCK a pipe in a file's place would hold the thread until somebody writes.
  return orAbsent(path, place, openFile(place, constants.O_RDONLY | constants.O_NONBLOCK));
}

function statOf(path: string, stats: Stats): Stat {
  return { kind: kindOf(path, stats), sizeBytes: stats.size, modifiedAt: stats.mtimeMs };
}

function kindOf(path: string, found: Stats | Dirent): Entry['kind'] {
  if (found.isFile()) return 'file';
  if (found.isDirectory()) return 'directory';
  throw new StorageError(path, 'neither a file nor a directory');
}

async function entriesOf(path: string, place: string, found: readonly Dirent[]): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const entry of found) {
    const target = entry.isSymbolicLink() ? await statFile(`${place}/${entry.name}`) : entry;
    entries.push({ name: entry.name, kind: kindOf(`${path}/${entry.name}`, target) });
  }
  return entries;
}

/** Only ENOENT is absence. ENOTDIR is not (a file stands where a directory belongs), nor is a symbolic link to nothing: both may be a mount that is gone (G1). */
async function orAbsent<T>(path: string, place: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    if (await isLink(place)) throw new StorageError(path, 'a symbolic link to nothing', { cause: error });
    return undefined;
  }
}

async function isLink(place: string): Promise<boolean> {
  try {
    return (await lstat(place)).isSymbolicLink();
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
