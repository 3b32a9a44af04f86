import { manifestObject, tagObject } from './canonical.ts';
import { cell } from './column.ts';
import type { Graph } from './graph.ts';
import type { Marked, MarkInput } from './mark.ts';
import { type DecidedItem, removesManifests, type SpareReason, tagsOfItem } from './planItem.ts';
import { protectedDigests, protectedTags } from './roots.ts';

/** Why a candidate of a policy or a request stays, `undefined` when nothing spares it. Rows and digests of the mark's graph. */
export interface Sparing {
  /** A tag that a policy would remove. */
  policyTag(row: number): SpareReason | undefined;
  /** A tag that a request names. */
  requestedTag(row: number): SpareReason | undefined;
  /** A manifest that a request names: it covers what was just promised as well (G2). */
  requestedManifest(repository: number, digest: number): SpareReason | undefined;
  /** A manifest that a policy would remove, or that would go along with another. */
  manifest(repository: number, digest: number): SpareReason | undefined;
}

/** Before anything protects: what a spec resolves to, and what the plan's digest is over (G7). */
export const sparesNothing: Sparing = {
  policyTag: () => undefined,
  requestedTag: () => undefined,
  requestedManifest: () => undefined,
  manifest: () => undefined,
};

/** Leaves what was approved to another, and spares all the rest: it stays as if nothing had named it, and keeps what it refers to (G7). */
export class Approving implements Sparing {
  readonly #graph: Graph;
  readonly #then: Sparing;
  readonly #tags: ReadonlySet<string>;
  readonly #manifests: ReadonlySet<string>;

  constructor(graph: Graph, approved: readonly DecidedItem[], then: Sparing) {
    this.#graph = graph;
    this.#then = then;
    this.#tags = new Set(approved.flatMap((item) => tagsOfItem(item).map((tag) => tagObject(item.repository, tag))));
    this.#manifests = new Set(
      approved
        .filter(removesManifests)
        .flatMap(({ repository, group }) => group.map((digest) => manifestObject(repository, digest))),
    );
  }

  policyTag(row: number): SpareReason | undefined {
    return this.#hasTag(row) ? this.#then.policyTag(row) : 'notApproved';
  }

  requestedTag(row: number): SpareReason | undefined {
    return this.#hasTag(row) ? this.#then.requestedTag(row) : 'notApproved';
  }

  requestedManifest(repository: number, digest: number): SpareReason | undefined {
    return this.#hasManifest(repository, digest) ? this.#then.requestedManifest(repository, digest) : 'notApproved';
  }

  manifest(repository: number, digest: number): SpareReason | undefined {
    return this.#hasManifest(repository, digest) ? this.#then.manifest(repository, digest) : 'notApproved';
  }

  #hasTag(row: number): boolean {
    const { repository, tag } = this.#graph.tagOf(row);
    return this.#tags.has(tagObject(repository, tag));
  }

  #hasManifest(repository: number, digest: number): boolean {
    const object = manifestObject(this.#graph.repositoryName(repository), this.#graph.digests.digest(digest));
    return this.#manifests.has(object);
  }
}

export class Protecting implements Sparing {
  readonly #graph: Graph;
  readonly #input: MarkInput;
  readonly #digests: ReadonlySet<number>;
  readonly #tags: ReadonlySet<number>;

  constructor({ graph, input }: Marked) {
    this.#graph = graph;
    this.#input = input;
    this.#digests = protectedDigests(graph, input.protections);
    this.#tags = protectedTags(graph, input.protections);
  }

  policyTag(row: number): SpareReason | undefined {
    return this.requestedTag(row) ?? this.#youth(cell(this.#graph.tags.modifiedAt, row));
  }

  requestedTag(row: number): SpareReason | undefined {
    const isProtected = this.#tags.has(row) || this.#digests.has(cell(this.#graph.tags.digest, row));
    return isProtected ? 'protected' : undefined;
  }

  requestedManifest(_repository: number, digest: number): SpareReason | undefined {
    return this.#digests.has(digest) ? 'protected' : undefined; // a protected tag protects its digest, too
  }

  manifest(repository: number, digest: number): SpareReason | undefined {
    const row = this.#graph.revisionAt(repository, digest);
    const youth = row === undefined ? undefined : this.#youth(cell(this.#graph.revisions.modifiedAt, row));
    return this.requestedManifest(repository, digest) ?? youth;
  }

  #youth(modifiedAt: number): SpareReason | undefined {
    if (modifiedAt > this.#input.now - this.#input.freshMs) return 'fresh';
    return modifiedAt > this.#input.now - this.#input.minAgeMs ? 'young' : undefined;
  }
}
