import type { Chance } from '../kernel/chance.ts';
import type { DirectoryNode, FileNode, Node } from './node.ts';

/** One name in one directory that changed and was not yet made durable. A rename is two of them in one unit. */
interface Change {
  readonly unit: number;
  readonly directory: DirectoryNode;
  readonly name: string;
  readonly node: Node | undefined;
}

/**
 * What a power cut leaves of names that nobody synced: `posix`, any of them, each for itself, and a rename may be half done; `anyOrder`, the same, but
 * a directory that is synced is there with the way to it; `journaled`, all up to some moment and whole, as ext4, xfs and btrfs write them down.
 */
export type NameOrder = 'posix' | 'anyOrder' | 'journaled';

/** All that a power cut may take away. */
export class Unsynced {
  readonly #order: NameOrder;
  #changes: Change[] = [];
  readonly #files = new Set<FileNode>();
  readonly #directories = new Set<DirectoryNode>();
  #unit = 0;

  constructor(order: NameOrder) {
    this.#order = order;
  }

  /** Changes that belong together. */
  record(changes: readonly Omit<Change, 'unit'>[]): void {
    this.#unit += 1;
    for (const change of changes) {
      this.#changes.push({ unit: this.#unit, ...change });
      this.#directories.add(change.directory);
    }
  }

  wrote(file: FileNode): void {
    this.#files.add(file);
  }

  syncFile(file: FileNode): void {
    file.synced = { bytes: file.bytes, modifiedAt: file.modifiedAt };
    this.#files.delete(file);
  }

  syncDirectory(directory: DirectoryNode): void {
    if (this.#order === 'journaled') {
      const upTo = this.#changes.findLast((change) => change.directory === directory)?.unit ?? 0;
      this.#keep(({ unit }) => unit <= upTo);
      return;
    }
    const way = new Set<Node>();
    for (let at = directory; at.parent !== undefined && this.#order === 'anyOrder'; at = at.parent) way.add(at);
    this.#keep((change) => change.directory === directory || (change.node !== undefined && way.has(change.node)));
  }

  /** The names, and the bytes of files, as they are found when the power is back. */
  cut(chance: Chance): void {
    if (this.#order === 'journaled') {
      const last = this.#changes.at(-1)?.unit ?? 0;
      const first = this.#changes[0]?.unit ?? 0;
      const upTo = first + chance.below(last - first + 2) - 1;
      this.#keep(({ unit }) => unit <= upTo);
    } else {
      const lost = new Map<DirectoryNode, Map<string, boolean>>();
      this.#keep(({ directory, name }) => {
        const names = lost.get(directory) ?? new Map<string, boolean>();
        lost.set(directory, names);
        const isLost = (names.get(name) ?? false) || chance.happens(0.5); // what came later under this name is lost with it
        names.set(name, isLost);
        return !isLost;
      });
    }
    this.#changes = [];
    for (const directory of this.#directories) directory.entries = new Map(directory.synced);
    this.#directories.clear();
    for (const file of this.#files) damage(file, chance);
    this.#files.clear();
  }

  /** Makes durable what is meant, in the order in which it came. */
  #keep(isMeant: (change: Change) => boolean): void {
    const left: Change[] = [];
    for (const change of this.#changes) {
      if (!isMeant(change)) left.push(change);
      else if (change.node === undefined) change.directory.synced.delete(change.name);
      else change.directory.synced.set(change.name, change.node);
    }
    this.#changes = left;
  }
}

/** As it was synced, or empty; a part; the length without the bytes; or whole, because the system had written it by itself. */
function damage(file: FileNode, chance: Chance): void {
  const { bytes, synced } = file;
  const isSame = synced !== undefined && Buffer.compare(bytes, synced.bytes) === 0;
  const kept = chance.weighed({ old: 4, torn: 2, zeros: isSame ? 0 : 1, whole: 3 });
  if (kept === 'old') {
    file.bytes = synced?.bytes ?? new Uint8Array();
    file.modifiedAt = synced?.modifiedAt ?? file.modifiedAt;
  }
  // Bytes written over by the same bytes are not torn, wherever the writing stopped.
  if (kept === 'torn' && !isSame) file.bytes = bytes.slice(0, chance.below(bytes.length + 1));
  if (kept === 'zeros') file.bytes = new Uint8Array(bytes.length);
  file.synced = { bytes: file.bytes, modifiedAt: file.modifiedAt };
}
