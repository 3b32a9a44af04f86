import type { BigIntStats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf } from './failure.ts';

/** More files than people keep in a directory; whoever gives a wrong one (`/`) is told so, not waited for. */
const mostFiles = 10_000;
const mostEntries = 200_000;
const deepest = 64;
const ending = /\.(?:yaml|yml|json)$/;

export interface FoundFile {
  /** From the resources directory on, by the names that a user sees: `team-a/requests.yaml`. */
  readonly path: string;
  readonly place: string;
  readonly size: number;
  /** Another one: the file may hold something else. */
  readonly signature: string;
}

/** Something that could not be looked at. What came from it, or from below it, may be there still. */
export interface Unreadable {
  /** Empty: the whole directory. */
  readonly path: string;
  readonly message: string;
  /** A link that leads nowhere may have led to a directory. One that no object ever came from is nobody's concern. */
  readonly isLink: boolean;
}

export interface Look {
  /** Sorted by path; one that several links lead to stands here once, under the first. */
  readonly files: readonly FoundFile[];
  readonly unreadable: readonly Unreadable[];
  /** Where the file system may tell of changes. */
  readonly directories: readonly string[];
  readonly signature: string;
}

/**
 * What is in the resources directory now. Names that begin with a dot are hidden, but where a visible link leads is read (a kubelet's `..data`, the
 * worktrees of git-sync). `stateDirectory` is never entered, whatever leads there.
 */
export async function look(root: string, stateDirectory: string): Promise<Look> {
  const walk = new Walk();
  try {
    walk.skip(await stat(stateDirectory, { bigint: true }));
    const found = await stat(root, { bigint: true });
    if (found.isDirectory()) await walk.enter(await realpath(root), '', 0, found);
    else walk.meet(root, basename(root), found);
    return walk.seen();
  } catch (error) {
    const unreadable = [{ path: '', message: `${root}: cannot be read: ${messageOf(error)}`, isLink: false }];
    return { files: [], unreadable, directories: [], signature: JSON.stringify(unreadable) };
  }
}

class TooMuch extends Error {}

class Walk {
  readonly #files: FoundFile[] = [];
  readonly #unreadable: Unreadable[] = [];
  readonly #directories: string[] = [];
  /** Files and directories by their identity: links do not make two of one, and end where they began. */
  readonly #met = new Set<string>();
  #entries = 0;

  skip(found: BigIntStats): void {
    this.#met.add(identity(found));
  }

  async enter(place: string, path: string, depth: number, found: BigIntStats): Promise<void> {
    if (this.#met.has(identity(found))) return;
    this.#met.add(identity(found));
    if (depth > deepest) throw new TooMuch(`${path} is more than ${deepest} directories deep`);
    let entries;
    try {
      entries = await readdir(place, { withFileTypes: true });
    } catch (error) {
      this.#fail(path, error, false);
      return;
    }
    this.#directories.push(place);
    for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      this.#entries += 1;
      if (this.#entries > mostEntries) throw new TooMuch(`it holds more than ${mostEntries} files and directories`);
      if (entry.isFile() && !ending.test(entry.name)) continue;
      await this.#visit(
        join(place, entry.name),
        path === '' ? entry.name : `${path}/${entry.name}`,
        depth,
        entry.isSymbolicLink(),
      );
    }
  }

  async #visit(place: string, path: string, depth: number, isLink: boolean): Promise<void> {
    let found;
    try {
      found = await stat(place, { bigint: true });
    } catch (error) {
      this.#fail(path, error, isLink && !ending.test(path));
      return;
    }
    if (found.isDirectory()) await this.enter(place, path, depth + 1, found);
    else if (ending.test(path)) this.meet(place, path, found);
  }

  meet(place: string, path: string, found: BigIntStats): void {
    if (!found.isFile()) {
      this.#unreadable.push({ path, message: `${path}: is no file`, isLink: false }); // opening a pipe would wait for its writer
      return;
    }
    if (this.#met.has(identity(found))) return;
    this.#met.add(identity(found));
    const { size, mtimeNs, ctimeNs } = found;
    this.#files.push({
      path,
      place,
      size: Number(size),
      signature: `${identity(found)} ${size} ${mtimeNs} ${ctimeNs}`,
    });
    if (this.#files.length > mostFiles) throw new TooMuch(`it holds more than ${mostFiles} files`);
  }

  seen(): Look {
    const signature = JSON.stringify([this.#files.map((file) => [file.path, file.signature]), this.#unreadable]);
    return { files: this.#files, unreadable: this.#unreadable, directories: this.#directories, signature };
  }

  #fail(path: string, error: unknown, isLink: boolean): void {
    this.#unreadable.push({
      path,
      message: `${path === '' ? 'the directory' : path}: cannot be read: ${messageOf(error)}`,
      isLink,
    });
  }
}

function identity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
