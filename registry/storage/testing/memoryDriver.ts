import { addAbortSignal, Readable } from 'node:stream';
import type { LifeId, WindowId } from '../../../core/window/identity.ts';
import { parseLifeId, parseWindowId } from '../../../core/window/identity.ts';
import { chunksUntil } from '../chunks.ts';
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
import { StorageError } from '../driver.ts';
import { layout } from '../layout.ts';
import { parentOf, refuseFencedParent, refuseServedContent, understood } from '../path.ts';
import { isPiece, trashName } from '../trash.ts';
import type { MemoryDisk, MemoryFile } from './memoryDisk.ts';
import { bounded, pieces, statOf } from './memoryFile.ts';
import { preparedAs } from './preparedAs.ts';
import { stagedAs } from './stagedAs.ts';

export type DriverMethod = Exclude<keyof Driver, 'watch'>;

export interface MemoryPorts {
  /** Awaited before each call's one step on the disk: lets a test hold the call back, or makes it fail by throwing. `path` is the first that the call names. */
  readonly before: (method: DriverMethod, path: string) => Promise<void> | void;
}

const largestLinkBytes = 4096;

/** The semantics of a storage without a disk: fast, and steered step by step. */
export class MemoryDriver implements Driver {
  readonly #disk: MemoryDisk;
  readonly #before: MemoryPorts['before'];

  constructor(disk: MemoryDisk, { before = () => undefined }: Partial<MemoryPorts> = {}) {
    this.#disk = disk;
    this.#before = before;
  }

  async stat(path: string, signal: AbortSignal): Promise<Stat | undefined> {
    await this.#step('stat', path, signal);
    const node = this.#disk.find(path);
    if (node?.kind === 'directory') return { kind: 'directory', sizeBytes: 0, modifiedAt: node.modifiedAt };
    return node && statOf(node);
  }

  async readSmall(path: string, limitBytes: number, signal: AbortSignal): Promise<SmallFile | undefined> {
    await this.#step('readSmall', path, signal);
    const file = this.#disk.file(path);
    if (file === undefined) return undefined;
    return { bytes: Uint8Array.from(bounded(path, file, limitBytes)), modifiedAt: file.modifiedAt };
  }

  async open(
    path: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly stat: Stat; readonly body: Readable } | undefined> {
    await this.#step('open', path, signal);
    const file = this.#disk.file(path);
    if (file === undefined) return undefined;
    const bytes = range === undefined ? file.bytes : file.bytes.subarray(range.start, range.end + 1);
    return { stat: statOf(file), body: addAbortSignal(signal, Readable.from(pieces(bytes), { objectMode: false })) };
  }

  async list(path: string, signal: AbortSignal): Promise<readonly Entry[] | undefined> {
    await this.#step('list', path, signal);
    const directory = this.#disk.directory(path);
    return directory && [...directory.entries].map(([name, { kind }]) => ({ name, kind }));
  }

  async create(path: string, bytes: Uint8Array, signal: AbortSignal, seen?: () => void): Promise<'created' | 'exists'> {
    await this.#step('create', path, signal);
    refuseFencedParent(path);
    if (this.#disk.find(path) !== undefined) return 'exists';
    this.#disk.put(path, this.#disk.newFile(bytes));
    seen?.();
    return 'created';
  }

  prepare(bytes: Uint8Array, signal: AbortSignal): Promise<PreparedRecord> {
    signal.throwIfAborted();
    return Promise.resolve(preparedAs(this, bytes));
  }

  async write(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.#step('write', path, signal);
    refuseFencedParent(path);
    this.#disk.put(path, this.#disk.newFile(bytes));
  }

  async move(from: string, to: string, signal: AbortSignal): Promise<'moved' | 'absent' | 'exists'> {
    await this.#step('move', from, signal);
    refuseFencedParent(to);
    if (this.#disk.find(from) === undefined) return 'absent';
    return this.#rename(from, to) ? 'moved' : 'exists';
  }

  async discard(path: string, signal: AbortSignal): Promise<void> {
    await this.#step('discard', path, signal);
    refuseServedContent(path);
    this.#disk.take(path);
  }

  async beginLife(life: LifeId, signal: AbortSignal): Promise<void> {
    await this.#step('beginLife', layout.stage(life), signal);
    this.#makeOnce(layout.stage(life));
  }

  async standsLife(life: LifeId, signal: AbortSignal): Promise<boolean> {
    await this.#step('standsLife', layout.stage(life), signal);
    return this.#stands(life);
  }

  async endLife(life: LifeId, signal: AbortSignal): Promise<void> {
    await this.#step('endLife', layout.stage(life), signal);
    this.#disk.take(layout.stage(life));
  }

  async stagedLives(signal: AbortSignal): Promise<readonly LifeId[]> {
    await this.#step('stagedLives', layout.stages, signal);
    return this.#names(layout.stages).map((name) => understood(`${layout.stages}/${name}`, parseLifeId(name)));
  }

  async openWindow(window: WindowId, signal: AbortSignal): Promise<void> {
    await this.#step('openWindow', layout.door(window), signal);
    this.#makeOnce(layout.door(window));
  }

  async endWindow(window: WindowId, signal: AbortSignal): Promise<void> {
    await this.#step('endWindow', layout.door(window), signal);
    for (const name of this.#names(layout.door(window))) {
      this.#moveInto(`${layout.door(window)}/${name}`, `${layout.trash(window)}/${name}`);
    }
    this.#disk.take(layout.door(window));
  }

  async openWindows(
    signal: AbortSignal,
  ): Promise<readonly { readonly window: WindowId; readonly modifiedAt: number }[]> {
    await this.#step('openWindows', layout.doors, signal);
    return this.#names(layout.doors).map((name) => {
      const window = understood(`${layout.doors}/${name}`, parseWindowId(name));
      return { window, modifiedAt: this.#disk.directory(layout.door(window))?.modifiedAt ?? 0 };
    });
  }

  /** Nothing of it could be seen before it lands, so there is nothing to do. */
  stage(life: LifeId, path: string, content: Content, signal: AbortSignal): Promise<StagedCommit> {
    signal.throwIfAborted();
    return Promise.resolve(stagedAs(this, life, path, content));
  }

  async commit(life: LifeId, path: string, bytes: Uint8Array, signal: AbortSignal): Promise<'landed' | 'refused'> {
    await this.#step('commit', path, signal);
    refuseFencedParent(path);
    if (!this.#stands(life)) return 'refused';
    this.#disk.put(path, this.#disk.newFile(bytes));
    return 'landed';
  }

  async commitFile(life: LifeId, from: string, path: string, signal: AbortSignal): Promise<'landed' | 'refused'> {
    await this.#step('commitFile', from, signal);
    refuseFencedParent(path);
    const file = this.#existing(from);
    if (!this.#stands(life)) return 'refused';
    this.#disk.put(path, file);
    return 'landed';
  }

  async commitRecord(
    life: LifeId,
    path: string,
    bytes: Uint8Array,
    how: 'make' | 'replace',
    signal: AbortSignal,
  ): Promise<'landed' | 'refused'> {
    await this.#step('commitRecord', path, signal);
    refuseFencedParent(path);
    if (!this.#stands(life) || (how === 'replace' && this.#disk.find(path) === undefined)) return 'refused';
    this.#disk.put(path, this.#disk.newFile(bytes));
    return 'landed';
  }

  async retract(life: LifeId, from: string, signal: AbortSignal): Promise<'retracted' | 'absent' | 'refused'> {
    await this.#step('retract', from, signal);
    if (!this.#stands(life)) return 'refused';
    return this.#disk.take(from) === undefined ? 'absent' : 'retracted';
  }

  async renew(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly renewed: true; readonly modifiedAt: number } | { readonly renewed: false }> {
    await this.#step('renew', path, signal);
    const file = this.#disk.file(path);
    if (file === undefined) return { renewed: false };
    const bytes = bounded(path, file, largestLinkBytes);
    if (bytes.length === 0) throw new StorageError(path, 'an empty file cannot be renewed');
    this.#disk.change(file, bytes);
    return { renewed: true, modifiedAt: file.modifiedAt };
  }

  async remove(window: WindowId, path: string, signal: AbortSignal): Promise<'removed' | 'absent' | 'windowOver'> {
    const name = trashName(path);
    await this.#step('remove', path, signal);
    if (this.#disk.find(layout.door(window)) === undefined) return 'windowOver';
    if (this.#disk.find(path) === undefined) return 'absent';
    if (!this.#rename(path, `${layout.door(window)}/${name}`)) throw new StorageError(path, 'is in the door already');
    return 'removed';
  }

  async settleRemovals(window: WindowId, signal: AbortSignal): Promise<void> {
    await this.#step('settleRemovals', layout.door(window), signal);
  }

  async append(path: string, offset: number, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<number> {
    await this.#step('append', path, signal);
    if (offset === 0 && this.#disk.find(path) === undefined) this.#disk.put(path, this.#disk.newFile(new Uint8Array()));
    const file = this.#growing(path);
    if (file.bytes.length !== offset) {
      throw new StorageError(path, `is ${file.bytes.length} bytes long, not ${offset}`);
    }
    for await (const chunk of chunksUntil(body, signal)) {
      this.#disk.change(file, Buffer.concat([file.bytes, chunk]));
    }
    return file.bytes.length;
  }

  async truncate(path: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
    await this.#step('truncate', path, signal);
    const file = this.#growing(path);
    if (file.bytes.length < sizeBytes) {
      throw new StorageError(path, `is ${file.bytes.length} bytes long, cannot be cut to ${sizeBytes}`);
    }
    this.#disk.change(file, file.bytes.slice(0, sizeBytes));
  }

  async now(signal: AbortSignal): Promise<number> {
    await this.#step('now', layout.temporaries, signal);
    return this.#disk.now();
  }

  watch(path: string, changed: Changed): { close(): void } {
    return { close: this.#disk.watch(path, changed) };
  }

  async #step(method: DriverMethod, path: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#before(method, path);
    signal.throwIfAborted();
  }

  #stands(life: LifeId): boolean {
    return this.#disk.find(layout.stage(life)) !== undefined;
  }

  #makeOnce(path: string): void {
    if (this.#disk.find(path) !== undefined) throw new StorageError(path, 'is there already');
    this.#disk.makeDirectories(path);
  }

  #names(path: string): readonly string[] {
    return [...(this.#disk.directory(path)?.entries.keys() ?? [])];
  }

  #existing(path: string): MemoryFile {
    const file = this.#disk.file(path);
    if (file === undefined) throw new StorageError(path, 'is not there');
    return file;
  }

  #growing(path: string): MemoryFile {
    const file = this.#existing(path);
    if (file.names > 1) throw new StorageError(path, 'has been committed, and changes no more');
    return file;
  }

  /** False: `to` stands. */
  #rename(from: string, to: string): boolean {
    if (this.#disk.find(to) !== undefined) return false;
    this.#disk.makeDirectories(parentOf(to));
    const node = this.#disk.take(from);
    if (node !== undefined) this.#disk.put(to, node);
    return true;
  }

  #moveInto(from: string, to: string): void {
    if (isPiece(from)) {
      for (const name of this.#names(from)) this.#moveInto(`${from}/${name}`, `${to}/${name}`);
      return;
    }
    if (this.#rename(from, to)) return;
    this.#rename(from, `${to}=${this.#disk.fresh()}`);
  }
}
