import { type RecordStore, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { closed, decode, encode, moment, text } from './codec.ts';

/** That a DeleteRequest was carried out, under the hash of what it asked for: restored, replayed or made anew it deletes nothing more (D1). */
export interface DoneKey {
  /** Storage time, ms. */
  readonly at: number;
  readonly run: string;
}

const schema = closed({ at: moment, run: text });
const limitBytes = 64 * 1024;

export class DoneKeyStore {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** `key` is 64 hexadecimal characters, so no request of a client has such a name. */
  async read(key: string, signal: AbortSignal): Promise<DoneKey | undefined> {
    const path = pathOf(key);
    const file = await this.#store.readSmall(path, limitBytes, signal);
    return file && decode(schema, path, file.bytes);
  }

  /** Durable when it returns: before the request is said to have ended. The first stands. */
  async write(key: string, done: DoneKey, signal: AbortSignal): Promise<void> {
    await this.#store.create(pathOf(key), encode(done), signal);
  }
}

function pathOf(key: string): string {
  const path = layout.done(key);
  if (!/^[0-9a-f]{64}$/.test(key)) throw new StorageError(path, 'not the key of a DeleteRequest');
  return path;
}
