import { codeOf, isGone } from '../../../storage/filesystem/failure.ts';
import { allDone } from '../../../storage/parallel.ts';
import { parentOf, refuseFencedParent } from '../../../storage/path.ts';
import { type Changed, StorageError } from '../../../storage/driver.ts';
import type { Calls } from '../kernel/process.ts';
import type { SimulatedDisk } from './disk.ts';
import type { DirectoryNode, FileNode, Node } from './node.ts';

/** What a storage can be made to do worse. */
export interface StorageSwitches {
  /** Whether a rename out of a stage or into a door that was taken away is refused. Off: as if it had been renamed away, on NFS. */
  readonly refusesLate: boolean;
}

/** What the parts of the driver share: each method is one call to the operating system, and anything may come between two of them. */
export class Tree {
  readonly disk: SimulatedDisk;
  readonly switches: StorageSwitches;
  /** A file name that was never used. */
  readonly fresh: () => string;
  readonly calls: Calls;

  constructor(calls: Calls, disk: SimulatedDisk, fresh: () => string, switches: StorageSwitches) {
    this.calls = calls;
    this.disk = disk;
    this.fresh = fresh;
    this.switches = switches;
  }

  call<T>(call: string, path: string, effect: () => T): Promise<T> {
    return this.calls.step(call, path, effect);
  }

  watch(path: string, changed: Changed): () => void {
    return this.disk.watch(path, (name) => {
      this.calls.hear(() => {
        changed(name);
      });
    });
  }

  find(path: string): Promise<Node | undefined> {
    return this.call('stat', path, () => this.disk.find(path));
  }

  async stands(path: string): Promise<boolean> {
    return (await this.find(path)) !== undefined;
  }

  rename(from: string, to: string): Promise<void> {
    return this.call('rename', `${from} ${to}`, () => {
      this.disk.rename(from, to);
    });
  }

  /** A file that was not there before, written whole. False: its directory is gone. */
  async writeNew(path: string, bytes: Uint8Array): Promise<boolean> {
    const file = await this.openNew(path, bytes);
    if (file !== undefined) await this.syncFile(path, file);
    return file !== undefined;
  }

  /** Not durable yet. `undefined`: its directory is gone. */
  async openNew(path: string, bytes: Uint8Array): Promise<FileNode | undefined> {
    try {
      const file = await this.call('open', path, () => this.disk.make(path));
      await this.call('write', path, () => {
        this.disk.write(file, Uint8Array.from(bytes));
      });
      return file;
    } catch (error) {
      await this.drop(path);
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  syncFile(path: string, file: FileNode): Promise<void> {
    return this.call('fsync', path, () => {
      this.disk.syncFile(file);
    });
  }

  sync(path: string, directory: DirectoryNode): Promise<void> {
    return this.call('fsync', path, () => {
      this.disk.syncDirectory(directory);
    });
  }

  /** A directory that has gone has nothing left to sync. */
  async syncDirectory(path: string): Promise<void> {
    const directory = await this.openStanding(path);
    if (directory !== undefined) await this.sync(path, directory);
  }

  async openStanding(path: string): Promise<DirectoryNode | undefined> {
    try {
      return await this.call('open', path, () => this.disk.directory('open', path));
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  async openDirectory(path: string, made: 'durable' | 'visible' = 'durable'): Promise<DirectoryNode> {
    const standing = await this.openStanding(path);
    if (standing !== undefined) return standing;
    if (made === 'durable') await this.makeDirectories(path);
    else await this.madeBelow(path);
    return this.call('open', path, () => this.disk.directory('open', path));
  }

  /** Durable all the way up, as the driver of real directories makes them. */
  async makeDirectories(path: string): Promise<void> {
    const changed = await this.madeBelow(path);
    await allDone(changed.map(async (directory) => this.syncDirectory(directory)));
  }

  async madeBelow(path: string): Promise<string[]> {
    refuseFencedParent(path);
    if (path === '/') throw new StorageError(path, 'the root directory is not there');
    const parent = parentOf(path);
    if (await this.#madeOrStanding(path)) return [parent];
    const above = await this.madeBelow(parent);
    if (!(await this.#madeOrStanding(path))) await this.mkdir(path);
    return [...above, parent];
  }

  mkdir(path: string): Promise<void> {
    return this.call('mkdir', path, () => {
      this.disk.mkdir(path);
    });
  }

  /** False: something came into it meanwhile. */
  async isRemoved(path: string): Promise<boolean> {
    try {
      await this.call('rmdir', path, () => {
        this.disk.rmdir(path);
      });
      return true;
    } catch (error) {
      if (isGone(error)) return true;
      if (codeOf(error) === 'ENOTEMPTY') return false;
      throw error;
    }
  }

  /** `undefined`: there is no such directory. */
  async namesIn(path: string): Promise<readonly string[] | undefined> {
    try {
      return await this.call('readdir', path, () => [...this.disk.directory('readdir', path).entries.keys()]);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** Takes a file of our own away that may have gone already. */
  async drop(path: string): Promise<void> {
    try {
      await this.call('unlink', path, () => {
        this.disk.unlink(path);
      });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /** The same for what somebody is through with: what cannot be taken away is left. */
  async dropOrLeave(path: string): Promise<void> {
    try {
      await this.drop(path);
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
    }
  }

  async #madeOrStanding(path: string): Promise<boolean> {
    try {
      await this.mkdir(path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    return true;
  }
}
