import { algorithmOf, type Digest } from '../../core/oci/digest.ts';
import type { RepositoryName } from '../../core/oci/reference.ts';
import type { LifeId } from '../../core/window/identity.ts';
import { digestToken } from '../../core/window/token.ts';
import { layout } from '../storage/layout.ts';
import { type Operation, Refused } from '../window/admission.ts';
import type { Blobs } from './blobs.ts';
import { linkBytes } from './links.ts';
import type { RepositoryPorts } from './ports.ts';
import type { StorageTime } from './storageTime.ts';
import { Turns } from './turns.ts';
import { UploadBytes } from './uploadBytes.ts';
import { parseUploadId, type UploadId, type UploadPlace, UploadSessions, type UploadState } from './uploadSessions.ts';
import { mustLandInTurn } from './writes.ts';

export interface Chunk {
  readonly body: AsyncIterable<Uint8Array>;
  /** Where the client says that it begins, and how long it is to be. */
  readonly range?: { readonly start: number; readonly sizeBytes: number };
}

export type AppendOutcome =
  | { readonly is: 'appended'; readonly offset: number }
  | { readonly is: 'unknown' }
  /** The next chunk begins at `offset`, and this one does not. */
  | { readonly is: 'outOfOrder'; readonly offset: number }
  | { readonly is: 'sizeDiffers' };

export type CompleteOutcome =
  | { readonly is: 'committed'; readonly sizeBytes: number }
  /** The bytes are something else; the session is gone. */
  | { readonly is: 'digestDiffers'; readonly found: Digest }
  | Exclude<AppendOutcome, { readonly is: 'appended' }>;

const attempts = 3;

/**
 * Uploads: begin, append, complete. All that a session is lies on the storage, so any replica may go on with it; what comes to one replica for one session
 * at once is taken one after the other. Only `complete` is a commit point.
 */
export class Uploads {
  readonly #ports: RepositoryPorts;
  readonly #blobs: Blobs;
  readonly #sessions: UploadSessions;
  readonly #bytes: UploadBytes;
  readonly #turns = new Turns<UploadId>();

  constructor(ports: RepositoryPorts, time: StorageTime, blobs: Blobs) {
    this.#ports = ports;
    this.#blobs = blobs;
    this.#sessions = new UploadSessions(ports.store, ports.admission, time);
    this.#bytes = new UploadBytes(ports.store);
  }

  async begin(repository: RepositoryName, signal: AbortSignal): Promise<UploadPlace> {
    const id = parseUploadId(this.#ports.freshUpload());
    if (id === undefined) throw new Error('upload sessions are named by UUIDs');
    await this.#ports.mustHaveRoom(signal);
    const place = { repository, id };
    await this.#sessions.begin(place, signal);
    return place;
  }

  /** How many bytes were acknowledged. */
  async status(place: UploadPlace, signal: AbortSignal): Promise<number | undefined> {
    return (await this.#sessions.read(place, signal))?.offset;
  }

  async append(place: UploadPlace, chunk: Chunk, signal: AbortSignal): Promise<AppendOutcome> {
    return this.#turns.take(place.id, signal, async () => {
      const state = await this.#sessions.read(place, signal);
      if (state === undefined) return { is: 'unknown' };
      const appended = await this.#append(place, state, chunk, 'sha256', signal);
      if (appended.is !== 'appended') return appended;
      await this.#sessions.acknowledge(place, appended.state, signal);
      return { is: 'appended', offset: appended.state.offset };
    });
  }

  /** `chunk`: the last one, or all there is. */
  async complete(
    place: UploadPlace,
    digest: Digest,
    chunk: Chunk | undefined,
    signal: AbortSignal,
  ): Promise<CompleteOutcome> {
    return this.#turns.take(place.id, signal, async () => {
      const state = await this.#sessions.read(place, signal);
      if (state === undefined) return { is: 'unknown' };
      const appended =
        chunk === undefined
          ? ({ is: 'appended', state } as const)
          : await this.#append(place, state, chunk, algorithmOf(digest), signal);
      if (appended.is !== 'appended') return appended;
      const found = await this.#bytes.digest(place, appended.state, algorithmOf(digest), signal);
      if (found === digest) await this.#commit(place, appended.state, digest, signal);
      await this.#discard(place);
      return found === digest ? { is: 'committed', sizeBytes: appended.state.offset } : { is: 'digestDiffers', found };
    });
  }

  async cancel(place: UploadPlace, signal: AbortSignal): Promise<'cancelled' | 'unknown'> {
    return this.#turns.take(place.id, signal, async () => {
      if ((await this.#sessions.read(place, signal)) === undefined) return 'unknown';
      this.#bytes.forget(place);
      await this.#sessions.discard(place, signal);
      return 'cancelled';
    });
  }

  /** Bytes of a chunk that breaks off are not acknowledged, and cut off by whoever comes next. */
  async #append(
    place: UploadPlace,
    state: UploadState,
    { body, range }: Chunk,
    algorithm: 'sha256' | 'sha512',
    signal: AbortSignal,
  ): Promise<
    Exclude<AppendOutcome, { readonly is: 'appended' }> | { readonly is: 'appended'; readonly state: UploadState }
  > {
    if (range !== undefined && range.start !== state.offset) return { is: 'outOfOrder', offset: state.offset };
    await this.#ports.mustHaveRoom(signal);
    const life = await this.#sessions.currentLife(signal);
    await this.#bytes.take(place, state, life, signal);
    const offset = await this.#bytes.append(place, { life, offset: state.offset }, body, algorithm, signal);
    if (range !== undefined && offset !== state.offset + range.sizeBytes) return { is: 'sizeDiffers' };
    return { is: 'appended', state: { ...state, life, offset } };
  }

  /** Whoever lives when the commit is admitted needs a file of its own, and a copy is too long for a step within an operation. */
  async #commit(place: UploadPlace, state: UploadState, digest: Digest, signal: AbortSignal): Promise<void> {
    let written = state;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const life = await this.#sessions.currentLife(signal);
      await this.#bytes.take(place, written, life, signal);
      written = { ...written, life };
      const from = await this.#bytes.mustExist(place, life, signal);
      const outcome = await this.#ports.admission.operate('commit', [digestToken(digest)], signal, async (operation) =>
        this.#land(operation, life, place, from, digest),
      );
      if (outcome === 'committed') return;
    }
    throw new Refused('lifeEnded', 'one life of this replica after the other ended; try again', 1);
  }

  /** The bytes, then the link: a crash in between leaves garbage. */
  async #land(
    operation: Operation,
    life: LifeId,
    { repository }: UploadPlace,
    from: string,
    digest: Digest,
  ): Promise<'committed' | 'otherLife'> {
    if (operation.life !== life) return 'otherLife';
    await mustLandInTurn(this.#ports.store, operation, [
      { path: layout.blob(digest), content: { from } },
      { path: layout.layerLink(repository, digest), content: { bytes: linkBytes(digest) } },
    ]);
    this.#blobs.remember(repository, digest);
    return 'committed';
  }

  /** What is left over of a finished upload is garbage: it must not turn a blob that was committed into an error. */
  async #discard(place: UploadPlace): Promise<void> {
    this.#bytes.forget(place);
    try {
      await this.#sessions.discard(place, this.#ports.stopping);
    } catch (err) {
      this.#ports.log.warn({ err, upload: place.id, repository: place.repository }, 'a finished upload stays');
    }
  }
}
