import type { Digest } from '../../../core/oci/digest.ts';
import { cell } from '../../../core/reach/column.ts';
import { Closure } from '../../../core/reach/closure.ts';
import type { Marked } from '../../../core/reach/mark.ts';
import { type Graph, notLookedAt } from '../../../core/reach/graph.ts';
import type { Protections } from '../../../core/reach/protections.ts';
import { protectedDigests } from '../../../core/reach/roots.ts';
import type { Plan } from '../../../core/reach/plan.ts';
import type { CollectionItem, PlanItem } from '../../../core/reach/planItem.ts';
import type { Standing } from '../../../core/reach/standing.ts';
import { digestToken, tagToken, type TokenHash } from '../../../core/window/token.ts';
import { hashToken } from '../../window/tokenHash.ts';
import type { SpareOrder } from './marker.ts';

/** A plan on its way through windows: what comes next, what is spared, what may go now. */
export class Batches {
  readonly #graph: Graph;
  /** What the last batch did not come to, and what it looked at beyond its end. */
  #front: readonly PlanItem[] = [];
  readonly #rest: Generator<PlanItem, undefined>;
  readonly #standing: Standing;
  /** What clients touched, and what is protected by now: spares whatever it reaches. */
  readonly #touched: Closure;
  /** What got a tombstone in this run (F6): spares what is collected, but not the deletion that wrote the tombstone. */
  readonly #buried: Closure;
  #batch: readonly PlanItem[] = [];
  /** Items of the batch before this one have gone or stay for good. */
  #done = 0;
  /** So many items from there on were named last. */
  #named = 0;
  #spared: ReadonlySet<number> = new Set();

  constructor(marked: Marked, plan: Plan) {
    this.#rest = itemsOf(plan);
    this.#standing = plan.collection.standing();
    this.#graph = marked.graph;
    this.#touched = new Closure(marked.graph, hashToken);
    this.#buried = new Closure(marked.graph, hashToken);
  }

  /** Never manifests with layers or layers with data: a window that is cut off anywhere leaves an order that holds (G5). */
  choose(limit: number): readonly PlanItem[] {
    const waiting = [...this.#batch.slice(this.#done), ...this.#front];
    while (waiting.length < limit) {
      const next = this.#rest.next();
      if (next.done === true) break;
      waiting.push(next.value);
    }
    const [first] = waiting;
    const end = waiting.findIndex((item, at) => at >= limit || stageOf(item) !== stageOf(first ?? item));
    this.#batch = end < 0 ? waiting : waiting.slice(0, end);
    this.#front = waiting.slice(this.#batch.length);
    this.#done = 0;
    this.#named = 0;
    this.#spared = new Set();
    return this.#batch;
  }

  /** Positions of what stays; the others of the batch are from here on what is left of them. */
  spare({ touched, tombstones, protections }: SpareOrder): readonly number[] {
    const late = protectedDigests(this.#graph, protections);
    this.#touched.add(touched);
    this.#touched.add(Array.from(late, (digest) => hashToken(digestToken(this.#graph.digests.digest(digest)))));
    this.#buried.add(tombstones);
    const isProtected = protectionOf(this.#graph, late, protections);
    const stays = (item: PlanItem): boolean =>
      isProtected(item) || this.#touched.spares(item) || (!isDecided(item) && this.#buried.spares(item));
    const spared = [...this.#batch.entries()].filter(([, item]) => stays(item)).map(([at]) => at);
    this.#spared = new Set(spared);
    this.#batch = this.#batch.map((item) => (isDecided(item) ? this.#touched.narrowed(item) : item));
    for (const at of spared) this.#keep(this.#batch[at]);
    return spared;
  }

  get batch(): readonly PlanItem[] {
    return this.#batch;
  }

  /** What stays keeps what it refers to, so each is asked about only when all before it that could refer to it have gone or stayed. */
  next(most: number): readonly number[] {
    for (;;) {
      const first = this.#batch[this.#done];
      if (first === undefined) return [];
      if (this.#mayGo(this.#done)) break;
      this.#keep(first);
      this.#done++;
    }
    const named = [this.#done];
    // Layer links and bytes refer to nothing of their own kind, and a batch holds one kind.
    while (named.length < most && this.#isApart(this.#done) && this.#mayGo(this.#done + named.length)) {
      named.push(this.#done + named.length);
    }
    this.#named = named.length;
    return named;
  }

  told(last: 'went' | 'stayed'): void {
    for (const item of this.#batch.slice(this.#done, this.#done + this.#named)) {
      if (last === 'stayed') this.#keep(item);
      else if (!isDecided(item)) this.#standing.went(item);
    }
    this.#done += this.#named;
    this.#named = 0;
  }

  #mayGo(at: number): boolean {
    const item = this.#batch[at];
    if (item === undefined || this.#spared.has(at)) return false;
    return isDecided(item) || this.#standing.mayGo(item);
  }

  #isApart(at: number): boolean {
    const step = this.#batch[at]?.step;
    return step === 'layer' || step === 'data';
  }

  #keep(item: PlanItem | undefined): void {
    if (item !== undefined && !isDecided(item)) this.#standing.keep(item);
  }
}

/** Whether a protection names the item itself; what that refers to is the closure's. */
function protectionOf(graph: Graph, late: ReadonlySet<number>, { tags }: Protections): (item: PlanItem) => boolean {
  const names = new Set(tags.map(({ repository, tag }) => `${repository}:${tag}`));
  const isLate = (digest: Digest): boolean => {
    const index = graph.digests.find(digest);
    return index !== undefined && late.has(index);
  };
  return (item) => {
    if (isLate(item.digest)) return true;
    if (item.step === 'tag') return names.has(`${item.repository}:${item.tag}`);
    return item.step === 'request' && item.tags.some(({ tag }) => names.has(`${item.repository}:${tag}`));
  };
}

/** A link younger than every acknowledgement of MARKING that stands in no journal: somebody else writes to this storage. */
export function foreignLink(
  { graph }: Marked,
  acknowledgedAt: number,
  touched: ReadonlySet<TokenHash>,
): string | undefined {
  for (const row of youngerRows(graph.tags.modifiedAt, acknowledgedAt)) {
    const { repository, tag } = graph.tagOf(row);
    if (!touched.has(hashToken(tagToken(repository, tag)))) return `${repository}:${tag}`;
  }
  for (const rows of [graph.revisions, graph.layers]) {
    for (const row of youngerRows(rows.modifiedAt, acknowledgedAt)) {
      const digest = graph.digests.digest(cell(rows.digest, row));
      if (touched.has(hashToken(digestToken(digest)))) continue;
      return `${graph.repositoryName(cell(rows.repository, row))}@${digest}`;
    }
  }
  return undefined;
}

function* youngerRows(times: Float64Array, than: number): Generator<number> {
  for (const [row, at] of times.entries()) if (at > than && at !== notLookedAt) yield row;
}

function* itemsOf({ items, collection }: Plan): Generator<PlanItem, undefined> {
  yield* items;
  yield* collection.items();
}

function stageOf(item: PlanItem): CollectionItem['step'] | 'decided' {
  return isDecided(item) ? 'decided' : item.step;
}

function isDecided(item: PlanItem | undefined): item is Exclude<PlanItem, CollectionItem> {
  return item !== undefined && (item.step === 'request' || item.step === 'tag' || item.step === 'untagged');
}
