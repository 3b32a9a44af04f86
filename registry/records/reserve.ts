import type { Commits, Fence, RecordStore } from '../storage/driver.ts';
import { StorageFull } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';

export const reserveBytes = 16 * 1024 * 1024;
const retryMs = 1000;

/** The port for the records of the protocol: what `reserved` guards. */
export type ProtocolStore = RecordStore & Pick<Commits, 'commitRecord'> & Pick<Fence, 'beginLife'>;

/**
 * A full disk must not keep the protocol from deleting what would make room: 16 MiB are set aside, given up when a record meets a full storage, and set
 * aside again later. Until then uploads are refused.
 */
export class Reserve {
  readonly #store: Pick<RecordStore, 'stat' | 'write' | 'discard'>;
  readonly #fill: (sizeBytes: number) => Uint8Array;
  #triedAt = -Infinity;

  /** `fill` gives bytes that no file system can make smaller. */
  constructor(store: Pick<RecordStore, 'stat' | 'write' | 'discard'>, fill: (sizeBytes: number) => Uint8Array) {
    this.#store = store;
    this.#fill = fill;
  }

  /** At start and from time to time. `full`: there is no room for it now. */
  async restore(signal: AbortSignal): Promise<'standing' | 'made' | 'full'> {
    const standing = await this.#store.stat(layout.reserve, signal);
    if (standing?.sizeBytes === reserveBytes) return 'standing';
    try {
      await this.#store.write(layout.reserve, this.#fill(reserveBytes), signal);
      return 'made';
    } catch (error) {
      if (error instanceof StorageFull) return 'full';
      throw error;
    }
  }

  /**
   * For uploads, which must not eat what was given up: rejects with `StorageFull` until the reserve stands again, and tries to make it stand, not more often
   * than each second.
   */
  async mustStand(now: number, signal: AbortSignal): Promise<void> {
    if ((await this.#store.stat(layout.reserve, signal)) !== undefined) return;
    if (now - this.#triedAt >= retryMs) {
      this.#triedAt = now;
      if ((await this.restore(signal)) !== 'full') return;
    }
    throw new StorageFull(layout.reserve, 'the storage is full');
  }

  /** Does `work`, and where the storage is full gives the reserve up and does it once more. */
  async spend<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
      await this.#store.discard(layout.reserve, signal);
      return await work();
    }
  }
}

/** The same store, with every write of a record backed by the reserve. */
export function reserved(store: ProtocolStore, reserve: Reserve): ProtocolStore {
  return {
    stat: (path, signal) => store.stat(path, signal),
    readSmall: (path, limitBytes, signal) => store.readSmall(path, limitBytes, signal),
    open: (path, range, signal) => store.open(path, range, signal),
    list: (path, signal) => store.list(path, signal),
    discard: (path, signal) => store.discard(path, signal),
    create: (path, bytes, signal, seen) => reserve.spend(() => store.create(path, bytes, signal, seen), signal),
    prepare: async (bytes, signal) => {
      const prepared = await reserve.spend(() => store.prepare(bytes, signal), signal);
      return {
        create: (path, createSignal, seen) =>
          reserve.spend(() => prepared.create(path, createSignal, seen), createSignal),
        [Symbol.asyncDispose]: async () => {
          await prepared[Symbol.asyncDispose]();
        },
      };
    },
    write: (path, bytes, signal) => reserve.spend(() => store.write(path, bytes, signal), signal),
    move: (from, to, signal) => reserve.spend(() => store.move(from, to, signal), signal),
    beginLife: (life, signal) => reserve.spend(() => store.beginLife(life, signal), signal),
    commitRecord: (life, path, bytes, how, signal) =>
      reserve.spend(() => store.commitRecord(life, path, bytes, how, signal), signal),
  };
}
