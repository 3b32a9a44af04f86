import { algorithmOf, type Digest } from '../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../core/oci/reference.ts';
import type { Tombstone } from '../../core/reach/tombstone.ts';
import { digestToken, tagToken } from '../../core/window/token.ts';
import { layout } from '../storage/layout.ts';
import type { Operation } from '../window/admission.ts';
import { contentDigest } from './contentDigest.ts';
import { linkBytes, type Links, readLink } from './links.ts';
import type { RepositoryPorts, RepositorySettings } from './ports.ts';
import { isRequired } from './manifestRules.ts';
import { namedBy } from './references.ts';
import type { Summaries, Summary } from './summaries.ts';
import { mustLand, refusedByStorage } from './writes.ts';

export type UndeleteTarget =
  | { readonly kind: 'tag'; readonly repository: RepositoryName; readonly tag: Tag }
  | { readonly kind: 'manifest'; readonly repository: RepositoryName; readonly digest: Digest };

export type UndeleteOutcome =
  | {
      readonly is: 'undeleted';
      readonly digest: Digest;
      readonly tags: readonly Tag[];
      /** Manifests that came back, the one named among them. */
      readonly manifests: readonly Digest[];
    }
  /** No deletion of this can be undone any more. */
  | { readonly is: 'nothing' }
  | { readonly is: 'tagTaken'; readonly tag: Tag; readonly by: Digest }
  /** These bytes are not there, or are others. */
  | { readonly is: 'incomplete'; readonly digests: readonly Digest[] };

/** What comes back with a tombstone. */
interface Group {
  /** Each after everything that it refers to. */
  readonly manifests: readonly Summary[];
  readonly missing: readonly Digest[];
}

/**
 * Takes a deletion back, complete, with what went along with it (D4). A commit like a PUT: admitted with all it names, verified, written from the leaves
 * to the tags, and only then the tombstone goes, by a move that the storage refuses to a life that has ended.
 */
export class Undelete {
  readonly #ports: RepositoryPorts;
  readonly #settings: RepositorySettings;
  readonly #links: Links;
  readonly #summaries: Summaries;

  constructor(ports: RepositoryPorts, settings: RepositorySettings, links: Links, summaries: Summaries) {
    this.#ports = ports;
    this.#settings = settings;
    this.#links = links;
    this.#summaries = summaries;
  }

  /** Takes back the latest deletion of this tag or manifest. */
  async undelete(target: UndeleteTarget, signal: AbortSignal): Promise<UndeleteOutcome> {
    const meant = (await this.#ports.tombstones.list(signal)).filter((tombstone) => isOf(tombstone, target));
    const latest = meant.toSorted((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1)).at(0);
    if (latest === undefined) return { is: 'nothing' };
    const group = await this.#groupOf(latest, signal);
    if (group.missing.length > 0) return this.#lacking(latest, group.missing, signal);
    const { repository, tags } = latest;
    const digests = group.manifests.flatMap(({ digest, manifest }) => [digest, ...namedBy(manifest)]);
    const tokens = [...new Set(digests)].map(digestToken).concat(tags.map((tag) => tagToken(repository, tag)));
    return this.#ports.admission.operate('commit', tokens, signal, async (operation) =>
      this.#land(operation, latest, group.manifests),
    );
  }

  async #land(operation: Operation, tombstone: Tombstone, manifests: readonly Summary[]): Promise<UndeleteOutcome> {
    const { store } = this.#ports;
    const { id, repository, digest, tags } = tombstone;
    if (await this.#isOver(tombstone, operation.signal)) return { is: 'nothing' };
    for (const tag of tags) {
      const link = await readLink(store, layout.tagLink(repository, tag), operation.signal);
      if (link !== undefined && link.digest !== digest) return { is: 'tagTaken', tag, by: link.digest };
    }
    const { layers, missing } = await this.#verify(operation, repository, manifests);
    if (missing.length > 0) return this.#lacking(tombstone, missing, operation.signal);

    const link = (path: string, to: Digest): Promise<void> =>
      mustLand(operation, () => store.commit(operation.life, path, linkBytes(to), operation.signal));
    for (const layer of layers) await link(layout.layerLink(repository, layer), layer);
    for (const manifest of manifests) await link(layout.revisionLink(repository, manifest.digest), manifest.digest);
    for (const tag of tags) {
      await link(layout.tagIndexLink(repository, tag, digest), digest);
      await link(layout.tagLink(repository, tag), digest);
    }
    operation.mustStillHold();
    const retracted = await store.retract(operation.life, layout.tombstone(id), operation.signal);
    // Links are all written; only the tombstone may still stand, and an undelete repeated finds everything equal.
    if (retracted === 'refused') throw refusedByStorage();
    operation.mustStillHold(); // taking the tombstone away writes no link, so nothing else says that this answer is still true (W7)
    return { is: 'undeleted', digest, tags, manifests: manifests.map((manifest) => manifest.digest) };
  }

  /** Of what has lapsed meanwhile a run may have taken the bytes: then nobody promised them any more. */
  async #lacking(tombstone: Tombstone, digests: readonly Digest[], signal: AbortSignal): Promise<UndeleteOutcome> {
    return (await this.#isOver(tombstone, signal)) ? { is: 'nothing' } : { is: 'incomplete', digests };
  }

  async #isOver({ id }: Tombstone, signal: AbortSignal): Promise<boolean> {
    const { store, tombstones } = this.#ports;
    const standing = await tombstones.read(id, signal);
    return standing === undefined || standing.until < (await store.now(signal));
  }

  /** The manifests' own bytes, hashed; what they refer to, standing; and layers whose links went meanwhile, which are put back while their bytes stand. */
  async #verify(
    operation: Operation,
    repository: RepositoryName,
    manifests: readonly Summary[],
  ): Promise<{ readonly layers: readonly Digest[]; readonly missing: readonly Digest[] }> {
    const layers = new Set<Digest>();
    const missing = new Set<Digest>();
    const returning = new Set(manifests.map(({ digest }) => digest));
    for (const { digest, manifest } of manifests) {
      const stored = await this.#summaries.read(digest, operation.signal);
      const isWhole = stored !== undefined && contentDigest(algorithmOf(digest), stored.bytes) === digest;
      if (!isWhole) missing.add(digest);
      for (const reference of manifest.references) {
        if (returning.has(reference.digest)) continue;
        if (await this.#standsAsAny(operation, repository, reference.digest)) continue;
        const hasBytes = (await this.#ports.store.stat(layout.blob(reference.digest), operation.signal)) !== undefined;
        if (hasBytes && reference.role !== 'manifest') layers.add(reference.digest);
        else if (reference.role !== 'mentioned' && isRequired(this.#settings, manifest, reference))
          missing.add(reference.digest);
      }
    }
    return { layers: [...layers], missing: [...missing] };
  }

  async #standsAsAny(operation: Operation, repository: RepositoryName, digest: Digest): Promise<boolean> {
    for (const kind of ['layer', 'manifest'] as const) {
      if ((await this.#links.verify(operation, kind, repository, digest)) !== undefined) return true;
    }
    return false;
  }

  /** The tombstone's manifest and group, with children that were deleted since, as far as their bytes stand. */
  async #groupOf({ digest, group }: Tombstone, signal: AbortSignal): Promise<Group> {
    const required = new Set([digest, ...group]);
    const manifests = new Map<Digest, Summary>();
    const missing: Digest[] = [];
    const visit = async (next: Digest): Promise<void> => {
      if (manifests.has(next)) return;
      const reading = await this.#summaries.of(next, signal);
      if (reading.is === 'summary') {
        for (const reference of reading.summary.manifest.references) {
          if (reference.role === 'manifest' || required.has(reference.digest)) await visit(reference.digest);
        }
        manifests.set(next, reading.summary); // after all it refers to; a manifest cannot name itself
      } else if (required.has(next)) {
        missing.push(next);
      }
    };
    for (const next of required) await visit(next);
    return { manifests: [...manifests.values()], missing };
  }
}

function isOf({ repository, tags, digest, group }: Tombstone, target: UndeleteTarget): boolean {
  if (repository !== target.repository) return false;
  return target.kind === 'tag' ? tags.includes(target.tag) : digest === target.digest || group.includes(target.digest);
}
