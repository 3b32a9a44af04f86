import type { Digest } from '../oci/digest.ts';
import type { DeleteRequestResource, DeleteTarget } from '../resources/deleteRequest.ts';
import type { RepositoryContents } from '../retention/contents.ts';
import type { RetentionEvaluator } from '../retention/evaluation.ts';
import { matchesRepository, matchesTag } from '../retention/glob.ts';
import { isCandidate, type RuleName, type Verdict } from '../retention/verdict.ts';
import { byName } from './canonical.ts';
import { cell } from './column.ts';
import type { Graph } from './graph.ts';

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
export interface PolicyCandidates {
  readonly repository: number;
  readonly tags: ReadonlyMap<number, string>;
  readonly untagged: ReadonlyMap<number, string>;
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
export function policyCandidates(
  graph: Graph,
  evaluate: RetentionEvaluator,
  acts: Acts,
  now: number,
): readonly PolicyCandidates[] {
  const together = 'together';
  const found = candidatesBy(graph, evaluate, now, (policy) => (acts(policy) ? together : undefined));
  return found.get(together) ?? [];
}

/** What each of the policies that act names by itself, all the others keeping; one that names nothing is missing. Evaluated once for all. */
export function candidatesOfEach(
  graph: Graph,
  evaluate: RetentionEvaluator,
  acts: Acts,
  now: number,
): ReadonlyMap<string, readonly PolicyCandidates[]> {
  return candidatesBy(graph, evaluate, now, (policy) => (acts(policy) ? policy : undefined));
}

/** `planOf`: to which plan what a policy selects belongs, if to any. What keeps does so whoever selects. */
function candidatesBy(
  graph: Graph,
  evaluate: RetentionEvaluator,
  now: number,
  planOf: (policy: string) => string | undefined,
): ReadonlyMap<string, readonly PolicyCandidates[]> {
  const plans = new Map<string, PolicyCandidates[]>();
  for (const repository of sortedRepositories(graph)) {
    const here = new Map<string, Gathered>();
    const rowOf = new Map(Array.from(graph.tagsIn(repository), (row) => [graph.tagOf(row).tag, row]));
    for (const { what, selectedBy } of evaluate(contentsOf(graph, repository), now).filter(isCandidate)) {
      const key = what.kind === 'tag' ? rowOf.get(what.tag) : linkedDigest(graph, repository, what.digest);
      if (key === undefined) continue;
      for (const [plan, rules] of Map.groupBy(selectedBy, ({ policy }) => planOf(policy))) {
        if (plan === undefined) continue;
        const gathered = here.get(plan) ?? { tags: new Map(), untagged: new Map() };
        here.set(plan, gathered);
        gathered[what.kind === 'tag' ? 'tags' : 'untagged'].set(key, rulesOf(rules));
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

interface Gathered {
  readonly tags: Map<number, string>;
  readonly untagged: Map<number, string>;
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

/** No pull records yet: rules that ask for one keep (R1). */
function contentsOf(graph: Graph, repository: number): RepositoryContents {
  const named = new Set(Array.from(graph.tagsIn(repository), (row) => cell(graph.tags.digest, row)));
  return {
    repository: graph.repositoryName(repository),
    tags: Array.from(graph.tagsIn(repository), (row) => {
      const { tag, digest, modifiedAt } = graph.tagOf(row);
      return { tag, digest, pushedAt: modifiedAt, pulledAt: undefined };
    }),
    untagged: Array.from(graph.revisionsIn(repository))
      .filter((row) => !named.has(cell(graph.revisions.digest, row)))
      .map((row) => {
        const { digest, modifiedAt } = graph.revisionOf(row);
        return { digest, pushedAt: modifiedAt, pulledAt: undefined };
      }),
  };
}

function rulesOf(selectedBy: Verdict['selectedBy']): string {
  const names = selectedBy.map(({ policy, rule }: RuleName) => `${policy}/${rule}`).sort(byName);
  return `selected by ${names.join(', ')}; kept by none`;
}

function linkedDigest(graph: Graph, repository: number, digest: Digest): number | undefined {
  const row = graph.revisionNamed(graph.repositoryName(repository), digest);
  return row === undefined ? undefined : cell(graph.revisions.digest, row);
}
