import type { Digest } from '../oci/digest.ts';
import type { DeleteRequestResource, DeleteTarget } from '../resources/deleteRequest.ts';
import type { RepositoryContents } from '../retention/contents.ts';
import type { RetentionEvaluator } from '../retention/evaluation.ts';
import { matchesRepository, matchesTag } from '../retention/glob.ts';
import { isCandidate, isKeptByReset, type RuleName, type Verdict } from '../retention/verdict.ts';
import { byName } from './canonical.ts';
import { cell } from './column.ts';
import type { Graph } from './graph.ts';
import type { Pulls } from './pulls.ts';

/** What one request names in one repository, before anything protects it. Graph indexes. */
export interface RequestCandidates {
  readonly request: string;
  readonly why: string;
  readonly referrers: 'Delete' | 'Keep';
  readonly repository: number;
  /** Manifests to go, with all of their tags; `byDigest` are those that a target names itself. */
  readonly manifests: ReadonlySet<number>;
  readonly byDigest: ReadonlySet<number>;
  /** Rows of tags to go alone; `releasing` are those that release their manifest, as a policy's do. */
  readonly tags: ReadonlySet<number>;
  readonly releasing: ReadonlySet<number>;
}

/** What policies name in one repository; each with the rules that selected it. At least one is there. */
export interface PolicyCandidates extends Selected {
  readonly repository: number;
  /** What would be named as well, if the times of pushes could be believed there. */
  readonly reset: Selected;
}

/** Rows of tags, and digests of untagged manifests. */
export interface Selected {
  readonly tags: ReadonlyMap<number, string>;
  readonly untagged: ReadonlyMap<number, string>;
}

/** By what retention is judged. */
export interface Judging {
  readonly evaluate: RetentionEvaluator;
  readonly pulls: Pulls;
  /** The storage's clock, ms. */
  readonly now: number;
}

export function requestCandidates(graph: Graph, requests: readonly DeleteRequestResource[]): RequestCandidates[] {
  const named = requests.map((request) => ({ name: `${request.namespace}/${request.name}`, request }));
  return named
    .sort((left, right) => byName(left.name, right.name))
    .flatMap(({ name, request }) =>
      repositoriesOf(graph, request).flatMap((repository) => resolve(graph, name, request, repository) ?? []),
    );
}

/** Only those that a request without globs of repositories names: it may be one of many, on a storage of many repositories. */
function repositoriesOf(graph: Graph, { targets }: DeleteRequestResource): readonly number[] {
  const named = targets.map((target) => (target.by === 'repository' ? undefined : target.repository));
  if (named.includes(undefined)) return sortedRepositories(graph);
  const names = [...new Set(named.filter((name) => name !== undefined))].sort(byName);
  return names.flatMap((name) => graph.repositoryIndex(name) ?? []);
}

/** Whether a policy, by its name, may remove; the others only keep (R1). */
export type Acts = (policy: string) => boolean;

/** What the policies that act name together. */
export function policyCandidates(graph: Graph, judging: Judging, acts: Acts): readonly PolicyCandidates[] {
  const together = 'together';
  const found = candidatesBy(graph, judging, (policy) => (acts(policy) ? together : undefined));
  return found.get(together) ?? [];
}

/** What each of the policies that act names by itself, all the others keeping; one that names nothing is missing. Evaluated once for all. */
export function candidatesOfEach(
  graph: Graph,
  judging: Judging,
  acts: Acts,
): ReadonlyMap<string, readonly PolicyCandidates[]> {
  return candidatesBy(graph, judging, (policy) => (acts(policy) ? policy : undefined));
}

/** `planOf`: to which plan what a policy selects belongs, if to any. What keeps does so whoever selects. */
function candidatesBy(
  graph: Graph,
  { evaluate, pulls, now }: Judging,
  planOf: (policy: string) => string | undefined,
): ReadonlyMap<string, readonly PolicyCandidates[]> {
  const plans = new Map<string, PolicyCandidates[]>();
  for (const repository of sortedRepositories(graph)) {
    const here = new Map<string, Gathered>();
    const rowOf = new Map(Array.from(graph.tagsIn(repository), (row) => [graph.tagOf(row).tag, row]));
    for (const verdict of evaluate(contentsOf(graph, repository, pulls), now)) {
      const isReset = isKeptByReset(verdict);
      if (!isReset && !isCandidate(verdict)) continue;
      const { what, selectedBy } = verdict;
      const key = what.kind === 'tag' ? rowOf.get(what.tag) : linkedDigest(graph, repository, what.digest);
      if (key === undefined) continue;
      for (const [plan, rules] of Map.groupBy(selectedBy, ({ policy }) => planOf(policy))) {
        if (plan === undefined) continue;
        const gathered = here.get(plan) ?? { ...emptySelected(), reset: emptySelected() };
        here.set(plan, gathered);
        (isReset ? gathered.reset : gathered)[what.kind === 'tag' ? 'tags' : 'untagged'].set(key, rulesOf(rules));
      }
    }
    for (const [plan, gathered] of here) {
      const before = plans.get(plan) ?? [];
      before.push({ repository, ...gathered });
      plans.set(plan, before);
    }
  }
  return plans;
}

interface Gathering {
  readonly tags: Map<number, string>;
  readonly untagged: Map<number, string>;
}

interface Gathered extends Gathering {
  readonly reset: Gathering;
}

function emptySelected(): Gathering {
  return { tags: new Map(), untagged: new Map() };
}

function sortedRepositories(graph: Graph): number[] {
  return [...graph.repositories.entries()].sort(([, left], [, right]) => byName(left, right)).map(([index]) => index);
}

function resolve(
  graph: Graph,
  name: string,
  request: DeleteRequestResource,
  repository: number,
): RequestCandidates | undefined {
  const cutoff = request.cutoff ?? Infinity;
  const resolving = new Resolving(graph, repository, cutoff);
  for (const target of request.targets) resolving.take(target);
  return resolving.isEmpty
    ? undefined
    : {
        request: name,
        why: request.reason ?? '',
        referrers: request.referrers,
        repository,
        manifests: resolving.manifests,
        byDigest: resolving.byDigest,
        tags: resolving.tagsAlone(),
        releasing: resolving.releasing,
      };
}

class Resolving {
  readonly manifests = new Set<number>();
  readonly byDigest = new Set<number>();
  readonly tags = new Set<number>();
  readonly releasing = new Set<number>();
  readonly #graph: Graph;
  readonly #repository: number;
  readonly #cutoff: number;

  constructor(graph: Graph, repository: number, cutoff: number) {
    this.#graph = graph;
    this.#repository = repository;
    this.#cutoff = cutoff;
  }

  get isEmpty(): boolean {
    return this.manifests.size === 0 && this.tags.size === 0;
  }

  take(target: DeleteTarget): void {
    if (target.by === 'repository') {
      if (matchesRepository(target.glob, this.#graph.repositoryName(this.#repository))) this.#takeAll();
      return;
    }
    if (this.#graph.repositoryIndex(target.repository) !== this.#repository) return;
    switch (target.by) {
      case 'digest': {
        const digest = this.#graph.digests.find(target.digest);
        if (digest !== undefined && this.#takeManifest(digest)) this.byDigest.add(digest);
        return;
      }
      case 'tag':
        // D2: a tag that points elsewhere by now is not what was meant.
        this.#takeTags(({ tag, digest }) => tag === target.tag && digest === (target.digest ?? digest));
        return;
      case 'tagGlob':
        for (const row of this.#takeTags(({ tag }) => matchesTag(target.glob, tag))) this.releasing.add(row);
    }
  }

  /** A manifest that goes takes its tags along, so they are no items of their own. */
  tagsAlone(): ReadonlySet<number> {
    const { digest } = this.#graph.tags;
    return new Set([...this.tags].filter((row) => !this.manifests.has(cell(digest, row))));
  }

  #takeAll(): void {
    for (const row of this.#graph.revisionsIn(this.#repository)) {
      this.#takeManifest(cell(this.#graph.revisions.digest, row));
    }
    for (const row of this.#takeTags(() => true)) this.releasing.add(row); // also those that dangle
  }

  #takeManifest(digest: number): boolean {
    const row = this.#graph.revisionAt(this.#repository, digest);
    if (row === undefined || !this.#isBeforeCutoff(row, digest)) return false;
    this.manifests.add(digest);
    return true;
  }

  /** Pushed when its tags were; pulls renew the link of a revision, so that its time is only an upper bound, and decides where no tag tells. */
  #isBeforeCutoff(revision: number, digest: number): boolean {
    const tags = this.#graph.tagsAt(this.#repository, digest);
    if (tags.length === 0) return cell(this.#graph.revisions.modifiedAt, revision) < this.#cutoff;
    return tags.every((row) => cell(this.#graph.tags.modifiedAt, row) < this.#cutoff);
  }

  #takeTags(isMeant: (tag: ReturnType<Graph['tagOf']>) => boolean): number[] {
    const rows = Array.from(this.#graph.tagsIn(this.#repository)).filter((row) => {
      const tag = this.#graph.tagOf(row);
      return tag.modifiedAt < this.#cutoff && isMeant(tag);
    });
    for (const row of rows) this.tags.add(row);
    return rows;
  }
}

function contentsOf(graph: Graph, repository: number, pulls: Pulls): RepositoryContents {
  const named = new Set(Array.from(graph.tagsIn(repository), (row) => cell(graph.tags.digest, row)));
  const name = graph.repositoryName(repository);
  const pulled = pulls(name);
  return {
    repository: name,
    tags: Array.from(graph.tagsIn(repository), (row) => {
      const { tag, digest, modifiedAt } = graph.tagOf(row);
      // Clients look a tag up with a HEAD, which is no pull, and pull the digest that it leads to.
      const pulledAt = pulled && latest(pulled.tag(tag), pulled.manifest(digest));
      return { tag, digest, pushedAt: modifiedAt, pulledAt, pullsSince: pulled?.since };
    }),
    untagged: Array.from(graph.revisionsIn(repository))
      .filter((row) => !named.has(cell(graph.revisions.digest, row)))
      .map((row) => {
        const { digest, modifiedAt } = graph.revisionOf(row);
        return { digest, pushedAt: modifiedAt, pulledAt: pulled?.manifest(digest), pullsSince: pulled?.since };
      }),
  };
}

function latest(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.max(left, right);
}

function rulesOf(selectedBy: Verdict['selectedBy']): string {
  const names = selectedBy.map(({ policy, rule }: RuleName) => `${policy}/${rule}`).sort(byName);
  return `selected by ${names.join(', ')}; kept by none`;
}

function linkedDigest(graph: Graph, repository: number, digest: Digest): number | undefined {
  const row = graph.revisionNamed(graph.repositoryName(repository), digest);
  return row === undefined ? undefined : cell(graph.revisions.digest, row);
}
