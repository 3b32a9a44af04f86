import type { LifeId, WindowId } from '../../../../core/window/identity.ts';
import { chunksUntil } from '../../../storage/chunks.ts';
import type { Changed, Content, Driver, PreparedRecord, StagedCommit } from '../../../storage/driver.ts';
import { StorageError } from '../../../storage/driver.ts';
import { isGone, naming } from '../../../storage/filesystem/failure.ts';
import { layout } from '../../../storage/layout.ts';
import { parentOf } from '../../../storage/path.ts';
import * as commits from './commits.ts';
import * as fence from './fence.ts';
import type { FileNode } from './node.ts';
import { ReadableTree } from './readable.ts';
import type { Listings } from './reads.ts';
import * as reads from './reads.ts';
import * as records from './records.ts';
import { Removals } from './removals.ts';
import type { Tree } from './tree.ts';

/**
 * The storage of simulated worlds: the calls that the driver of real directories makes, in its order, each a step of the scheduler. What a rename, an
 * fsync or a cut does is the disk's.
 */
export class SimulatedDriver extends ReadableTree implements Driver {
  readonly #removals: Removals;

  constructor(tree: Tree, listings?: Listings) {
    super(tree, listings);
    this.#removals = new Removals(tree);
  }

  create(path: string, bytes: Uint8Array, signal: AbortSignal, seen?: () => void): Promise<'created' | 'exists'> {
    return naming(path, records.create(this.tree, path, bytes, signal, seen));
  }
  async prepare(bytes: Uint8Array, signal: AbortSignal): Promise<PreparedRecord> {
    const prepared = await naming(layout.temporaries, records.prepare(this.tree, bytes, signal));
    return {
      ...prepared,
      create: async (path, createSignal, seen) => naming(path, prepared.create(path, createSignal, seen)),
    };
  }
  write(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    return naming(path, records.write(this.tree, path, bytes, signal));
  }
  move(from: string, to: string, signal: AbortSignal): Promise<'moved' | 'absent' | 'exists'> {
    return naming(from, records.move(this.tree, from, to, signal));
  }
  discard(path: string, signal: AbortSignal): Promise<void> {
    return naming(path, records.discard(this.tree, path, signal));
  }

  beginLife(life: LifeId, signal: AbortSignal): Promise<void> {
    return naming(layout.stage(life), fence.beginLife(this.tree, life, signal));
  }
  async standsLife(life: LifeId, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return naming(layout.stage(life), this.tree.stands(layout.stage(life)));
  }
  endLife(life: LifeId, signal: AbortSignal): Promise<void> {
    return naming(layout.stage(life), fence.endLife(this.tree, life, signal));
  }
  stagedLives(signal: AbortSignal): Promise<readonly LifeId[]> {
    return naming(layout.stages, fence.stagedLives(this.tree, signal));
  }
  openWindow(window: WindowId, signal: AbortSignal): Promise<void> {
    return naming(layout.door(window), fence.openWindow(this.tree, window, signal));
  }
  endWindow(window: WindowId, signal: AbortSignal): Promise<void> {
    return naming(layout.door(window), fence.endWindow(this.tree, window, signal));
  }
  openWindows(signal: AbortSignal): Promise<readonly { readonly window: WindowId; readonly modifiedAt: number }[]> {
    return naming(layout.doors, fence.openWindows(this.tree, signal));
  }

  async stage(life: LifeId, path: string, content: Content, signal: AbortSignal): Promise<StagedCommit> {
    const staged = await naming(path, commits.stage(this.tree, life, path, content, signal));
    return { ...staged, land: async (landSignal) => naming(path, staged.land(landSignal)) };
  }
  commit(life: LifeId, path: string, bytes: Uint8Array, signal: AbortSignal): Promise<'landed' | 'refused'> {
    return this.#landed(this.stage(life, path, { bytes }, signal), signal);
  }
  commitFile(life: LifeId, from: string, path: string, signal: AbortSignal): Promise<'landed' | 'refused'> {
    return this.#landed(this.stage(life, path, { from }, signal), signal);
  }
  commitRecord(
    life: LifeId,
    path: string,
    bytes: Uint8Array,
    how: 'make' | 'replace',
    signal: AbortSignal,
  ): Promise<'landed' | 'refused'> {
    return naming(path, commits.commitRecord(this.tree, life, path, bytes, how === 'replace', signal));
  }
  retract(life: LifeId, from: string, signal: AbortSignal): Promise<'retracted' | 'absent' | 'refused'> {
    return naming(from, commits.retract(this.tree, life, from, signal));
  }
  renew(path: string, signal: AbortSignal): ReturnType<Driver['renew']> {
    return naming(path, commits.renew(this.tree, path, signal));
  }

  remove(window: WindowId, path: string, signal: AbortSignal): Promise<'removed' | 'absent' | 'windowOver'> {
    return naming(path, this.#removals.remove(window, path, signal));
  }
  settleRemovals(window: WindowId, signal: AbortSignal): Promise<void> {
    return naming(layout.door(window), this.#removals.settle(window, signal));
  }

  async append(path: string, offset: number, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    const { disk } = this.tree;
    const file = await naming(path, this.#openToAppend(path, offset));
    if (file.bytes.length !== offset) throw new StorageError(path, `is ${file.bytes.length} bytes long, not ${offset}`);
    for await (const chunk of chunksUntil(body, signal)) {
      const taken = Uint8Array.from(chunk); // the body's own: it may fill it anew
      const write = this.tree.call('write', path, () => {
        disk.write(file, Buffer.concat([file.bytes, taken]));
      });
      await naming(path, write);
      signal.throwIfAborted();
    }
    return file.bytes.length;
  }
  async truncate(path: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const file = await naming(path, this.#openToChange(path));
    if (file.bytes.length < sizeBytes)
      throw new StorageError(path, `is ${file.bytes.length} bytes long, cannot be cut to ${sizeBytes}`);
    const cut = this.tree.call('truncate', path, () => {
      this.tree.disk.write(file, file.bytes.slice(0, sizeBytes));
    });
    await naming(path, cut);
  }

  async now(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return naming(layout.temporaries, this.#probe());
  }

  watch(path: string, changed: Changed): { close(): void } {
    return { close: this.tree.watch(path, changed) };
  }

  async #probe(): Promise<number> {
    await this.tree.makeDirectories(layout.temporaries);
    const probe = layout.temporary(this.tree.fresh());
    await this.tree.mkdir(probe);
    try {
      return await this.tree.call('stat', probe, () => this.tree.disk.at('stat', probe).modifiedAt);
    } finally {
      await this.tree.isRemoved(probe);
    }
  }

  async #openToAppend(path: string, offset: number): Promise<FileNode> {
    try {
      return await this.#openToChange(path);
    } catch (error) {
      if (offset > 0 || !isGone(error)) throw error;
    }
    await this.tree.makeDirectories(parentOf(path));
    return this.tree.call('open', path, () => this.tree.disk.make(path));
  }

  async #openToChange(path: string): Promise<FileNode> {
    const file = await this.tree.call('open', path, () => reads.fileAt(this.tree, path));
    if (file.names !== 1) throw new StorageError(path, 'has been committed, and changes no more');
    return file;
  }

  async #landed(staging: Promise<StagedCommit>, signal: AbortSignal): Promise<'landed' | 'refused'> {
    await using staged = await staging;
    return await staged.land(signal);
  }
}
