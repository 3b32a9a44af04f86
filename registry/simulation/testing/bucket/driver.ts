import type { LifeId, WindowId } from '../../../../core/window/identity.ts';
import { parseLifeId, parseWindowId } from '../../../../core/window/identity.ts';
import {
  type Changed,
  type Content,
  type Driver,
  type PreparedRecord,
  type StagedCommit,
  StorageError,
} from '../../../storage/driver.ts';
import { naming } from '../../../storage/filesystem/failure.ts';
import { layout } from '../../../storage/layout.ts';
import { preparedAs } from '../../../storage/testing/preparedAs.ts';
import { stagedAs } from '../../../storage/testing/stagedAs.ts';
import { refuseFencedParent, refuseServedContent, understood } from '../../../storage/path.ts';
import { ReadableTree } from '../storage/readable.ts';
import type { Listings } from '../storage/reads.ts';
import type { Tree } from '../storage/tree.ts';
import { Objects } from './objects.ts';
import { Removals } from './removals.ts';
import { type BucketOptions, Signing } from './signing.ts';
import { Uploads } from './uploads.ts';

const largestLinkBytes = 4096;

/**
 * What object storage does otherwise than a filesystem (docs/spec/window.md, "Object storage"), behind the same interface: every request is whole and
 * durable with its answer; commits and removals carry the time at which they run out; a request may land although its answer never comes, and ends of
 * lives and windows take time. How the driver to come makes a move or a conditional DELETE of several requests is its own affair: here each is one.
 */
export class BucketDriver extends ReadableTree implements Driver {
  readonly #objects: Objects;
  readonly #signing: Signing;
  readonly #removals: Removals;
  readonly #uploads: Uploads;

  constructor(tree: Tree, options: BucketOptions, listings?: Listings) {
    super(tree, listings);
    this.#objects = new Objects(tree.disk);
    this.#signing = new Signing(tree.calls, tree.disk, options);
    this.#removals = new Removals(this.#objects, this.#signing, (path, effect) => this.#request('PUT', path, effect));
    this.#uploads = new Uploads(this.#objects, (path, effect) => this.#request('PUT', path, effect));
  }

  async create(path: string, bytes: Uint8Array, signal: AbortSignal, seen?: () => void): Promise<'created' | 'exists'> {
    signal.throwIfAborted();
    refuseFencedParent(path);
    const outcome = await this.#request('PUT', path, () => {
      if (this.#objects.stands(path)) return 'exists';
      this.#objects.put(path, bytes);
      return 'created';
    });
    if (outcome === 'created') seen?.();
    return outcome;
  }
  prepare(bytes: Uint8Array, signal: AbortSignal): Promise<PreparedRecord> {
    signal.throwIfAborted();
    return Promise.resolve(preparedAs(this, bytes));
  }

  async write(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    refuseFencedParent(path);
    await this.#request('PUT', path, () => this.#objects.put(path, bytes));
  }
  async move(from: string, to: string, signal: AbortSignal): Promise<'moved' | 'absent' | 'exists'> {
    signal.throwIfAborted();
    refuseFencedParent(to);
    return this.#request('MOVE', `${from} ${to}`, () => this.#objects.move(from, to));
  }
  async discard(path: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    refuseServedContent(path);
    await this.#request('DELETE', path, () => this.#objects.take(path));
  }

  async beginLife(life: LifeId, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#request('PUT', layout.stage(life), () => {
      this.#objects.makeOnce(layout.stage(life));
    });
  }
  async standsLife(life: LifeId, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return this.#request('HEAD', layout.stage(life), () => this.#objects.stands(layout.stage(life)));
  }
  /** Also of one whose mark is gone already: who took it may have died before the end of the wait. */
  async endLife(life: LifeId, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#request('DELETE', layout.stage(life), () => this.#objects.take(layout.stage(life)));
    await naming(layout.stage(life), this.#signing.runOut(signal));
  }
  async stagedLives(signal: AbortSignal): Promise<readonly LifeId[]> {
    signal.throwIfAborted();
    const names = await this.#request('LIST', layout.stages, () => this.#objects.names(layout.stages));
    return names.map((name) => understood(`${layout.stages}/${name}`, parseLifeId(name)));
  }

  openWindow(window: WindowId, signal: AbortSignal): Promise<void> {
    return naming(layout.door(window), this.#removals.open(window, signal));
  }
  endWindow(window: WindowId, signal: AbortSignal): Promise<void> {
    return naming(layout.door(window), this.#removals.end(window, signal));
  }
  async openWindows(
    signal: AbortSignal,
  ): Promise<readonly { readonly window: WindowId; readonly modifiedAt: number }[]> {
    signal.throwIfAborted();
    return this.#request('LIST', layout.doors, () =>
      this.#objects.names(layout.doors).map((name) => {
        const window = understood(`${layout.doors}/${name}`, parseWindowId(name));
        return { window, modifiedAt: this.#objects.disk.at('list', layout.door(window)).modifiedAt };
      }),
    );
  }
  remove(window: WindowId, path: string, signal: AbortSignal): Promise<'removed' | 'absent' | 'windowOver'> {
    return naming(path, this.#removals.remove(window, path, signal));
  }
  /** Durability comes with the answer. */
  settleRemovals(_window: WindowId, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return Promise.resolve();
  }

  /** A request is all there is to a commit. */
  stage(life: LifeId, path: string, content: Content, signal: AbortSignal): Promise<StagedCommit> {
    signal.throwIfAborted();
    return Promise.resolve(stagedAs(this, life, path, content));
  }
  commit(life: LifeId, path: string, bytes: Uint8Array, signal: AbortSignal): Promise<'landed' | 'refused'> {
    return this.#land(life, path, signal, () => {
      this.#objects.put(path, bytes);
      return 'landed';
    });
  }
  async commitFile(life: LifeId, from: string, path: string, signal: AbortSignal): Promise<'landed' | 'refused'> {
    signal.throwIfAborted();
    await this.#request('HEAD', from, () => this.#objects.existing(from));
    return this.#land(life, path, signal, () => {
      this.#objects.link(from, path);
      return 'landed';
    });
  }
  commitRecord(
    life: LifeId,
    path: string,
    bytes: Uint8Array,
    how: 'make' | 'replace',
    signal: AbortSignal,
  ): Promise<'landed' | 'refused'> {
    return this.#land(life, path, signal, () => {
      if (how === 'replace' && !this.#objects.stands(path)) return 'refused';
      this.#objects.put(path, bytes);
      return 'landed';
    });
  }
  async retract(life: LifeId, from: string, signal: AbortSignal): Promise<'retracted' | 'absent' | 'refused'> {
    signal.throwIfAborted();
    const sent = this.#signing.send('DELETE', from, layout.stage(life), () =>
      this.#objects.take(from) ? 'retracted' : 'absent',
    );
    const outcome = await naming(from, sent);
    return outcome === 'markGone' ? 'refused' : outcome.is;
  }
  /** The same bytes, if that very object still stands: nothing is created. */
  async renew(path: string, signal: AbortSignal): ReturnType<Driver['renew']> {
    signal.throwIfAborted();
    return this.#request('PUT', path, () => {
      const file = this.#objects.file(path);
      if (file === undefined) return { renewed: false };
      if (file.bytes.length === 0) throw new StorageError(path, 'an empty file cannot be renewed');
      if (file.bytes.length > largestLinkBytes) throw new StorageError(path, 'too large to be renewed');
      return { renewed: true, modifiedAt: this.#objects.put(path, file.bytes).modifiedAt };
    });
  }

  append(path: string, offset: number, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    return this.#uploads.append(path, offset, body, signal);
  }
  truncate(path: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
    return this.#uploads.truncate(path, sizeBytes, signal);
  }

  async now(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    return naming('/', this.#signing.date());
  }
  watch(path: string, changed: Changed): { close(): void } {
    return { close: this.tree.watch(path, changed) };
  }

  #request<T>(call: string, path: string, effect: () => T): Promise<T> {
    return naming(path, this.tree.call(call, path, effect));
  }

  async #land(
    life: LifeId,
    path: string,
    signal: AbortSignal,
    effect: () => 'landed' | 'refused',
  ): Promise<'landed' | 'refused'> {
    signal.throwIfAborted();
    refuseFencedParent(path);
    const outcome = await naming(path, this.#signing.send('PUT', path, layout.stage(life), effect));
    return outcome === 'markGone' ? 'refused' : outcome.is;
  }
}
