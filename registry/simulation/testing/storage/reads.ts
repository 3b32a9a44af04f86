import { addAbortSignal, Readable } from 'node:stream';
import { type ByteRange, type Entry, type SmallFile, type Stat, StorageError } from '../../../storage/driver.ts';
import { isGone } from '../../../storage/filesystem/failure.ts';
import type { DirectoryNode, FileNode, Node } from './node.ts';
import type { Tree } from './tree.ts';

/** How listings of what registries serve deceive. */
export interface Listings {
  /** What a reader of this directory sees of the names in it. */
  readonly shown: (path: string, directory: DirectoryNode) => ReadonlyMap<string, Node>;
}

export async function stat(tree: Tree, path: string, signal: AbortSignal): Promise<Stat | undefined> {
  signal.throwIfAborted();
  return tree.call('stat', path, () => {
    const node = tree.disk.find(path);
    if (node?.kind === 'directory') return { kind: 'directory', sizeBytes: 0, modifiedAt: node.modifiedAt };
    return node && statOf(node);
  });
}

export async function readSmall(
  tree: Tree,
  path: string,
  limitBytes: number,
  signal: AbortSignal,
): Promise<SmallFile | undefined> {
  const file = await openToRead(tree, path, signal);
  if (file === undefined) return undefined;
  const { bytes, modifiedAt } = await tree.call('read', path, () => ({ ...file }));
  signal.throwIfAborted();
  if (bytes.length > limitBytes) throw new StorageError(path, `larger than the ${limitBytes} bytes that are read`);
  return { bytes: Uint8Array.from(bytes), modifiedAt };
}

export async function open(
  tree: Tree,
  path: string,
  range: ByteRange | undefined,
  signal: AbortSignal,
): Promise<{ readonly stat: Stat; readonly body: Readable } | undefined> {
  const file = await openToRead(tree, path, signal);
  if (file === undefined) return undefined;
  signal.throwIfAborted();
  const body = Readable.from(pieces(tree, path, file, range), { objectMode: false });
  return { stat: statOf(file), body: addAbortSignal(signal, body) };
}

export async function list(
  tree: Tree,
  path: string,
  { shown }: Listings,
  signal: AbortSignal,
): Promise<readonly Entry[] | undefined> {
  signal.throwIfAborted();
  return tree.call('readdir', path, () => {
    const node = tree.disk.find(path);
    if (node?.kind === 'file') throw new StorageError(path, 'a file in the place of a directory');
    return node && [...shown(path, node)].map(([name, { kind }]) => ({ name, kind }));
  });
}

/** For calls that need a file there. */
export function fileAt(tree: Tree, path: string): FileNode {
  const node = tree.disk.at('open', path);
  if (node.kind === 'directory') throw new StorageError(path, 'a directory in the place of a file');
  return node;
}

async function openToRead(tree: Tree, path: string, signal: AbortSignal): Promise<FileNode | undefined> {
  signal.throwIfAborted();
  try {
    return await tree.call('open', path, () => fileAt(tree, path));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function* pieces(
  tree: Tree,
  path: string,
  file: FileNode,
  range: ByteRange | undefined,
): AsyncGenerator<Uint8Array> {
  const bytes = await tree.call('read', path, () => file.bytes);
  const end = range === undefined ? bytes.length : Math.min(bytes.length, range.end + 1);
  for (let at = range?.start ?? 0; at < end; at += 65_536)
    yield Buffer.from(bytes.subarray(at, Math.min(end, at + 65_536)));
}

function statOf(file: FileNode): Stat {
  return { kind: 'file', sizeBytes: file.bytes.length, modifiedAt: file.modifiedAt };
}
