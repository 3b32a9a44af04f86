import type { Readable } from 'node:stream';
import type { ByteRange, Entry, ReadableStore, SmallFile, Stat } from '../../../storage/driver.ts';
import { naming } from '../../../storage/filesystem/failure.ts';
import type { Listings } from './reads.ts';
import * as reads from './reads.ts';
import type { Tree } from './tree.ts';

/** What a simulated bucket and a simulated filesystem do alike. */
export class ReadableTree implements ReadableStore {
  protected readonly tree: Tree;
  readonly #listings: Listings;

  constructor(tree: Tree, listings: Listings = { shown: (_path, { entries }) => entries }) {
    this.tree = tree;
    this.#listings = listings;
  }

  stat(path: string, signal: AbortSignal): Promise<Stat | undefined> {
    return naming(path, reads.stat(this.tree, path, signal));
  }
  readSmall(path: string, limitBytes: number, signal: AbortSignal): Promise<SmallFile | undefined> {
    return naming(path, reads.readSmall(this.tree, path, limitBytes, signal));
  }
  open(
    path: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly stat: Stat; readonly body: Readable } | undefined> {
    return naming(path, reads.open(this.tree, path, range, signal));
  }
  list(path: string, signal: AbortSignal): Promise<readonly Entry[] | undefined> {
    return naming(path, reads.list(this.tree, path, this.#listings, signal));
  }
}
