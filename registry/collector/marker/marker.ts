import type { Digest } from '../../../core/oci/digest.ts';
import type { Missing } from '../../../core/reach/audit.ts';
import type { Census } from '../../../core/reach/census.ts';
import type { Limits } from '../../../core/reach/brake.ts';
import type { EachPlan } from '../../../core/reach/eachPlan.ts';
import type { PlanItem } from '../../../core/reach/planItem.ts';
import type { Protections } from '../../../core/reach/protections.ts';
import type { DeleteRequestResource } from '../../../core/resources/deleteRequest.ts';
import type { RetentionPolicy } from '../../../core/retention/policy.ts';
import type { RunId } from '../../../core/window/identity.ts';
import type { TokenHash } from '../../../core/window/token.ts';
import type { PlanDocument } from './planDocument.ts';
import type { MarkReport, PlanCountsReport } from '../run/report.ts';

/** One run's mark and what follows from it, away from the threads that serve. Asked one thing at a time, in this order; all of it can be cloned. */
export interface Marker {
  /** Reads the storage and marks it. Rejects with a `Doubt` where the graph cannot be told (G1). */
  mark(order: MarkOrder): Promise<MarkSummary>;
  /** What this run would remove, and why. */
  plan(order: PlanOrder): Promise<PlanSummary>;
  /** The same in place of `plan`, for every policy and every request by itself; answers how many plans there are. Nothing of them can be carried out. */
  planEach(order: EachPlanOrder): Promise<EachPlansSummary>;
  /** The next of those plans; `undefined` once there is none. */
  nextPlan(): Promise<EachPlanSummary | undefined>;
  /** Writes down, durable, what this mark found unreachable, for the marks to come; and forgets what none of them will ask for (G4). */
  remember(run: RunId): Promise<void>;
  /** The next items of the plan, in its order; none: it is through. What the last batch did not come to stands at the front again. */
  choose(limit: number): Promise<readonly PlanItem[]>;
  /** Takes out of that batch what is spared. */
  spare(order: SpareOrder): Promise<SpareSummary>;
  /** The positions in the batch, in a row, of the next items that may go, in whatever order: so many at most; none once there is none. */
  next(most: number): Promise<readonly number[]>;
  /** What came of all that `next` named last. */
  told(last: 'went' | 'stayed'): Promise<void>;
  /** Which of these digests the mark reached, that is, whose bytes something needs. */
  reached(digests: readonly Digest[]): Promise<readonly Digest[]>;
  /** Walks all that is kept, anew (G6). */
  audit(): Promise<AuditSummary>;
  /** Ends whatever goes on; what waits rejects. */
  close(): Promise<void>;
}

export interface MarkOrder {
  readonly freshMs: number;
  readonly minAgeMs: number;
  readonly untagged: 'Keep' | 'Delete';
  readonly protections: Protections;
  /** Those that will be asked: where a rule of theirs asks for pulls, what is known of them is read. Left out: none. */
  readonly policies?: readonly RetentionPolicy[];
}

export interface MarkSummary {
  /** The storage's clock before the first read, ms. */
  readonly now: number;
  readonly counts: MarkReport;
  readonly census: Census;
  /** What tags and tombstones name and that is not there. */
  readonly dangling: readonly string[];
  /** Lapsed tombstones with nothing left to release. */
  readonly spent: readonly string[];
}

export interface PlanOrder {
  readonly policies: readonly RetentionPolicy[];
  /** Names of those that act; the others only keep. */
  readonly acting: readonly string[];
  readonly requests: readonly DeleteRequestResource[];
  readonly limits: Limits;
  /** Whether what nothing reaches goes as well. */
  readonly collects: boolean;
  readonly confirmAfterMs: number;
  /** The keys of an approved plan: nothing else that policies and requests name goes. Absent: nothing has to be approved. */
  readonly approved?: readonly string[];
}

export interface EachPlanOrder extends Pick<PlanOrder, 'policies' | 'requests' | 'confirmAfterMs'> {
  /** Those that act, each with its limits. */
  readonly acting: readonly { readonly name: string; readonly limits: Limits }[];
  /** Of requests. */
  readonly limits: Limits;
}

export interface EachPlansSummary {
  readonly suspects: number;
  readonly plans: number;
}

export interface EachPlanSummary {
  readonly kind: EachPlan['kind'];
  /** `namespace/name` */
  readonly name: string;
  readonly counts: PlanCountsReport;
  readonly document: PlanDocument;
}

export interface PlanSummary {
  readonly counts: PlanCountsReport;
  readonly suspects: number;
  /** What would be removed, item by item, what nothing reaches too. */
  readonly items: number;
  /** For people: the plan as it is written down. */
  readonly document: PlanDocument;
}

export interface SpareOrder {
  /** What is new in the run's journals since the last time. */
  readonly touched: readonly TokenHash[];
  readonly tombstones: readonly TokenHash[];
  readonly protections: Protections;
  /** Storage time of the last acknowledgement of MARKING, ms: a younger link that nobody touched was written by somebody else. */
  readonly acknowledgedAt: number;
}

export interface SpareSummary {
  /** Positions of what stays: touched, kept by a tombstone of this run, protected by now. */
  readonly spared: readonly number[];
  /** The batch, each group without what stays of it. */
  readonly batch: readonly PlanItem[];
  /** A link that nobody of us wrote. */
  readonly foreign: string | undefined;
}

export interface AuditSummary {
  readonly manifests: number;
  /** Needed by what is there, and missing since the mark. */
  readonly missing: readonly Missing[];
}
