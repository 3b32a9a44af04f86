import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { StorageError } from '../driver.ts';
import { chunksUntil } from '../chunks.ts';
import { parentOf } from '../path.ts';
import { isGone, naming } from './failure.ts';
import type { Tree } from './tree.ts';
import { makeDirectories, placeOf } from './tree.ts';

/** Two chunks of a connection. Larger ones have left the processor's cache by the time the kernel copies them, and the connection waits longer for each: half as fast. */
const blockBytes = 128 * 1024;

export async function append(
  tree: Tree,
  path: string,
  offset: number,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  signal.throwIfAborted();
  await using file = await naming(path, offset === 0 ? openOrMake(tree, path) : open(placeOf(tree, path), 'r+'));
  const size = await naming(path, sizeToChange(path, file));
  if (size !== offset) throw new StorageError(path, `is ${size} bytes long, not ${offset}`);
  let end = offset;
  for await (const block of blocks(chunksUntil(body, signal))) {
    await naming(path, writeAll(file, block, end));
    end += block.length;
    signal.throwIfAborted();
  }
  return end;
}

export async function truncate(tree: Tree, path: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await using file = await open(placeOf(tree, path), 'r+');
  const size = await sizeToChange(path, file);
  if (size < sizeBytes) throw new StorageError(path, `is ${size} bytes long, cannot be cut to ${sizeBytes}`);
  await file.truncate(sizeBytes);
}

async function openOrMake(tree: Tree, path: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT;
  try {
    return await open(placeOf(tree, path), flags);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  await makeDirectories(tree, parentOf(path));
  return open(placeOf(tree, path), flags);
}

/** A file with a second name has been committed: what was written to it now would change a blob. */
async function sizeToChange(path: string, file: FileHandle): Promise<number> {
  const { size, nlink } = await file.stat();
  if (nlink !== 1) throw new StorageError(path, 'has been committed, and changes no more');
  return size;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
  }
}

/** Chunks as a network delivers them, gathered into blocks that are worth a call. A block is the reader's only until it asks for the next. */
async function* blocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  for await (const chunk of chunks) {
    let taken = 0;
    while (taken < chunk.length) {
      const part = chunk.subarray(taken, taken + blockBytes - filled);
      taken += part.length;
      if (part.length === blockBytes) {
        yield part; // a whole block of the body's own: no copy
        continue;
      }
      block.set(part, filled);
      filled += part.length;
      if (filled < blockBytes) continue;
      yield block;
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
