import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { LifeId, WindowId } from '../../../core/window/identity.ts';
import type {
  ByteRange,
  Changed,
  Content,
  Driver,
  Entry,
  PreparedRecord,
  SmallFile,
  StagedCommit,
  Stat,
} from '../driver.ts';
import { layout } from '../layout.ts';
import * as clock from './clock.ts';
import * as commits from './commits.ts';
import { naming } from './failure.ts';
import * as fence from './fence.ts';
import * as reads from './reads.ts';
import * as records from './records.ts';
import { Removals } from './removals.ts';
import type { LateCall, Tree } from './tree.ts';
import { stands } from './tree.ts';
import * as uploads from './uploads.ts';
import * as watcher from './watch.ts';

export interface FilesystemPorts {
  /** A file name that was never used. */
  readonly fresh: () => string;
  /** Awaited right before a call that must do no harm however late it comes: where a test stops the process. */
  readonly before: (call: LateCall, path: string) => Promise<void>;
}

const usual: FilesystemPorts = { fresh: randomUUID, before: () => Promise.resolve() };

/**
 * A storage in a directory that must be there, on one file system. Any number of drivers, in any number of processes, may serve one directory.
 * The rules behind each method stand in its own file; here the path gets its name into every error.
 */
export class FilesystemDriver implements Driver {
  readonly #tree: Tree;
  readonly #removals: Removals;

  constructor(root: string, ports: Partial<FilesystemPorts> = {}) {
    this.#tree = { root, ...usual, ...ports };
    this.#removals = new Removals(this.#tree);
  }

  stat(path: string, signal: AbortSignal): Promise<Stat | undefined> {
    return naming(path, reads.stat(this.#tree, path, signal));
  }
  readSmall(path: string, limitBytes: number, signal: AbortSignal): Promise<SmallFile | undefined> {
    return naming(path, reads.readSmall(this.#tree, path, limitBytes, signal));
  }
  open(
    path: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly stat: Stat; readonly body: Readable } | undefined> {
    return naming(path, reads.open(this.#tree, path, range, signal));
  }
  list(path: string, signal: AbortSignal): Promise<readonly Entry[] | undefined> {
    return naming(path, reads.list(this.#tree, path, signal));
  }

  create(path: string, bytes: Uint8Array, signal: AbortSignal, seen?: () => void): Promise<'created' | 'exists'> {
    return naming(path, records.create(this.#tree, path, bytes, signal, seen));
  }
  async prepare(bytes: Uint8Array, signal: AbortSignal): Promise<PreparedRecord> {
    const prepared = await naming(layout.temporaries, records.prepare(this.#tree, bytes, signal));
    return {
      create: async (path, createSignal, seen) => naming(path, prepared.create(path, createSignal, seen)),
      [Symbol.asyncDispose]: async () => {
        await prepared[Symbol.asyncDispose]();
      },
    };
  }
  write(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    return naming(path, records.write(this.#tree, path, bytes, signal));
  }
  move(from: string, to: string, signal: AbortSignal): Promise<'moved' | 'absent' | 'exists'> {
    return naming(from, records.move(this.#tree, from, to, signal));
  }
  discard(path: string, signal: AbortSignal): Promise<void> {
    return naming(path, records.discard(this.#tree, path, signal));
  }

  beginLife(life: LifeId, signal: AbortSignal): Promise<void> {
    return naming(layout.stage(life), fence.beginLife(this.#tree, life, signal));
  }
  async standsLife(life: LifeId, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return naming(layout.stage(life), stands(this.#tree, layout.stage(life)));
  }
  endLife(life: LifeId, signal: AbortSignal): Promise<void> {
    return naming(layout.stage(life), fence.endLife(this.#tree, life, signal));
  }
  stagedLives(signal: AbortSignal): Promise<readonly LifeId[]> {
    return naming(layout.stages, fence.stagedLives(this.#tree, signal));
  }
  openWindow(window: WindowId, signal: AbortSignal): Promise<void> {
    return naming(layout.door(window), fence.openWindow(this.#tree, window, signal));
  }
  endWindow(window: WindowId, signal: AbortSignal): Promise<void> {
    return naming(layout.door(window), fence.endWindow(this.#tree, window, signal));
  }
  openWindows(signal: AbortSignal): Promise<readonly { readonly window: WindowId; readonly modifiedAt: number }[]> {
    return naming(layout.doors, fence.openWindows(this.#tree, signal));
  }

  async stage(life: LifeId, path: string, content: Content, signal: AbortSignal): Promise<StagedCommit> {
    const staged = await naming(path, commits.stage(this.#tree, life, path, content, signal));
    return {
      land: async (landSignal) => naming(path, staged.land(landSignal)),
      [Symbol.asyncDispose]: async () => {
        await staged[Symbol.asyncDispose]();
      },
    };
  }
  commit(life: LifeId, path: string, bytes: Uint8Array, signal: AbortSignal): Promise<'landed' | 'refused'> {
    return naming(path, commits.commit(this.#tree, life, path, { bytes }, signal));
  }
  commitFile(life: LifeId, from: string, path: string, signal: AbortSignal): Promise<'landed' | 'refused'> {
    return naming(path, commits.commit(this.#tree, life, path, { from }, signal));
  }
  commitRecord(
    life: LifeId,
    path: string,
    bytes: Uint8Array,
    how: 'make' | 'replace',
    signal: AbortSignal,
  ): Promise<'landed' | 'refused'> {
    return naming(path, commits.commitRecord(this.#tree, life, path, bytes, how, signal));
  }
  retract(life: LifeId, from: string, signal: AbortSignal): Promise<'retracted' | 'absent' | 'refused'> {
    return naming(from, commits.retract(this.#tree, life, from, signal));
  }
  renew(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly renewed: true; readonly modifiedAt: number } | { readonly renewed: false }> {
    return naming(path, commits.renew(this.#tree, path, signal));
  }

  remove(window: WindowId, path: string, signal: AbortSignal): Promise<'removed' | 'absent' | 'windowOver'> {
    return naming(path, this.#removals.remove(window, path, signal));
  }
  settleRemovals(window: WindowId, signal: AbortSignal): Promise<void> {
    return naming(layout.door(window), this.#removals.settle(window, signal));
  }

  append(path: string, offset: number, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    return uploads.append(this.#tree, path, offset, body, signal); // names its own errors: the body's are the client's
  }
  truncate(path: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
    return naming(path, uploads.truncate(this.#tree, path, sizeBytes, signal));
  }

  now(signal: AbortSignal): Promise<number> {
    return naming(layout.temporaries, clock.now(this.#tree, signal));
  }

  watch(path: string, changed: Changed): { close(): void } {
    return watcher.watch(this.#tree, path, changed);
  }
}
