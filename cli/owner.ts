import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAbsent } from './absence.ts';
import { Failure } from './failure.ts';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What came of `becomeOwner`; `root`: the storage is root's own. */
type Became = 'unchanged' | 'owner' | 'root';

/**
 * A process that was started as root becomes the owner of its storage, for good: what root wrote there, replicas that run as its owner could not change, and
 * would stand still. The owner of what a registry wrote counts, else that of the directory. Rejects with `Failure` where the process may not change its user,
 * and where that user may not read this program.
 */
export async function becomeOwner(rootDirectory: string): Promise<Became> {
  if (process.getuid?.() !== 0) return 'unchanged';
  const owner = (await ownerOf(join(rootDirectory, 'docker/registry/v2'))) ?? (await ownerOf(rootDirectory));
  if (owner === undefined) return 'unchanged';
  if (owner.uid === 0) return 'root';
  try {
    process.setgroups?.([]);
    process.setgid?.(owner.gid);
    process.setuid?.(owner.uid);
  } catch (cause) {
    const who = `${owner.uid}:${owner.gid}`;
    const says = `${rootDirectory} belongs to ${who}, and this process of root may not become that: start it as ${who}`;
    throw new Failure('usage', says, { cause });
  }
  await mustBeReadable(owner);
  return 'owner';
}

/** Parts of the program are loaded when they are needed: better now than in the middle of a collection. */
async function mustBeReadable({ uid }: Owner): Promise<void> {
  const program = fileURLToPath(import.meta.url);
  try {
    await access(program, constants.R_OK);
  } catch (cause) {
    throw new Failure('usage', `user ${uid}, to whom the storage belongs, may not read ${program}`, { cause });
  }
}

async function ownerOf(path: string): Promise<Owner | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    // What is not there, or no directory, is told with more words by whoever opens the storage.
    if (isAbsent(error)) return undefined;
    throw new Failure('failed', `cannot tell whom the storage belongs to: ${String(error)}`, { cause: error });
  }
}
