import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * Git holds `index.lock` while it changes a working tree, files and index together. Gives the identity of the lock of the checkout that a directory lies
 * in, if there is one now. Where this cannot be told it is taken as free: the looks at the files themselves stand all the same.
 */
export async function checkoutLock(directory: string): Promise<string | undefined> {
  const lock = join((await gitDirectoryOf(directory)) ?? directory, 'index.lock');
  const found = await orAbsent(stat(lock, { bigint: true }));
  return found === undefined ? undefined : `${lock} ${found.ino} ${found.mtimeNs}`;
}

async function gitDirectoryOf(directory: string): Promise<string | undefined> {
  const start = await orAbsent(realpath(directory));
  for (let at = start; at !== undefined; at = at === dirname(at) ? undefined : dirname(at)) {
    const found = await orAbsent(stat(join(at, '.git')));
    if (found?.isDirectory() === true) return join(at, '.git');
    // A worktree or a submodule: a file that says where.
    const link = found?.isFile() === true ? await orAbsent(readFile(join(at, '.git'), 'utf8')) : undefined;
    const target = /^gitdir: (.+)$/m.exec(link ?? '')?.[1];
    if (target !== undefined) return resolve(at, target);
  }
  return undefined;
}

async function orAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch(() => undefined);
}
