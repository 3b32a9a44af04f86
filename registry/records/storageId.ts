import Type from 'typebox';
import type { StorageId } from '../../core/window/identity.ts';
import type { RecordStore } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { closed, decode, encode, storage, text } from './codec.ts';

/** Which storage this is (`storage.json`). Every gate, stage and door belongs to it. */
export interface StorageIdentity {
  readonly id: StorageId;
  readonly protocol: 1;
  /** Registry data of somebody else was there at first sight: the first run on it only previews (G1). */
  readonly foreign: boolean;
  /** Somebody has seen that preview, and said that runs may remove. */
  readonly adopted: boolean;
  /** Sources of protections that must be there, and fresh, before anything is removed. */
  readonly sources?: readonly string[];
}

const schema = closed({
  id: storage,
  protocol: Type.Literal(1),
  foreign: Type.Boolean(),
  adopted: Type.Boolean(),
  sources: Type.Optional(Type.Array(text, { maxItems: 1024 })),
});

const limitBytes = 1024 * 1024;

export class StorageIdStore {
  readonly #store: Pick<RecordStore, 'readSmall' | 'create' | 'write'>;

  constructor(store: Pick<RecordStore, 'readSmall' | 'create' | 'write'>) {
    this.#store = store;
  }

  async read(signal: AbortSignal): Promise<StorageIdentity | undefined> {
    const file = await this.#store.readSmall(layout.storage, limitBytes, signal);
    return file && decode(schema, layout.storage, file.bytes);
  }

  /** Once: of any number of creators one wins, and all go on with what that one wrote. */
  async create(identity: StorageIdentity, signal: AbortSignal): Promise<'created' | 'exists'> {
    return this.#store.create(layout.storage, encode(identity), signal);
  }

  /** A foreign storage's first preview has been seen. Nothing else of the record ever changes, so that two who adopt write the same. */
  async adopt(signal: AbortSignal): Promise<void> {
    const identity = await this.read(signal);
    if (identity === undefined || identity.adopted) return;
    await this.#store.write(layout.storage, encode({ ...identity, adopted: true }), signal);
  }
}
