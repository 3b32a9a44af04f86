import type { Static } from 'typebox';
import type { RepositoryName } from '../../core/oci/reference.ts';
import type { LifeId } from '../../core/window/identity.ts';
import { closed, decode, encode, life, moment, whole } from '../records/codec.ts';
import { layout } from '../storage/layout.ts';
import type { Admission } from '../window/admission.ts';
import { Refused } from '../window/admission.ts';
import type { RepositoryStore } from './ports.ts';
import type { StorageTime } from './storageTime.ts';

declare const uploadBrand: unique symbol;

/** The name of an upload session. Whoever knows it may go on with the upload. */
export type UploadId = string & { readonly [uploadBrand]: true };

const grammar = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function parseUploadId(text: string): UploadId | undefined {
  return grammar.test(text) ? (text as UploadId) : undefined;
}

export interface UploadPlace {
  readonly repository: RepositoryName;
  readonly id: UploadId;
}

const schema = closed({ life, offset: whole, startedAt: moment });

/** What was acknowledged to the client: so many bytes, which lie in the file of this life. */
export type UploadState = Static<typeof schema>;

const largestStateBytes = 4096;

/** The records of upload sessions. Only what stands is ever replaced, so that a cancelled session does not come back through a late PATCH. */
export class UploadSessions {
  readonly #store: RepositoryStore;
  readonly #admission: Admission;
  readonly #time: StorageTime;

  constructor(store: RepositoryStore, admission: Admission, time: StorageTime) {
    this.#store = store;
    this.#admission = admission;
    this.#time = time;
  }

  async begin({ repository, id }: UploadPlace, signal: AbortSignal): Promise<void> {
    const life = await this.currentLife(signal);
    const startedAt = await this.#time.now(signal);
    // As distribution writes it, so that its own cleaning of old uploads knows the age of ours.
    const started = new TextEncoder().encode(new Date(startedAt).toISOString());
    await this.#record(layout.uploadStartedAt(repository, id), started, 'make', life, signal);
    await this.#record(
      layout.uploadState(repository, id),
      encode({ life, offset: 0, startedAt }),
      'make',
      life,
      signal,
    );
  }

  async read({ repository, id }: UploadPlace, signal: AbortSignal): Promise<UploadState | undefined> {
    const path = layout.uploadState(repository, id);
    const file = await this.#store.readSmall(path, largestStateBytes, signal);
    return file && decode(schema, path, file.bytes);
  }

  /** Whoever lives now may acknowledge what an earlier life of this process wrote: bytes do not get worse by a lapse. */
  async acknowledge({ repository, id }: UploadPlace, state: UploadState, signal: AbortSignal): Promise<void> {
    const life = await this.currentLife(signal);
    await this.#record(layout.uploadState(repository, id), encode(state), 'replace', life, signal);
  }

  async discard({ repository, id }: UploadPlace, signal: AbortSignal): Promise<void> {
    await this.#store.discard(layout.upload(repository, id), signal);
  }

  /** An upload touches nothing, so it waits for a permit only, and never for a window. */
  async currentLife(signal: AbortSignal): Promise<LifeId> {
    return this.#admission.operate('promise', [], signal, ({ life }) => Promise.resolve(life));
  }

  async #record(
    path: string,
    bytes: Uint8Array,
    how: 'make' | 'replace',
    life: LifeId,
    signal: AbortSignal,
  ): Promise<void> {
    const outcome = await this.#store.commitRecord(life, path, bytes, how, signal);
    if (outcome === 'refused') throw new Refused('lifeEnded', 'this upload could not be recorded; try again', 1);
  }
}
