import { type Changed, StorageError } from '../driver.ts';
import { parentOf, segmentsOf } from '../path.ts';

/** A file's identity is the object: two names may lead to it, and a reader keeps what it opened. Its bytes are replaced, never changed. */
export interface MemoryFile {
  readonly kind: 'file';
  bytes: Uint8Array;
  modifiedAt: number;
  names: number;
}

export interface MemoryDirectory {
  readonly kind: 'directory';
  readonly entries: Map<string, MemoryNode>;
  modifiedAt: number;
}

export type MemoryNode = MemoryFile | MemoryDirectory;

/** A file tree in memory, which any number of `MemoryDriver`s share as processes share a disk. Each call is one step that nothing can come between. */
export class MemoryDisk {
  readonly #now: () => number;
  readonly #root: MemoryDirectory;
  #given = 0;
  readonly #watchers = new Map<string, Set<Changed>>();

  /** `now` is the storage's clock, in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#root = { kind: 'directory', entries: new Map(), modifiedAt: now() };
  }

  now(): number {
    return this.#now();
  }

  /** A name that was never used. */
  fresh(): string {
    this.#given += 1;
    return this.#given.toString(16);
  }

  find(path: string): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.#root;
    for (const name of segmentsOf(path)) {
      if (node?.kind === 'file') throw new StorageError(path, 'below a file');
      node = node?.entries.get(name);
    }
    return node;
  }

  file(path: string): MemoryFile | undefined {
    const node = this.find(path);
    if (node?.kind === 'directory') throw new StorageError(path, 'a directory in the place of a file');
    return node;
  }

  directory(path: string): MemoryDirectory | undefined {
    const node = this.find(path);
    if (node?.kind === 'file') throw new StorageError(path, 'a file in the place of a directory');
    return node;
  }

  makeDirectories(path: string): MemoryDirectory {
    const standing = this.directory(path);
    if (standing !== undefined) return standing;
    const made: MemoryDirectory = { kind: 'directory', entries: new Map(), modifiedAt: this.#now() };
    const parent = this.makeDirectories(parentOf(path));
    parent.entries.set(nameOf(path), made);
    this.#changed(path, parent);
    return made;
  }

  newFile(bytes: Uint8Array): MemoryFile {
    return { kind: 'file', bytes: Uint8Array.from(bytes), modifiedAt: this.#now(), names: 0 };
  }

  /** Gives `node` the name `path`, in the place of a file that has it, making parents. */
  put(path: string, node: MemoryNode): void {
    segmentsOf(path);
    const parent = this.makeDirectories(parentOf(path));
    const former = parent.entries.get(nameOf(path));
    if (former === node) return;
    if (former?.kind === 'directory' || (former !== undefined && node.kind === 'directory')) {
      throw new StorageError(path, 'a directory and something else for one name');
    }
    if (former !== undefined) former.names -= 1;
    parent.entries.set(nameOf(path), node);
    if (node.kind === 'file') node.names += 1;
    this.#changed(path, parent);
  }

  /** Takes the name away. The node, if there was one, lives on for who holds it. */
  take(path: string): MemoryNode | undefined {
    const parent = this.directory(parentOf(path));
    const node = parent?.entries.get(nameOf(path));
    if (parent === undefined || node === undefined) return undefined;
    parent.entries.delete(nameOf(path));
    if (node.kind === 'file') node.names -= 1;
    this.#changed(path, parent);
    return node;
  }

  change(file: MemoryFile, bytes: Uint8Array): void {
    file.bytes = bytes;
    file.modifiedAt = this.#now();
  }

  watch(path: string, changed: Changed): () => void {
    const watchers = this.#watchers.get(path) ?? new Set();
    this.#watchers.set(path, watchers.add(changed));
    return () => watchers.delete(changed);
  }

  #changed(path: string, parent: MemoryDirectory): void {
    parent.modifiedAt = this.#now();
    for (const changed of this.#watchers.get(parentOf(path)) ?? []) {
      queueMicrotask(() => {
        changed(nameOf(path));
      });
    }
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
