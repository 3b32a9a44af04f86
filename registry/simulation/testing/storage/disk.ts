import type { Changed } from '../../../storage/driver.ts';
import type { Chance } from '../kernel/chance.ts';
import { parentOf, segmentsOf } from '../../../storage/path.ts';
import { type DirectoryNode, DiskError, type FileNode, newDirectory, newFile, type Node } from './node.ts';
import { type NameOrder, Unsynced } from './unsynced.ts';

export interface DiskOptions {
  /** The storage's clock, ms. */
  readonly now: () => number;
  readonly names: NameOrder;
  /** Whether listings may show what was there before: then it has to be remembered. */
  readonly lags: boolean;
  /** Off where the power is never cut: nothing has to be remembered for it. */
  readonly cuts: boolean;
  /** Off, to see what it is good for: what is synced is no safer than what is not. */
  readonly syncs: boolean;
}

/** A file system in memory: what the kernel does at one call, at once and whole, as local file systems do. Paths are those of the driver. */
export class SimulatedDisk {
  readonly #options: DiskOptions;
  readonly #unsynced: Unsynced;
  readonly #root: DirectoryNode;
  readonly #paths = new Map<string, readonly string[]>();
  readonly #watchers = new Map<string, Set<Changed>>();

  constructor(options: DiskOptions) {
    this.#options = options;
    this.#unsynced = new Unsynced(options.names);
    this.#root = newDirectory(options.now());
  }

  find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of this.#segments(path)) {
      if (node?.kind === 'file') throw new DiskError('ENOTDIR', 'open', path);
      node = node?.entries.get(name);
    }
    return node;
  }

  /** For calls that need it to be there. */
  at(call: string, path: string): Node {
    const node = this.find(path);
    if (node === undefined) throw new DiskError('ENOENT', call, path);
    return node;
  }

  directory(call: string, path: string): DirectoryNode {
    const node = this.at(call, path);
    if (node.kind === 'file') throw new DiskError('ENOTDIR', call, path);
    return node;
  }

  mkdir(path: string): void {
    const parent = this.directory('mkdir', parentOf(path));
    if (parent.entries.has(nameOf(path))) throw new DiskError('EEXIST', 'mkdir', path);
    this.#change(parentOf(path), [
      { directory: parent, name: nameOf(path), node: newDirectory(this.#options.now(), parent) },
    ]);
  }

  rmdir(path: string): void {
    const parent = this.directory('rmdir', parentOf(path));
    if (this.directory('rmdir', path).entries.size > 0) throw new DiskError('ENOTEMPTY', 'rmdir', path);
    this.#change(parentOf(path), [{ directory: parent, name: nameOf(path), node: undefined }]);
  }

  /** `open(O_CREAT | O_EXCL)` */
  make(path: string): FileNode {
    const parent = this.directory('open', parentOf(path));
    if (parent.entries.has(nameOf(path))) throw new DiskError('EEXIST', 'open', path);
    const file = newFile(new Uint8Array(), this.#options.now());
    file.names = 1;
    if (this.#options.cuts) this.#unsynced.wrote(file);
    this.#change(parentOf(path), [{ directory: parent, name: nameOf(path), node: file }]);
    return file;
  }

  write(file: FileNode, bytes: Uint8Array): void {
    file.bytes = bytes;
    file.modifiedAt = this.#options.now();
    if (this.#options.cuts) this.#unsynced.wrote(file);
  }

  link(from: string, to: string): void {
    const file = this.at('link', from);
    const parent = this.directory('link', parentOf(to));
    if (file.kind === 'directory') throw new DiskError('EISDIR', 'link', from);
    if (parent.entries.has(nameOf(to))) throw new DiskError('EEXIST', 'link', to);
    file.names += 1;
    this.#change(parentOf(to), [{ directory: parent, name: nameOf(to), node: file }]);
  }

  unlink(path: string): void {
    const parent = this.directory('unlink', parentOf(path));
    const file = this.at('unlink', path);
    if (file.kind === 'directory') throw new DiskError('EISDIR', 'unlink', path);
    file.names -= 1;
    this.#change(parentOf(path), [{ directory: parent, name: nameOf(path), node: undefined }]);
  }

  /** Into a directory that was removed, or out of one, there is no rename: that is what stage and door rest on. */
  rename(from: string, to: string): void {
    const source = this.directory('rename', parentOf(from));
    const node = this.at('rename', from);
    const target = this.directory('rename', parentOf(to));
    const former = target.entries.get(nameOf(to));
    if (former === node) return;
    if (former !== undefined) refuseReplacing(node, former, to);
    if (former?.kind === 'file') former.names -= 1;
    this.#change(parentOf(to), [
      { directory: target, name: nameOf(to), node },
      { directory: source, name: nameOf(from), node: undefined },
    ]);
    if (node.kind === 'directory') node.parent = target;
    if (source !== target) this.#touch(parentOf(from), source, nameOf(from));
  }

  syncFile(file: FileNode): void {
    if (this.#options.cuts && this.#options.syncs) this.#unsynced.syncFile(file);
  }

  syncDirectory(directory: DirectoryNode): void {
    if (this.#options.cuts && this.#options.syncs) this.#unsynced.syncDirectory(directory);
  }

  /** The power is gone and back. */
  cut(chance: Chance): void {
    this.#unsynced.cut(chance);
    this.#watchers.clear();
    countNames(this.#root);
  }

  watch(path: string, changed: Changed): () => void {
    const watchers = this.#watchers.get(path) ?? new Set();
    this.#watchers.set(path, watchers.add(changed));
    return () => watchers.delete(changed);
  }

  /** Paths are looked up again and again, and taken apart once. */
  #segments(path: string): readonly string[] {
    const known = this.#paths.get(path) ?? segmentsOf(path);
    this.#paths.set(path, known);
    return known;
  }

  #change(path: string, changes: Parameters<Unsynced['record']>[0]): void {
    for (const { directory, name, node } of changes) {
      if (this.#options.lags) directory.former = { entries: new Map(directory.entries), until: this.#options.now() };
      if (node === undefined) directory.entries.delete(name);
      else directory.entries.set(name, node);
    }
    if (this.#options.cuts) this.#unsynced.record(changes);
    const [changed] = changes;
    if (changed !== undefined) this.#touch(path, changed.directory, changed.name);
  }

  #touch(path: string, directory: DirectoryNode, name: string): void {
    directory.modifiedAt = this.#options.now();
    for (const changed of this.#watchers.get(path) ?? []) changed(name);
  }
}

function refuseReplacing(node: Node, former: Node, to: string): void {
  if (node.kind === 'file' && former.kind === 'directory') throw new DiskError('EISDIR', 'rename', to);
  if (node.kind === 'directory' && former.kind === 'file') throw new DiskError('ENOTDIR', 'rename', to);
  if (former.kind === 'directory' && former.entries.size > 0) throw new DiskError('ENOTEMPTY', 'rename', to);
}

/** A name that a cut brought back or took away is one more or less. */
function countNames(root: DirectoryNode): void {
  const counted = new Set<FileNode>();
  const walk = (directory: DirectoryNode): void => {
    for (const node of directory.entries.values()) {
      if (node.kind === 'directory') {
        walk(node);
        continue;
      }
      node.names = counted.has(node) ? node.names + 1 : 1;
      counted.add(node);
    }
  };
  walk(root);
}

function nameOf(path: string): string {
  segmentsOf(path); // refuses what is no path
  return path.slice(path.lastIndexOf('/') + 1);
}
