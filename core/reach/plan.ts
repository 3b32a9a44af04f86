import { type Digest, parseDigest } from '../oci/digest.ts';
import type { DeleteRequestResource } from '../resources/deleteRequest.ts';
import type { RetentionEvaluator } from '../retention/evaluation.ts';
import { type Brake, excesses, type Limits } from './brake.ts';
import { byName } from './canonical.ts';
import {
  type Acts,
  type PolicyCandidates,
  policyCandidates,
  type RequestCandidates,
  requestCandidates,
} from './candidates.ts';
import { Collection } from './collection.ts';
import { decide } from './decisions.ts';
import type { Graph } from './graph.ts';
import type { Marked } from './mark.ts';
import { countsOf, type PlanCounts } from './planCounts.ts';
import { type DecidedItem, removesManifests, type Spared } from './planItem.ts';
import { noPulls, type Pulls } from './pulls.ts';
import { Approving, Protecting, sparesNothing } from './sparing.ts';
import type { Confirmed, Sha256 } from './suspects.ts';
import { uniqueBytes } from './uniqueBytes.ts';

export interface PlanInput {
  readonly marked: Marked;
  /** `undefined`: what nothing reaches stays, and counts against no limit. */
  readonly confirmed: Confirmed['rows'] | undefined;
  /** Of all policies of this run. */
  readonly retention: RetentionEvaluator;
  /** Whose selections go, where no policy keeps them. Absent: those of all policies. */
  readonly acts?: Acts;
  /** Without those whose done key stands (D1). */
  readonly requests: readonly DeleteRequestResource[];
  readonly limits: Limits;
  /** The `keys` of a plan that was approved: what it did not have is spared. Absent: nothing has to be approved. */
  readonly approved?: ReadonlySet<string>;
  readonly sha256: Sha256;
  /** Absent: nothing is known of any. */
  readonly pulls?: Pulls;
}

/** What a run would remove, and why. A preview shows it, an execution carries out a subset of it (G7). */
export interface Plan {
  /** Over what the requests and policies resolve to, before anything protects, is fresh or is young. What nothing reaches is not in it. */
  readonly digest: Digest;
  /** Of what the digest is over, a hash for each, so that a later plan can be held against this one. */
  readonly keys: readonly string[];
  /** In the order in which they go: requests, then tags and untagged manifests of policies. */
  readonly items: readonly DecidedItem[];
  /** Of what requests and policies name. Of the collection, see there. */
  readonly spared: readonly Spared[];
  readonly counts: PlanCounts;
  /** Goes after `items`. */
  readonly collection: Collection;
  /** Bytes that only what `items` remove or release leads to; they follow once tombstones lapse. */
  readonly uniqueBytes: number;
  /** Over a limit: nothing may be removed unless exactly this plan was approved (G8). */
  readonly brake?: Brake;
}

/** Equal input gives an equal plan, whatever order a listing came in (R2). */
export function makePlan({
  marked,
  retention,
  acts = () => true,
  pulls = noPulls,
  requests,
  sha256,
  ...input
}: PlanInput): Plan {
  const asked = requestCandidates(marked.graph, requests);
  const selected = policyCandidates(marked.graph, { evaluate: retention, pulls, now: marked.input.now }, acts);
  return new Planner(marked, sha256).plan({ asked, selected, ...input });
}

/** What one plan of several is made of. */
export interface Candidates extends Pick<PlanInput, 'confirmed' | 'limits' | 'approved'> {
  readonly asked: readonly RequestCandidates[];
  readonly selected: readonly PolicyCandidates[];
}

/** Makes plans of one mark. */
export class Planner {
  readonly #marked: Marked;
  readonly #sha256: Sha256;
  readonly #protecting: Protecting;

  constructor(marked: Marked, sha256: Sha256) {
    this.#marked = marked;
    this.#sha256 = sha256;
    this.#protecting = new Protecting(marked);
  }

  plan({ asked, selected, confirmed, limits, approved }: Candidates): Plan {
    const { graph } = this.#marked;
    const resolved = decide(this.#marked, asked, selected, sparesNothing).items;
    const keyOf = (item: DecidedItem): string => this.#sha256(lineOf(item));
    const sparing =
      approved === undefined
        ? this.#protecting
        : new Approving(
            graph,
            resolved.filter((item) => approved.has(keyOf(item))),
            this.#protecting,
          );
    const { items, spared } = decide(this.#marked, asked, selected, sparing);
    const digest = digestOfItems(resolved, this.#sha256);
    const collection = new Collection(this.#marked, confirmed, revisionsOf(graph, items.filter(removesManifests)));
    const revisions = revisionsOf(graph, items);
    const why = excesses(graph, items, collection, limits);
    return {
      digest,
      keys: resolved.map(keyOf).sort(byName),
      items,
      spared,
      counts: countsOf(graph, items, spared, revisions),
      collection,
      uniqueBytes: uniqueBytes(graph, revisions),
      ...(why.length === 0 ? {} : { brake: { why, approve: digest } }),
    };
  }
}

function revisionsOf(graph: Graph, items: readonly DecidedItem[]): Set<number> {
  const rows = new Set<number>();
  for (const { repository, group } of items) {
    for (const member of group) {
      const row = graph.revisionNamed(repository, member);
      if (row !== undefined) rows.add(row);
    }
  }
  return rows;
}

const linesPerBlock = 4096;

/** Of blocks of lines, since a plan may be longer than a string can be. */
function digestOfItems(items: readonly DecidedItem[], sha256: Sha256): Digest {
  const lines = items.map(lineOf).sort(byName);
  const blocks: string[] = [];
  for (let at = 0; at < lines.length; at += linesPerBlock)
    blocks.push(sha256(lines.slice(at, at + linesPerBlock).join('\n')));
  const digest = parseDigest(`sha256:${sha256(['coppice plan 1', ...blocks].join('\n'))}`);
  if (digest === undefined) throw new Error('the sha256 handed in answers with no sha256');
  return digest;
}

/** Without versions of tags and the words of a request's reason: either may change, and the plan is the same; what was pushed again is spared. */
function lineOf(item: DecidedItem): string {
  switch (item.step) {
    case 'request': {
      const tags = item.tags.map(({ tag }) => tag);
      return JSON.stringify([item.step, item.kind, item.repository, item.digest, tags, item.group, item.request]);
    }
    case 'tag':
      return JSON.stringify([item.step, item.repository, item.tag, item.digest, item.group, item.why]);
    case 'untagged':
      return JSON.stringify([item.step, item.repository, item.digest, item.group, item.why]);
  }
}
