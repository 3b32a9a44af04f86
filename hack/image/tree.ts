import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entry } from './tar.ts';

/**
 * The files below a folder, at any depth, as entries below `at`; `wanted` is asked with each path below the folder. Modes become 644, or 755 where the
 * owner may execute: the umask of whoever builds is no part of an image. Rejects at what is neither file nor directory.
 */
export async function treeOf(folder: string, at: string, wanted: (path: string) => boolean): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const item of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const source = join(item.parentPath, item.name);
    const path = source.slice(folder.length + 1);
    if (item.isDirectory() || !wanted(path)) continue;
    if (!item.isFile()) throw new Error(`${source} is neither a file nor a directory`);
    entries.push(await fileOf(source, `${at}/${path}`));
  }
  return entries;
}

/** One file as an entry, links followed. */
export async function fileOf(source: string, path: string): Promise<Entry> {
  const { mode, size } = await stat(source);
  return { kind: 'file', path, mode: (mode & 0o100) === 0 ? 0o644 : 0o755, source, sizeBytes: size };
}
