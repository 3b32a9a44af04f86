import { type Digest, digestOf } from '../../core/oci/digest.ts';
import type { RepositoryName } from '../../core/oci/reference.ts';
import { type ReadableStore, StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { readLink } from './links.ts';
import { inParallel } from '../storage/parallel.ts';
import type { Summaries, Summary, SummaryReading } from './summaries.ts';

/** A revision as it was listed, and what its document says. */
interface Revision {
  readonly digest: Digest;
  readonly reading: SummaryReading;
}

/**
 * Who refers to whom within one repository. Each question lists the revisions on the storage anew, so that no answer is older than its question; only the
 * documents, which never change, are remembered.
 */
export class RepositoryIndex {
  readonly #store: ReadableStore;
  readonly #summaries: Summaries;

  constructor(store: ReadableStore, summaries: Summaries) {
    this.#store = store;
    this.#summaries = summaries;
  }

  /** Manifests that have this subject, sorted by digest. What cannot be read as a manifest has none. */
  async referrers(repository: RepositoryName, subject: Digest, signal: AbortSignal): Promise<readonly Summary[]> {
    const found: Summary[] = [];
    for (const { digest, reading } of await this.#revisions(repository, signal)) {
      if (reading.is !== 'summary' || reading.summary.manifest.subject !== subject) continue;
      if (await this.#stands(repository, digest, signal)) found.push(reading.summary);
    }
    return found;
  }

  /**
   * Standing manifests that refer to `digest` as config, layer or child (not as subject), sorted: what deleting it would break (D3). One whose document is
   * missing or not understood may refer to anything, and so counts.
   */
  async referringManifests(
    repository: RepositoryName,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<readonly Digest[]> {
    const found: Digest[] = [];
    for (const revision of await this.#revisions(repository, signal)) {
      if (revision.digest === digest || !mayReferTo(revision.reading, digest)) continue;
      if (!(await this.#stands(repository, revision.digest, signal))) continue;
      found.push(revision.digest);
    }
    return found;
  }

  async #revisions(repository: RepositoryName, signal: AbortSignal): Promise<readonly Revision[]> {
    const digests = await this.#list(repository, signal);
    return inParallel(digests, async (digest) => ({ digest, reading: await this.#summaries.of(digest, signal) }));
  }

  async #list(repository: RepositoryName, signal: AbortSignal): Promise<readonly Digest[]> {
    const folder = layout.revisions(repository);
    const digests: Digest[] = [];
    for (const algorithm of ['sha256', 'sha512'] as const) {
      for (const { name } of (await this.#store.list(`${folder}/${algorithm}`, signal)) ?? []) {
        if (name.startsWith('.')) continue; // the file system's own
        const digest = digestOf(algorithm, name);
        if (digest === undefined) throw new StorageError(`${folder}/${algorithm}/${name}`, 'not understood: no digest');
        digests.push(digest);
      }
    }
    return digests.toSorted();
  }

  /** A directory is no revision yet: one that was being made when a life ended has no link. */
  async #stands(repository: RepositoryName, digest: Digest, signal: AbortSignal): Promise<boolean> {
    return (await readLink(this.#store, layout.revisionLink(repository, digest), signal)) !== undefined;
  }
}

function mayReferTo(reading: SummaryReading, digest: Digest): boolean {
  if (reading.is !== 'summary') return true;
  return reading.summary.manifest.references.some((reference) => reference.digest === digest);
}
