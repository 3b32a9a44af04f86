import { hash } from 'node:crypto';
import type { Digest } from '../../../core/oci/digest.ts';
import type { RepositoryName } from '../../../core/oci/reference.ts';
import type { Inventory } from '../../../core/reach/inventory.ts';
import { type Marked, mark as markGraph } from '../../../core/reach/mark.ts';
import type { PlanItem } from '../../../core/reach/planItem.ts';
import { type ReadCounts, type ReadGraph, readGraph, type ReadOptions } from '../../../core/reach/reading.ts';
import { audit } from '../../../core/reach/audit.ts';
import { censusOf } from '../../../core/reach/census.ts';
import { Doubt, StaleSnapshot } from '../../../core/reach/doubt.ts';
import { type EachPlan, planEach } from '../../../core/reach/eachPlan.ts';
import { makePlan } from '../../../core/reach/plan.ts';
import { noPulls, type Pulls } from '../../../core/reach/pulls.ts';
import { asksForPulls, prepareRetention } from '../../../core/retention/evaluation.ts';
import { eachSummaryOf, summaryOf, suspectsOf } from './planDocument.ts';
import { confirm, type Confirmed, SuspectSet } from '../../../core/reach/suspects.ts';
import type { RunId } from '../../../core/window/identity.ts';
import type { EdgeStore } from '../../records/edges.ts';
import type { SuspectStore } from '../../records/suspects.ts';
import type { StorageClock } from '../../storage/driver.ts';
import { Reach } from '../../../core/reach/reach.ts';
import type { TokenHash } from '../../../core/window/token.ts';
import { Batches, foreignLink } from './batches.ts';
import { layout } from '../../storage/layout.ts';
import { spentTombstones } from './spentTombstones.ts';
import type {
  AuditSummary,
  EachPlanOrder,
  EachPlansSummary,
  EachPlanSummary,
  Marker,
  MarkOrder,
  MarkSummary,
  PlanOrder,
  PlanSummary,
  SpareOrder,
  SpareSummary,
} from './marker.ts';

export interface SessionPorts {
  /** A fresh look at the storage each time; `known`: how many manifests it will not be asked for, nearly. */
  readonly openInventory: (known: number) => Inventory;
  readonly clock: StorageClock;
  readonly suspects: SuspectStore;
  readonly edges: EdgeStore;
  readonly mono: () => number;
  /** A whole number of 32 bits that nobody can guess. */
  readonly seed: () => number;
  /** What is known of pulls in these repositories up to a moment of the storage. Absent: nothing. */
  readonly readPulls?: (repositories: Iterable<RepositoryName>, asOf: number) => Promise<Pulls>;
}

/** A storage's clock and ours may drift apart by so much while a mark reads; more, and ages mean nothing. */
const driftMs = 1000;
const driftPart = 0.01;
const largestRecordBytes = 2 ** 31;
/** A snapshot is written anew once so much of it is missing or of no use. */
const staleShare = 0.05;

/** A mark in the thread that calls it. */
export class MarkSession implements Marker {
  readonly #ports: SessionPorts;
  readonly #signal: AbortSignal;
  #marked: Marked | undefined;
  #pulls: Pulls = noPulls;
  #batches: Batches | undefined;
  #plans: Generator<EachPlan, undefined> | undefined;
  #needed: ReadonlySet<RunId> = new Set();
  readonly #touched = new Set<TokenHash>();

  constructor(ports: SessionPorts, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
  }

  async mark({ policies = [], ...order }: MarkOrder): Promise<MarkSummary> {
    const { clock, mono, edges, readPulls } = this.#ports;
    const begunAt = mono();
    const now = await clock.now(this.#signal); // before the first root is read
    const { graph, counts, newToSnapshot } = await this.#read({});
    const [tookMs, storageTookMs] = [mono() - begunAt, (await clock.now(this.#signal)) - now];
    if (Math.abs(tookMs - storageTookMs) > driftMs + driftPart * tookMs) {
      throw new Doubt('the storage’s clock', `went on by ${storageTookMs} ms while ours went on by ${tookMs} ms`);
    }
    this.#marked = markGraph(graph, { now, ...order });
    const repositories = graph.repositories.filter(asksForPulls(policies));
    if (readPulls !== undefined) this.#pulls = await readPulls(repositories, now);
    if (newToSnapshot > staleShare * graph.edges.manifest.length) await edges.write(graph, this.#signal);
    return {
      now,
      counts: {
        ...{ repositories: counts.repository, tags: counts.tag, manifests: counts.revision },
        ...{ layers: counts.layer, blobs: counts.data, seconds: tookMs / 1000 },
      },
      census: censusOf(graph),
      dangling: graph.dangling.map(({ object }) => object),
      spent: spentTombstones(this.#marked),
    };
  }

  async plan({ policies, acting, requests, limits, collects, approved, ...order }: PlanOrder): Promise<PlanSummary> {
    const marked = this.#known();
    const confirmed = await this.#confirm(order);
    const names = new Set(acting);
    const acts = (policy: string): boolean => names.has(policy);
    const plan = makePlan({
      ...{ marked, confirmed: collects ? confirmed : undefined, retention: prepareRetention(policies, acts), acts },
      ...{ requests, limits, sha256, pulls: this.#pulls },
      ...(approved === undefined ? {} : { approved: new Set(approved) }),
    });
    this.#batches = new Batches(marked, plan);
    return summaryOf(marked, plan);
  }

  async planEach({ policies, acting, requests, limits, ...order }: EachPlanOrder): Promise<EachPlansSummary> {
    const marked = this.#known();
    await this.#confirm(order);
    const names = new Set(acting.map(({ name }) => name));
    const retention = prepareRetention(policies, (policy) => names.has(policy));
    this.#plans = planEach({ marked, retention, acting, requests, limits, sha256, pulls: this.#pulls });
    return { suspects: suspectsOf(marked), plans: acting.length + requests.length };
  }

  nextPlan(): Promise<EachPlanSummary | undefined> {
    if (this.#plans === undefined) throw new Error('there are no plans yet');
    const { value } = this.#plans.next();
    return Promise.resolve(value && eachSummaryOf(value));
  }

  async remember(run: RunId): Promise<void> {
    const { suspects } = this.#ports;
    await suspects.write(run, SuspectSet.of(this.#known(), run, sha256).encode(), this.#signal);
    for (const earlier of await suspects.list(this.#signal)) {
      if (earlier !== run && !this.#needed.has(earlier)) await suspects.remove(earlier, this.#signal);
    }
  }

  choose(limit: number): Promise<readonly PlanItem[]> {
    return Promise.resolve(this.#planned().choose(limit));
  }

  async spare(order: SpareOrder): Promise<SpareSummary> {
    for (const token of order.touched) this.#touched.add(token);
    const foreign = foreignLink(this.#known(), order.acknowledgedAt, this.#touched);
    const spared = this.#planned().spare(order);
    return { spared, batch: this.#planned().batch, foreign };
  }

  next(most: number): Promise<readonly number[]> {
    return Promise.resolve(this.#planned().next(most));
  }

  told(last: 'went' | 'stayed'): Promise<void> {
    this.#planned().told(last);
    return Promise.resolve();
  }

  /** What any manifest that stood, any link, or any tombstone leads to. */
  reached(digests: readonly Digest[]): Promise<readonly Digest[]> {
    const { graph, linkless } = this.#known();
    const reach = new Reach(graph);
    for (const digest of graph.revisions.digest) reach.add(digest);
    for (const digest of graph.tags.digest) reach.add(digest);
    for (const each of linkless.values()) for (const digest of each) reach.add(digest);
    for (const digest of [...graph.layers.digest, ...graph.layers.target]) reach.add(digest);
    return Promise.resolve(
      digests.filter((digest) => {
        const index = graph.digests.find(digest);
        return index !== undefined && reach.has(index);
      }),
    );
  }

  async audit(): Promise<AuditSummary> {
    const before = this.#known().graph;
    const { graph } = await this.#read({ looksAtAll: true });
    const found = audit(before, graph, await this.#ports.clock.now(this.#signal));
    return { manifests: found.manifests, missing: found.missing };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #read(
    options: Pick<ReadOptions, 'looksAtAll'>,
  ): Promise<ReadGraph & { readonly counts: Readonly<ReadCounts> }> {
    const { openInventory, edges, seed } = this.#ports;
    const snapshot = await edges.read(largestRecordBytes, this.#signal);
    let counts: Readonly<ReadCounts> | undefined;
    const progress = (read: Readonly<ReadCounts>): void => {
      counts = read;
    };
    try {
      const read = await readGraph(
        openInventory(snapshot?.edges.manifest.length ?? 0),
        { seed: seed(), progress, snapshot, ...options },
        this.#signal,
      );
      if (counts === undefined) throw new Error('a reading that says nothing of its progress');
      return { ...read, counts };
    } catch (error) {
      if (error instanceof StaleSnapshot) await edges.discard(this.#signal);
      throw error;
    }
  }

  /** What may go because earlier marks agree; of which of them later marks will ask is remembered (G4). */
  async #confirm({ confirmAfterMs }: Pick<PlanOrder, 'confirmAfterMs'>): Promise<Confirmed['rows']> {
    const { rows, needed } = confirm(this.#known(), await this.#earlierSuspects(), confirmAfterMs, sha256);
    this.#needed = needed;
    return rows;
  }

  /** One that cannot be read confirms nothing, and would confirm everything if it were left out (G4). */
  async #earlierSuspects(): Promise<readonly SuspectSet[]> {
    const sets: SuspectSet[] = [];
    for (const run of await this.#ports.suspects.list(this.#signal)) {
      const bytes = await this.#ports.suspects.read(run, largestRecordBytes, this.#signal);
      if (bytes === undefined) continue; // a run that is later than ours has forgotten it
      const set = SuspectSet.decode(bytes);
      if (set === undefined) throw new Doubt(layout.suspects(run), 'not understood');
      sets.push(set);
    }
    return sets;
  }

  #known(): Marked {
    if (this.#marked === undefined) throw new Error('there is no mark yet');
    return this.#marked;
  }

  #planned(): Batches {
    if (this.#batches === undefined) throw new Error('there is no plan yet');
    return this.#batches;
  }
}

function sha256(text: string): string {
  return hash('sha256', text);
}
