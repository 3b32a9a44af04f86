import type { Digest } from '../oci/digest.ts';
import { byName, manifestObject, tagObject } from './canonical.ts';
import type { PolicyCandidates, RequestCandidates } from './candidates.ts';
import { cell } from './column.ts';
import type { Graph } from './graph.ts';
import { groupOf, type GroupQuestion, partsOf } from './groups.ts';
import { known } from './known.ts';
import type { Marked } from './mark.ts';
import type { DecidedItem, PlanItem, PlannedTag, Spared, SpareReason } from './planItem.ts';
import type { Sparing } from './sparing.ts';

export interface Decisions {
  readonly items: readonly DecidedItem[];
  readonly spared: readonly Spared[];
}

/** Turns candidates into items, requests before policies, each with its group, less what is spared. */
export function decide(
  marked: Marked,
  requests: readonly RequestCandidates[],
  policies: readonly PolicyCandidates[],
  sparing: Sparing,
): Decisions {
  const deciding = new Deciding(marked, sparing);
  deciding.takeGoingTags(requests, policies);
  for (const candidates of requests) deciding.request(candidates);
  for (const candidates of policies) deciding.policyTags(candidates);
  for (const candidates of policies) deciding.untagged(candidates);
  return deciding;
}

class Deciding implements Decisions {
  readonly items: DecidedItem[] = [];
  readonly spared: Spared[] = [];
  readonly #marked: Marked;
  readonly #graph: Graph;
  readonly #sparing: Sparing;
  /** Rows of tags that go, whatever for. */
  readonly #goingTags = new Set<number>();
  /** Rows of tags, and `repository@digest`, that an earlier item covers. */
  readonly #takenTags = new Set<number>();
  readonly #takenManifests = new Set<string>();
  readonly #releases = new Map<string, readonly Digest[]>();

  constructor(marked: Marked, sparing: Sparing) {
    this.#marked = marked;
    this.#graph = marked.graph;
    this.#sparing = sparing;
  }

  takeGoingTags(requests: readonly RequestCandidates[], policies: readonly PolicyCandidates[]): void {
    for (const row of requests.flatMap(({ tags }) => [...tags])) {
      if (this.#sparing.requestedTag(row) === undefined) this.#goingTags.add(row);
    }
    for (const row of policies.flatMap(({ tags }) => [...tags.keys()])) {
      if (this.#sparing.policyTag(row) === undefined) this.#goingTags.add(row);
    }
  }

  request(candidates: RequestCandidates): void {
    const { repository: at, request, why, byDigest } = candidates;
    const isTagged = (root: number): boolean => this.#graph.tagsAt(at, root).length > 0;
    const parts = this.#parts('request', {
      repository: at,
      roots: candidates.manifests,
      referrers: candidates.referrers,
      isHeldBySubject: (root) => !byDigest.has(root),
      isHead: (root) => byDigest.has(root) || isTagged(root),
      spareRoot: (root) => this.#sparing.requestedManifest(at, root),
    });
    for (const { head, ...part } of parts) {
      const tags = this.#takeTags(this.#graph.tagsAt(at, head));
      const repository = this.#graph.repositoryName(at);
      this.items.push({ step: 'request', kind: 'manifest', repository, ...part, tags, request, why });
    }
    for (const row of this.#leftOf('request', candidates.tags, (tag) => this.#sparing.requestedTag(tag))) {
      const { repository, digest } = this.#graph.tagOf(row);
      const tags = this.#takeTags([row]);
      const group = candidates.releasing.has(row) ? this.#releaseOf(row) : [];
      this.items.push({ step: 'request', kind: 'tag', repository, digest, tags, group, shared: [], request, why });
    }
  }

  policyTags({ tags, reset }: PolicyCandidates): void {
    for (const row of this.#inOrderOfTags(reset.tags.keys())) {
      if (this.#takenTags.has(row)) continue;
      const { repository, tag } = this.#graph.tagOf(row);
      this.#spareReset('tag', tagObject(repository, tag), known(reset.tags, row));
    }
    for (const row of this.#leftOf('tag', tags.keys(), (tag) => this.#sparing.policyTag(tag))) {
      this.items.push({ step: 'tag', ...this.#graph.tagOf(row), group: this.#releaseOf(row), why: known(tags, row) });
    }
  }

  untagged({ repository: at, untagged, reset }: PolicyCandidates): void {
    const repository = this.#graph.repositoryName(at);
    for (const digest of this.#inOrder(new Set(reset.untagged.keys()))) {
      const object = manifestObject(repository, this.#graph.digests.digest(digest));
      if (!this.#takenManifests.has(object)) this.#spareReset('untagged', object, known(reset.untagged, digest));
    }
    const parts = this.#parts('untagged', {
      repository: at,
      roots: new Set(untagged.keys()),
      referrers: 'Delete',
      isHeldBySubject: () => true,
      isHead: () => false,
      spareRoot: (root) => this.#sparing.manifest(at, root),
    });
    for (const { head, ...part } of parts) {
      this.items.push({ step: 'untagged', repository, ...part, why: known(untagged, head) });
    }
  }

  #spareReset(step: PlanItem['step'], object: string, by: string): void {
    this.spared.push({ step, object, why: 'evidenceReset', by });
  }

  /** The parts of what goes together, and in `spared` all that would have gone with it. */
  #parts(step: PlanItem['step'], roots: Roots): NamedPart[] {
    const { repository, spareRoot } = roots;
    const name = this.#graph.repositoryName(repository);
    const objectOf = (digest: number): string => manifestObject(name, this.#graph.digests.digest(digest));
    const named = new Set([...roots.roots].filter((root) => !this.#takenManifests.has(objectOf(root))));
    const going = new Set([...named].filter((root) => spareRoot(root) === undefined));
    const stays = (digest: number): boolean => this.#sparing.manifest(repository, digest) !== undefined;
    const asked = { ...roots, roots: named, stays: () => false, isGoingTag: () => false };
    const group = groupOf(this.#marked, { ...asked, roots: going, stays });
    const wouldGo = groupOf(this.#marked, asked).members;
    for (const digest of this.#inOrder(named.union(wouldGo))) {
      if (group.members.has(digest)) continue;
      const why = named.has(digest) ? spareRoot(digest) : this.#sparing.manifest(repository, digest);
      const by = group.blocked.get(digest);
      this.spared.push({
        step,
        object: objectOf(digest),
        why: why ?? 'referenced',
        ...(by === undefined ? {} : { by: this.#graph.digests.digest(by) }),
      });
    }
    for (const member of group.members) this.#takenManifests.add(objectOf(member));
    return partsOf(this.#marked, { ...asked, roots: going, stays }, group, roots.isHead).map(
      ({ head, goes, shared }) => ({
        head,
        digest: this.#graph.digests.digest(head),
        group: this.#texts(goes),
        shared: this.#texts(shared),
      }),
    );
  }

  /** What the tag's tombstone releases once it lapses: its manifest and what only that refers to, when nothing else names it. */
  #releaseOf(row: number): readonly Digest[] {
    const [repository, digest] = [cell(this.#graph.tags.repository, row), cell(this.#graph.tags.digest, row)];
    const key = `${repository} ${digest}`;
    const found = this.#releases.get(key) ?? this.#findRelease(repository, digest);
    this.#releases.set(key, found);
    return found;
  }

  #findRelease(repository: number, digest: number): readonly Digest[] {
    const isGoingTag = (tag: number): boolean => this.#goingTags.has(tag);
    if (!this.#graph.tagsAt(repository, digest).every(isGoingTag)) return [];
    const { members } = groupOf(this.#marked, {
      repository,
      roots: new Set([digest]),
      referrers: 'Delete',
      stays: () => false,
      isHeldBySubject: () => true,
      isGoingTag,
    });
    return this.#texts(members);
  }

  /** Rows of tags that no earlier item took and nothing spares, by name. */
  #leftOf(step: PlanItem['step'], rows: Iterable<number>, spare: (row: number) => SpareReason | undefined): number[] {
    return this.#inOrderOfTags(rows).filter((row) => {
      if (this.#takenTags.has(row)) return false;
      const why = spare(row);
      const { repository, tag } = this.#graph.tagOf(row);
      if (why !== undefined) this.spared.push({ step, object: tagObject(repository, tag), why });
      return why === undefined;
    });
  }

  #inOrderOfTags(rows: Iterable<number>): number[] {
    return [...rows].sort((left, right) => byName(this.#graph.tagOf(left).tag, this.#graph.tagOf(right).tag));
  }

  #takeTags(rows: readonly number[]): PlannedTag[] {
    for (const row of rows) this.#takenTags.add(row);
    return rows
      .map((row) => this.#graph.tagOf(row))
      .map(({ tag, modifiedAt }) => ({ tag, modifiedAt }))
      .sort((left, right) => byName(left.tag, right.tag));
  }

  #texts(digests: ReadonlySet<number>): Digest[] {
    return this.#inOrder(digests).map((digest) => this.#graph.digests.digest(digest));
  }

  #inOrder(digests: ReadonlySet<number>): number[] {
    return [...digests].sort((left, right) => this.#graph.digests.compare(left, right));
  }
}

interface Roots extends Pick<GroupQuestion, 'repository' | 'roots' | 'referrers' | 'isHeldBySubject'> {
  readonly isHead: (root: number) => boolean;
  readonly spareRoot: (root: number) => SpareReason | undefined;
}

interface NamedPart {
  readonly head: number;
  readonly digest: Digest;
  readonly group: readonly Digest[];
  readonly shared: readonly Digest[];
}
