import { algorithmOf, type Digest } from '../../core/oci/digest.ts';
import { type Manifest, readManifest } from '../../core/oci/manifest.ts';
import type { RepositoryName, Tag } from '../../core/oci/reference.ts';
import { digestToken, tagToken, type Token } from '../../core/window/token.ts';
import { layout } from '../storage/layout.ts';
import type { Operation } from '../window/admission.ts';
import { contentDigest } from './contentDigest.ts';
import { linkBytes, type Links } from './links.ts';
import { refusedUrl } from './manifestRules.ts';
import type { RepositoryPorts, RepositorySettings } from './ports.ts';
import { missingReferences, namedBy } from './references.ts';
import { decodeText } from './summaries.ts';
import { mustLandInTurn, type Write } from './writes.ts';

/** The largest manifest that is taken; distribution-spec asks registries for as much. */
export const largestManifestBytes = 4 * 1024 * 1024;

export interface ManifestPushRequest {
  readonly repository: RepositoryName;
  /** What the client calls it; absent: it is pushed by tag alone. */
  readonly digest?: Digest;
  readonly tags: readonly Tag[];
  readonly bytes: Uint8Array;
  readonly contentType?: string;
}

export type PushOutcome =
  | { readonly is: 'pushed'; readonly digest: Digest; readonly mediaType: string; readonly subject?: Digest }
  | { readonly is: 'notUnderstood'; readonly why: string }
  | { readonly is: 'digestDiffers'; readonly found: Digest }
  | { readonly is: 'missing'; readonly digests: readonly Digest[] };

/** PUT of a manifest: the commit point by which everything else becomes reachable. */
export class ManifestPush {
  readonly #ports: RepositoryPorts;
  readonly #settings: RepositorySettings;
  readonly #links: Links;

  constructor(ports: RepositoryPorts, settings: RepositorySettings, links: Links) {
    this.#ports = ports;
    this.#settings = settings;
    this.#links = links;
  }

  async push(request: ManifestPushRequest, signal: AbortSignal): Promise<PushOutcome> {
    const digest = contentDigest(request.digest === undefined ? 'sha256' : algorithmOf(request.digest), request.bytes);
    if (request.digest !== undefined && request.digest !== digest) return { is: 'digestDiffers', found: digest };
    const text = decodeText(request.bytes);
    if (text === undefined) return { is: 'notUnderstood', why: 'not UTF-8' };
    const reading = readManifest(text, request.contentType);
    if (reading.is === 'notUnderstood') return reading;
    const { manifest } = reading;
    // Its digest is that of a part of it, which others compute otherwise; distribution stopped taking it, too.
    if (manifest.kind === 'schema1') return { is: 'notUnderstood', why: 'schema 1 is served, but no longer taken' };

    const url = refusedUrl(this.#settings, manifest);
    if (url !== undefined)
      return { is: 'notUnderstood', why: `it names ${JSON.stringify(url)}, which is not allowed here` };

    const missing = await this.#ports.admission.operate(
      'commit',
      tokensOf(request, digest, manifest),
      signal,
      async (operation) => this.#land(operation, request, digest, manifest),
    );
    if (missing.length > 0) return { is: 'missing', digests: missing };
    const { mediaType, subject } = manifest;
    return { is: 'pushed', digest, mediaType, ...(subject === undefined ? {} : { subject }) };
  }

  /** Gives what is missing, or writes everything: bytes, revision, then each tag, also one that is there and equal (F8). Nothing is undone. */
  async #land(
    operation: Operation,
    { repository, tags, bytes }: ManifestPushRequest,
    digest: Digest,
    manifest: Manifest,
  ): Promise<readonly Digest[]> {
    const missing = await missingReferences(this.#links, operation, repository, manifest, this.#settings);
    if (missing.length > 0) {
      operation.mustStillHold();
      return missing;
    }
    const bytesOfLink = linkBytes(digest);
    const link = (path: string): Write => ({ path, content: { bytes: bytesOfLink } });
    // What a tag has ever named is for distribution, should it take over: it does without what is missing, and nobody waits for the disk for it.
    const history = (path: string): Write => ({ path, content: { bytes: bytesOfLink, mayBeLost: true } });
    await mustLandInTurn(this.#ports.store, operation, [
      { path: layout.blob(digest), content: { bytes } },
      link(layout.revisionLink(repository, digest)),
      ...tags.flatMap((tag) => [
        history(layout.tagIndexLink(repository, tag, digest)),
        link(layout.tagLink(repository, tag)),
      ]),
    ]);
    return [];
  }
}

function tokensOf({ repository, tags }: ManifestPushRequest, digest: Digest, manifest: Manifest): readonly Token[] {
  return [digest, ...namedBy(manifest)].map(digestToken).concat(tags.map((tag) => tagToken(repository, tag)));
}
