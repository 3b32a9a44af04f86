import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Sharing = 'reflinks' | 'hard links';

/** Beside the content; for durations of its own. */
const ownState = 'coppice';

/**
 * Copies a tree to `to`, which must not be there, so that both share their bytes: by reflinks where the file system has them, else by hard links. The
 * latter only for what makes, renames and removes names: who writes into a file that stands there writes into the original. What a
 * replica or a command has left in the tree of its own stays behind.
 */
export async function copyTree(from: string, to: string, signal: AbortSignal): Promise<Sharing> {
  const sharing = (await hasReflinks(to, signal)) ? 'reflinks' : 'hard links';
  await run('cp', ['-a', sharing === 'reflinks' ? '--reflink=always' : '-l', from, to], { signal });
  await rm(join(to, ownState), { recursive: true, force: true });
  return sharing;
}

async function hasReflinks(beside: string, signal: AbortSignal): Promise<boolean> {
  const [one, other] = [`${beside}.probe`, `${beside}.probe-copy`];
  try {
    await writeFile(one, 'a probe');
    await run('cp', ['--reflink=always', one, other], { signal });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  } finally {
    await Promise.all([rm(one, { force: true }), rm(other, { force: true })]);
  }
}
