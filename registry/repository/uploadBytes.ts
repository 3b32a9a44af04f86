import { createHash, type Hash } from 'node:crypto';
import { type Digest, type DigestAlgorithm, digestOf } from '../../core/oci/digest.ts';
import type { LifeId } from '../../core/window/identity.ts';
import { StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import type { RepositoryStore } from './ports.ts';
import { Recent } from './recent.ts';
import type { UploadId, UploadPlace, UploadState } from './uploadSessions.ts';

const hashesInMemory = 4096;

/** A hash over the first `offset` bytes of one life's file, which that life alone writes. */
interface Hashed {
  readonly life: LifeId;
  readonly algorithm: DigestAlgorithm;
  readonly offset: number;
  readonly hash: Hash;
}

/**
 * The bytes of uploads, one file for each life that wrote, and hashes over them. A life that goes on with another's upload copies what was acknowledged
 * into a file of its own first: so a blob's inode was only ever open for writing in the life that commits it, and a fence costs no upload (protocol, F2).
 */
export class UploadBytes {
  readonly #store: RepositoryStore;
  readonly #hashes = new Recent<UploadId, Hashed>(hashesInMemory);

  constructor(store: RepositoryStore) {
    this.#store = store;
  }

  /** Gives `life` a file with exactly the acknowledged bytes. */
  async take(place: UploadPlace, state: UploadState, life: LifeId, signal: AbortSignal): Promise<void> {
    const path = layout.uploadData(place.repository, place.id, life);
    const isOwn = state.life === life;
    const keep = isOwn ? state.offset : 0;
    const standing = (await this.#store.stat(path, signal))?.sizeBytes ?? 0;
    if (standing < keep) throw new StorageError(path, `has ${standing} bytes, but ${keep} were acknowledged`);
    if (standing > keep && keep > 0) await this.#store.truncate(path, keep, signal);
    // Not cut: it may have become a blob already, by a commit that was refused half way.
    if (standing > keep && keep === 0) await this.#store.discard(path, signal);
    if (!isOwn && state.offset > 0) await this.#copy(place, state, life, signal);
  }

  /** Appends to the file that `take` gave, and resolves with its new size. */
  async append(
    place: UploadPlace,
    at: { readonly life: LifeId; readonly offset: number },
    body: AsyncIterable<Uint8Array>,
    algorithm: DigestAlgorithm,
    signal: AbortSignal,
  ): Promise<number> {
    const hash = await this.#hashOf(place, at, algorithm, signal);
    const path = layout.uploadData(place.repository, place.id, at.life);
    const offset = await this.#store.append(path, at.offset, hashing(hash, body), signal);
    this.#hashes.set(place.id, { life: at.life, algorithm, offset, hash });
    return offset;
  }

  /** The digest of the first `offset` bytes; from memory where this process hashed them as they came. */
  async digest(
    place: UploadPlace,
    at: { readonly life: LifeId; readonly offset: number },
    algorithm: DigestAlgorithm,
    signal: AbortSignal,
  ): Promise<Digest> {
    const hash = await this.#hashOf(place, at, algorithm, signal);
    const digest = digestOf(algorithm, hash.digest('hex'));
    if (digest === undefined) throw new Error(`${algorithm} did not give a digest`);
    return digest;
  }

  /** A blob of no bytes needs a file, too. */
  async mustExist(place: UploadPlace, life: LifeId, signal: AbortSignal): Promise<string> {
    const path = layout.uploadData(place.repository, place.id, life);
    if ((await this.#store.stat(path, signal)) === undefined) await this.#store.append(path, 0, nothing(), signal);
    return path;
  }

  forget(place: UploadPlace): void {
    this.#hashes.delete(place.id);
  }

  async #copy(place: UploadPlace, state: UploadState, life: LifeId, signal: AbortSignal): Promise<void> {
    const acknowledged = await this.#acknowledged(place, state, signal);
    const path = layout.uploadData(place.repository, place.id, life);
    const known = this.#hashes.get(place.id);
    const algorithm = known?.algorithm ?? 'sha256';
    const hash = createHash(algorithm);
    const copied = await this.#store.append(path, 0, hashing(hash, acknowledged), signal);
    if (copied !== state.offset) throw new StorageError(path, `copied ${copied} bytes of ${state.offset}`);
    this.#hashes.set(place.id, { life, algorithm, offset: copied, hash });
  }

  /** A copy, so that what breaks off half way leaves the hash as it was. */
  async #hashOf(
    place: UploadPlace,
    at: { readonly life: LifeId; readonly offset: number },
    algorithm: DigestAlgorithm,
    signal: AbortSignal,
  ): Promise<Hash> {
    const known = this.#hashes.get(place.id);
    const isKnown = known?.algorithm === algorithm && known.life === at.life && known.offset === at.offset;
    if (isKnown) return known.hash.copy();
    const hash = createHash(algorithm);
    if (at.offset === 0) return hash;
    for await (const chunk of await this.#acknowledged(place, at, signal)) hash.update(chunk);
    return hash;
  }

  async #acknowledged(
    place: UploadPlace,
    { life, offset }: { readonly life: LifeId; readonly offset: number },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const path = layout.uploadData(place.repository, place.id, life);
    const opened = await this.#store.open(path, { start: 0, end: offset - 1 }, signal);
    if (opened === undefined || opened.stat.sizeBytes < offset) {
      opened?.body.destroy();
      throw new StorageError(path, `does not have the ${offset} bytes that were acknowledged`);
    }
    return opened.body as AsyncIterable<Uint8Array>;
  }
}

async function* hashing(hash: Hash, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // no bytes
}
