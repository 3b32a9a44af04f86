import type { Readable } from 'node:stream';
import type { Digest } from '../../core/oci/digest.ts';
import type { RepositoryName } from '../../core/oci/reference.ts';
import { digestToken } from '../../core/window/token.ts';
import { type ByteRange, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import type { Admission } from '../window/admission.ts';
import { type Links, linkBytes, linkPath, type Standing } from './links.ts';
import type { RepositoryStore } from './ports.ts';
import { Recent } from './recent.ts';
import { mustLand } from './writes.ts';

const knownHomes = 20_000;

export type MountOutcome =
  { readonly is: 'mounted'; readonly from: RepositoryName; readonly sizeBytes: number } | { readonly is: 'unknown' };

/** A repository that has the blob; or whichever is known to, of those that the client may pull from. */
export type MountSource = RepositoryName | { readonly among: (home: RepositoryName) => boolean };

/** Blobs of a repository: they are its own while it has a layer link, whoever else has the same bytes. */
export class Blobs {
  readonly #store: RepositoryStore;
  readonly #admission: Admission;
  readonly #links: Links;
  /** A repository that had the blob when this replica last looked: where a mount without `from` begins. */
  readonly #homes = new Recent<Digest, RepositoryName>(knownHomes);

  constructor(store: RepositoryStore, admission: Admission, links: Links) {
    this.#store = store;
    this.#admission = admission;
    this.#links = links;
  }

  /** For a GET: never waits, is never refused, promises nothing. */
  async find(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<Standing | undefined> {
    return this.#links.find('layer', repository, digest, signal);
  }

  /** The bytes of what was found; they are read from one file, even if it is removed meanwhile. */
  async read({ digest }: Standing, range: ByteRange | undefined, signal: AbortSignal): Promise<Readable> {
    const path = layout.blob(digest);
    const opened = await this.#store.open(path, range, signal);
    if (opened === undefined) throw new StorageError(path, 'went away between two looks');
    return opened.body;
  }

  /** For a HEAD, on which a client will build (G2): touched, renewed, and looked at once more before the answer. */
  async promise(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<Standing | undefined> {
    return this.#admission.operate('promise', [digestToken(digest)], signal, async (operation) => {
      const standing = await this.#links.verify(operation, 'layer', repository, digest);
      operation.mustStillHold();
      if (standing !== undefined) this.remember(repository, digest);
      return standing;
    });
  }

  /** Links a blob of another repository. */
  async mount(
    repository: RepositoryName,
    digest: Digest,
    from: MountSource,
    signal: AbortSignal,
  ): Promise<MountOutcome> {
    const source = typeof from === 'string' ? from : this.#homes.get(digest);
    if (source === undefined || (typeof from !== 'string' && !from.among(source))) return { is: 'unknown' };
    return this.#admission.operate('commit', [digestToken(digest)], signal, async (operation) => {
      const standing = await this.#links.verify(operation, 'layer', source, digest);
      if (standing === undefined) return { is: 'unknown' };
      const path = linkPath('layer', repository, digest);
      await mustLand(operation, () =>
        this.#store.commit(operation.life, path, linkBytes(standing.digest), operation.signal),
      );
      this.remember(repository, digest);
      return { is: 'mounted', from: source, sizeBytes: standing.sizeBytes };
    });
  }

  remember(repository: RepositoryName, digest: Digest): void {
    this.#homes.set(digest, repository);
  }
}
