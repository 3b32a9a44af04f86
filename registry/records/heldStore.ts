import { hash } from 'node:crypto';
import type { HeldReference } from '../../core/window/gate.ts';
import { parseWindowId, type WindowId } from '../../core/window/identity.ts';
import type { TokenHash } from '../../core/window/token.ts';
import { type RecordStore, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { parseName } from './codec.ts';
import { packTokenHashes, tokenHashBytes, unpackTokenHashes } from './tokenHashes.ts';

/** Held sets: written once under a random name, durable before a gate names them, never changed. */
export class HeldStore {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** A window's first set has the window's name; what is left of it after sparing gets one of its own. */
  async write(name: WindowId, hashes: Iterable<TokenHash>, signal: AbortSignal): Promise<HeldReference> {
    const sorted = [...new Set(hashes)].toSorted();
    const bytes = packTokenHashes(sorted);
    const path = layout.held(name);
    if ((await this.#store.create(path, bytes, signal)) === 'exists') {
      throw new StorageError(path, 'a held set of this name is there already');
    }
    return { name, sha256: hash('sha256', bytes), count: sorted.length };
  }

  /** Rejects unless it is, byte for byte, what the gate names: then that epoch has not been seen. */
  async read(reference: HeldReference, signal: AbortSignal): Promise<ReadonlySet<TokenHash>> {
    const name = parseWindowId(reference.name);
    if (name === undefined) throw new StorageError(layout.heldSets, 'not understood: the gate names no held set');
    const path = layout.held(name);
    const file = await this.#store.readSmall(path, reference.count * tokenHashBytes, signal);
    if (file === undefined) throw new StorageError(path, 'the held set that the gate names is not there');
    const isWhole = file.bytes.length === reference.count * tokenHashBytes;
    if (!isWhole || hash('sha256', file.bytes) !== reference.sha256) {
      throw new StorageError(path, 'not understood: not the held set that the gate names');
    }
    return new Set(unpackTokenHashes(path, file.bytes));
  }

  /** Takes away what is older than `before` (storage time, ms) and is not `current`, the set that the gate names. */
  async prune(current: HeldReference | undefined, before: number, signal: AbortSignal): Promise<void> {
    for (const entry of (await this.#store.list(layout.heldSets, signal)) ?? []) {
      const name = parseName(layout.heldSets, entry.name, parseWindowId);
      if (name === undefined || name === current?.name) continue;
      const stat = await this.#store.stat(layout.held(name), signal);
      if (stat !== undefined && stat.modifiedAt < before) await this.#store.discard(layout.held(name), signal);
    }
  }
}
