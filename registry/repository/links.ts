import { type Digest, parseDigest } from '../../core/oci/digest.ts';
import type { RepositoryName } from '../../core/oci/reference.ts';
import { digestToken } from '../../core/window/token.ts';
import { type ReadableStore, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { type Admission, type Operation, Refused } from '../window/admission.ts';
import type { RepositoryStore } from './ports.ts';
import { Recent } from './recent.ts';
import type { StorageTime } from './storageTime.ts';

const largestLinkBytes = 4096;
const cachedLinks = 20_000;

/** A layer link or a revision link: what it makes part of the repository. */
export type LinkKind = 'layer' | 'manifest';

export interface Link {
  /** What the link says, which need not be what it is called: distribution links a sha512 name to the sha256 of the same bytes. */
  readonly digest: Digest;
  /** The link's age is the promise's (freshness). */
  readonly modifiedAt: number;
}

/** A link that stands, and the bytes it means. */
export interface Standing {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export function linkPath(kind: LinkKind, repository: RepositoryName, digest: Digest): string {
  return kind === 'layer' ? layout.layerLink(repository, digest) : layout.revisionLink(repository, digest);
}

/** `undefined`: there is none. One that says no digest is not understood, and rejects. */
export async function readLink(store: ReadableStore, path: string, signal: AbortSignal): Promise<Link | undefined> {
  const file = await store.readSmall(path, largestLinkBytes, signal);
  if (file === undefined) return undefined;
  const digest = parseDigest(new TextDecoder().decode(file.bytes).trim());
  if (digest === undefined) throw new StorageError(path, 'not understood: the link names no digest');
  return { digest, modifiedAt: file.modifiedAt };
}

export function linkBytes(digest: Digest): Uint8Array {
  return new TextEncoder().encode(digest);
}

/**
 * Links as promises need them: standing, with their bytes, and young enough. What was seen is remembered with the time of the *link*, never with that of
 * the look, and counts only while the link is younger than a quarter of `promiseTTL`: so a remembered link is no candidate of any run.
 */
export class Links {
  readonly #store: RepositoryStore;
  readonly #admission: Admission;
  readonly #time: StorageTime;
  readonly #renewAfterMs: number;
  readonly #cache = new Recent<string, Standing & { readonly linkedAt: number }>(cachedLinks);

  constructor(store: RepositoryStore, admission: Admission, time: StorageTime, promiseTTLMs: number) {
    this.#store = store;
    this.#admission = admission;
    this.#time = time;
    this.#renewAfterMs = promiseTTLMs / 4;
    // All of them: to ask each whether it is meant costs more than to read some links again.
    admission.onDrop(() => {
      this.#cache.clear();
    });
  }

  /** The link and its bytes as they stand on the storage now. Promises nothing. */
  async find(
    kind: LinkKind,
    repository: RepositoryName,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<(Standing & { readonly linkedAt: number }) | undefined> {
    const link = await readLink(this.#store, linkPath(kind, repository, digest), signal);
    if (link === undefined) return undefined;
    const data = await this.#store.stat(layout.blob(link.digest), signal);
    return data && { digest: link.digest, sizeBytes: data.sizeBytes, linkedAt: link.modifiedAt };
  }

  /**
   * Within an operation admitted with this digest: `undefined` unless link and bytes stand. An old link is renewed in place; one that cannot be is refused,
   * which is 503, because the client's push is good.
   */
  async verify(
    operation: Operation,
    kind: LinkKind,
    repository: RepositoryName,
    digest: Digest,
  ): Promise<Standing | undefined> {
    const key = `${kind} ${repository}@${digest}`;
    const now = await this.#time.now(operation.signal);
    const cached = this.#admission.mayUseCache([digestToken(digest)]) ? this.#cache.get(key) : undefined;
    if (cached !== undefined && now - cached.linkedAt < this.#renewAfterMs) return cached;

    const found = await this.find(kind, repository, digest, operation.signal);
    if (found === undefined) return undefined;
    if (found.digest !== digest) await this.#touchMeant(found.digest, operation.signal);
    const isFresh = now - found.linkedAt < this.#renewAfterMs;
    const linkedAt = isFresh ? found.linkedAt : await this.#renew(operation, linkPath(kind, repository, digest));
    // In the tick in which it is remembered the operation is in flight under its permit: no window has passed over its digest since it was admitted.
    operation.mustStillHold();
    const standing = { digest: found.digest, sizeBytes: found.sizeBytes, linkedAt };
    this.#cache.set(key, standing);
    return standing;
  }

  async #renew(operation: Operation, path: string): Promise<number> {
    operation.mustStillHold();
    const renewal = await this.#store.renew(path, operation.signal);
    if (!renewal.renewed) throw new Refused('lifeEnded', 'a link went away while it was renewed; try again', 1);
    return renewal.modifiedAt;
  }

  /** Only the link tells which blob it means, so that blob is touched later than the rest, and looked at once more: a window may have passed over it. */
  async #touchMeant(digest: Digest, signal: AbortSignal): Promise<void> {
    const isTouched = this.#admission.touch([digestToken(digest)]);
    const stands = isTouched && (await this.#store.stat(layout.blob(digest), signal)) !== undefined;
    if (!stands) throw new Refused('held', 'what this names is being removed; try again in a moment', 1);
  }
}
