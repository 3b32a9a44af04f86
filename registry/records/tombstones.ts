import Type from 'typebox';
import type { Tombstone } from '../../core/reach/tombstone.ts';
import { type RecordStore, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { closed, decode, digest, encode, moment, parseName, repository, tag, text } from './codec.ts';

const id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,99}$' });

const schema = closed({
  id,
  repository,
  kind: Type.Union([Type.Literal('tag'), Type.Literal('manifest')]),
  digest,
  tags: Type.Array(tag),
  group: Type.Array(digest),
  at: moment,
  until: moment,
  who: text,
  why: text,
  request: Type.Optional(text),
});

const limitBytes = 64 * 1024 * 1024;

/** The records of what was deleted. Nothing here touches a link: a tombstone never acts a second time. */
export class TombstoneStore {
  readonly #store: RecordStore;

  constructor(store: RecordStore) {
    this.#store = store;
  }

  /** All of them, lapsed or not. One that cannot be read rejects: what it keeps would be unknown (G1). */
  async list(signal: AbortSignal): Promise<readonly Tombstone[]> {
    const tombstones: Tombstone[] = [];
    for (const { name } of (await this.#store.list(layout.tombstones, signal)) ?? []) {
      const id = parseName(layout.tombstones, name, idOf);
      const tombstone = id === undefined ? undefined : await this.read(id, signal);
      if (tombstone !== undefined) tombstones.push(tombstone);
    }
    return tombstones;
  }

  async read(id: string, signal: AbortSignal): Promise<Tombstone | undefined> {
    const path = layout.tombstone(id);
    const file = await this.#store.readSmall(path, limitBytes, signal);
    if (file === undefined) return undefined;
    const tombstone = decode(schema, path, file.bytes);
    if (tombstone.id !== id) throw new StorageError(path, `not understood: the tombstone ${tombstone.id}`);
    return tombstone;
  }

  /** Durable when it returns: before the first link of what it records is removed. Ids are random, and each is written once. */
  async write(tombstone: Tombstone, signal: AbortSignal): Promise<void> {
    const path = layout.tombstone(tombstone.id);
    if ((await this.#store.create(path, encode(tombstone), signal)) === 'exists') {
      throw new StorageError(path, 'a tombstone of this id is there already');
    }
  }

  async remove(id: string, signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.tombstone(id), signal);
  }
}

/** Past `until` a tombstone is no root any more; it stays as the release of its group until a run finds nothing left to release. */
export function isLapsed(tombstone: Tombstone, storageNow: number): boolean {
  return tombstone.until < storageNow;
}

function idOf(name: string): string | undefined {
  return /^(.+)\.json$/.exec(name)?.[1];
}
