import { StorageError } from '../../../storage/driver.ts';
import { parentOf } from '../../../storage/path.ts';
import type { SimulatedDisk } from '../storage/disk.ts';
import type { FileNode } from '../storage/node.ts';

/** A bucket's objects, each call whole and at once. Folders come with the first name below them. */
export class Objects {
  readonly disk: SimulatedDisk;

  constructor(disk: SimulatedDisk) {
    this.disk = disk;
  }

  stands(path: string): boolean {
    return this.disk.find(path) !== undefined;
  }

  file(path: string): FileNode | undefined {
    const node = this.disk.find(path);
    if (node?.kind === 'directory') throw new StorageError(path, 'a directory in the place of a file');
    return node;
  }

  existing(path: string): FileNode {
    const file = this.file(path);
    if (file === undefined) throw new StorageError(path, 'is not there');
    return file;
  }

  names(path: string): readonly string[] {
    const node = this.disk.find(path);
    if (node?.kind === 'file') throw new StorageError(path, 'a file in the place of a directory');
    return [...(node?.entries.keys() ?? [])];
  }

  /** A new object in the place of what was there: who reads the old one goes on reading it. */
  put(path: string, bytes: Uint8Array): FileNode {
    if (this.file(path) !== undefined) this.disk.unlink(path);
    this.makeFolders(parentOf(path));
    const file = this.disk.make(path);
    this.disk.write(file, Uint8Array.from(bytes));
    return file;
  }

  /** The same bytes under a second key, in the place of what was there; from now on they do not change. */
  link(from: string, path: string): void {
    if (this.existing(from) === this.file(path)) return;
    if (this.stands(path)) this.disk.unlink(path);
    this.makeFolders(parentOf(path));
    this.disk.link(from, path);
  }

  makeFolders(path: string): void {
    if (this.stands(path)) return;
    this.makeFolders(parentOf(path));
    this.disk.mkdir(path);
  }

  makeOnce(path: string): void {
    if (this.stands(path)) throw new StorageError(path, 'is there already');
    this.makeFolders(path);
  }

  move(from: string, to: string): 'moved' | 'absent' | 'exists' {
    if (!this.stands(from)) return 'absent';
    if (this.stands(to)) return 'exists';
    this.makeFolders(parentOf(to));
    this.disk.rename(from, to);
    return 'moved';
  }

  /** With all below it. False: it was not there. */
  take(path: string): boolean {
    const node = this.disk.find(path);
    if (node === undefined) return false;
    if (node.kind === 'file') {
      this.disk.unlink(path);
      return true;
    }
    for (const name of [...node.entries.keys()]) this.take(`${path}/${name}`);
    this.disk.rmdir(path);
    return true;
  }
}
