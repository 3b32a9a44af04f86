import type { Digest } from '../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../core/oci/reference.ts';
import { digestToken } from '../../core/window/token.ts';
import { layout } from '../storage/layout.ts';
import { type Admission, Refused } from '../window/admission.ts';
import { type Links, readLink } from './links.ts';
import type { RepositoryStore } from './ports.ts';
import type { Summaries, SummaryReading } from './summaries.ts';

/** What a HEAD says of a manifest. */
export interface ManifestHead {
  readonly digest: Digest;
  /** Of a stored document that does not say what it is: the most that can be said. */
  readonly mediaType: string;
  readonly sizeBytes: number;
}

export interface StoredManifest extends ManifestHead {
  readonly bytes: Uint8Array;
}

const unknownMediaType = 'application/json';

/** Manifests as they are read. They are served as stored: what they are is not judged again. */
export class Manifests {
  readonly #store: RepositoryStore;
  readonly #admission: Admission;
  readonly #links: Links;
  readonly #summaries: Summaries;

  constructor(store: RepositoryStore, admission: Admission, links: Links, summaries: Summaries) {
    this.#store = store;
    this.#admission = admission;
    this.#links = links;
    this.#summaries = summaries;
  }

  /**
   * What a tag names now, as `look` finds it. A tag is looked up on the storage each time, never remembered; one that was moved on between two looks, and
   * whose former manifest was deleted, is followed.
   */
  async tagged<T>(
    repository: RepositoryName,
    tag: Tag,
    signal: AbortSignal,
    look: (digest: Digest) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const resolve = async (): Promise<Digest | undefined> =>
      (await readLink(this.#store, layout.tagLink(repository, tag), signal))?.digest;
    let digest = await resolve();
    for (;;) {
      const found = digest && (await look(digest));
      if (found !== undefined) return found;
      const next = await resolve();
      if (next === undefined || next === digest) return undefined;
      digest = next;
    }
  }

  /** For a GET by digest: never waits, is never refused, and touches when it can. */
  async get(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<StoredManifest | undefined> {
    this.#admission.touch([digestToken(digest)]);
    return this.read(repository, digest, signal);
  }

  /** Plain: promises nothing. */
  async read(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<StoredManifest | undefined> {
    const link = await readLink(this.#store, layout.revisionLink(repository, digest), signal);
    const stored = link && (await this.#summaries.read(link.digest, signal));
    if (stored === undefined) return undefined;
    const { bytes, reading } = stored;
    return { digest, mediaType: mediaTypeOf(reading), sizeBytes: bytes.length, bytes };
  }

  async head(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<ManifestHead | undefined> {
    const found = await this.#links.find('manifest', repository, digest, signal);
    return found && this.#headOf(digest, found, signal);
  }

  /** For a HEAD by digest, on which a client will build (G2). Without a permit it is a plain look, which promises nothing. */
  async promise(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<ManifestHead | undefined> {
    try {
      return await this.#admission.operate('promise', [digestToken(digest)], signal, async (operation) => {
        const standing = await this.#links.verify(operation, 'manifest', repository, digest);
        const head = standing && (await this.#headOf(digest, standing, operation.signal));
        operation.mustStillHold();
        return head;
      });
    } catch (error) {
      const hasNoPermit = error instanceof Refused && (error.reason === 'noPermit' || error.reason === 'lifeEnded');
      if (!hasNoPermit) throw error;
      return this.head(repository, digest, signal);
    }
  }

  async #headOf(
    digest: Digest,
    standing: { readonly digest: Digest; readonly sizeBytes: number },
    signal: AbortSignal,
  ): Promise<ManifestHead | undefined> {
    const reading = await this.#summaries.of(standing.digest, signal);
    if (reading.is === 'absent') return undefined;
    return { digest, mediaType: mediaTypeOf(reading), sizeBytes: standing.sizeBytes };
  }
}

function mediaTypeOf(reading: Exclude<SummaryReading, { readonly is: 'absent' }>): string {
  return (reading.is === 'summary' && reading.summary.manifest.mediaType) || unknownMediaType;
}
