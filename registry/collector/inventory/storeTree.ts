import { setImmediate } from 'node:timers/promises';
import { Doubt } from '../../../core/reach/doubt.ts';
import type { ReadableStore } from '../../storage/driver.ts';
import type { FileTime, TreeReader } from './treeReader.ts';

/** Any storage, read through its driver. */
export class StoreTree implements TreeReader {
  readonly #store: ReadableStore;
  readonly #signal: AbortSignal;

  constructor(store: ReadableStore, signal: AbortSignal) {
    this.#store = store;
    this.#signal = signal;
  }

  async list(path: string): Promise<readonly string[] | undefined> {
    const entries = await this.#ask(path, this.#store.list(path, this.#signal));
    return entries?.map(({ name }) => name);
  }

  async look(path: string): Promise<FileTime | undefined> {
    const stat = await this.#ask(path, this.#store.stat(path, this.#signal));
    if (stat !== undefined && stat.kind !== 'file') throw new Doubt(path, 'not a file');
    return stat;
  }

  read(
    path: string,
    limitBytes: number,
  ): Promise<{ readonly bytes: Uint8Array; readonly modifiedAt: number } | undefined> {
    return this.#ask(path, this.#store.readSmall(path, limitBytes, this.#signal));
  }

  async rest(): Promise<void> {
    await setImmediate();
  }

  async #ask<T>(path: string, question: Promise<T>): Promise<T> {
    try {
      return await question;
    } catch (error) {
      if (this.#signal.aborted) throw error;
      throw new Doubt(path, 'cannot be read', { cause: error });
    }
  }
}
