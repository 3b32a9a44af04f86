import { type Digest, digestOf } from '../../../core/oci/digest.ts';
import { readManifest } from '../../../core/oci/manifest.ts';
import type { RepositoryName } from '../../../core/oci/reference.ts';
import { Doubt } from '../../../core/reach/doubt.ts';
import type { ReadableStore } from '../../storage/driver.ts';
import { layout } from '../../storage/layout.ts';
import type { Referrers } from './referrers.ts';

interface Edges {
  readonly references: ReadonlySet<Digest>;
  readonly subject: Digest | undefined;
}

const largestManifestBytes = 32 * 1024 * 1024;
const readAtOnce = 16;
const remembered = 20_000;

/**
 * Asks the storage which manifests stand in a repository, each time; what a manifest refers to never changes, so that is read once.
 * A manifest whose content is missing or not understood may refer to anything, and so counts as referring to whatever is asked about.
 */
export class StorageReferrers implements Referrers {
  readonly #store: ReadableStore;
  readonly #edges = new Map<Digest, Edges>();

  constructor(store: ReadableStore) {
    this.#store = store;
  }

  async of(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<readonly Digest[]> {
    return this.#standing(repository, digest, (edges) => edges === undefined || edges.references.has(digest), signal);
  }

  async along(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<readonly Digest[]> {
    const along = new Set<Digest>();
    const waiting = [digest];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const each of await this.#beside(repository, next, signal)) {
        if (each === digest || along.has(each)) continue;
        along.add(each);
        waiting.push(each);
      }
    }
    return [...along].toSorted();
  }

  async #beside(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<readonly Digest[]> {
    const { references } = (await this.#read(digest, signal)) ?? nothing;
    const children = [];
    for (const child of references) if (await this.#stands(repository, child, signal)) children.push(child);
    return [...children, ...(await this.#standing(repository, digest, (edges) => edges?.subject === digest, signal))];
  }

  /** Other manifests of the repository whose link stands and that `applies` to. */
  async #standing(
    repository: RepositoryName,
    than: Digest,
    applies: (edges: Edges | undefined) => boolean,
    signal: AbortSignal,
  ): Promise<readonly Digest[]> {
    const others = (await this.#revisions(repository, signal)).filter((digest) => digest !== than);
    const found: Digest[] = [];
    for (let at = 0; at < others.length; at += readAtOnce) {
      const some = others.slice(at, at + readAtOnce);
      const edges = await Promise.all(some.map((digest) => this.#read(digest, signal)));
      for (const [each, digest] of some.entries()) {
        if (applies(edges[each]) && (await this.#stands(repository, digest, signal))) found.push(digest);
      }
    }
    return found;
  }

  async #revisions(repository: RepositoryName, signal: AbortSignal): Promise<readonly Digest[]> {
    const digests: Digest[] = [];
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const directory = `${layout.revisions(repository)}/${algorithm}`;
      for (const { name } of (await this.#store.list(directory, signal)) ?? []) {
        const digest = digestOf(algorithm, name);
        if (digest === undefined) throw new Doubt(`${directory}/${name}`, 'not a digest');
        digests.push(digest);
      }
    }
    return digests.toSorted();
  }

  async #stands(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<boolean> {
    return (await this.#store.stat(layout.revisionLink(repository, digest), signal)) !== undefined;
  }

  async #read(digest: Digest, signal: AbortSignal): Promise<Edges | undefined> {
    const known = this.#edges.get(digest);
    if (known !== undefined) return known;
    const file = await this.#store.readSmall(layout.blob(digest), largestManifestBytes, signal);
    const reading = file && readManifest(new TextDecoder().decode(file.bytes));
    if (reading?.is !== 'manifest') return undefined;
    const { references, subject } = reading.manifest;
    const edges = { references: new Set(references.map((reference) => reference.digest)), subject };
    if (this.#edges.size >= remembered) this.#edges.clear();
    this.#edges.set(digest, edges);
    return edges;
  }
}

const nothing: Edges = { references: new Set(), subject: undefined };
