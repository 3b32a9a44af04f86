import type { PlanItem } from '../../../core/reach/planItem.ts';
import type { PlanCounts } from '../../../core/reach/planCounts.ts';
import type { RunId } from '../../../core/window/identity.ts';
import type { Reason } from './stop.ts';

/** What came of a run, and while it goes on how far it is: the status of a CollectionRun. Times of day are the storage's, ms; spans are ours. */
export interface RunReport {
  readonly id: RunId;
  readonly mode: 'plan' | 'execute';
  readonly executor: string;
  readonly startedAt: number;
  /** Left out while it goes on. */
  readonly ended?: Ending;
  readonly progress: ProgressReport;
  readonly windows: WindowsReport;
  readonly mark: MarkReport;
  readonly sweep: SweepReport;
  /** DeleteRequests (`namespace/name`) that were carried out by an earlier run. */
  readonly alreadyAbsent: readonly string[];
  readonly audit?: AuditReport;
  /** Left out where each has its own. */
  readonly plan?: PlanReport;
  readonly plans?: readonly EachPlanReport[];
}

/** What policies and requests name and what would go of it; what nothing reaches is not in it. */
export interface PlanCountsReport extends PlanCounts {
  /** `sha256:` over what the spec resolves to, before passing protections (G7). */
  readonly digest: string;
  readonly uniqueBytes: number;
  /** Which limits it is over (G8); left out: none. */
  readonly brake?: string;
}

export interface PlanReport extends PlanCountsReport {
  readonly suspects: number;
  /** All that goes, what nothing reaches too. */
  readonly items: number;
  /** Entries of the approved plan that are there no more, or not as they were. */
  readonly gone?: number;
}

export interface EachPlanReport extends PlanCountsReport {
  readonly kind: 'RetentionPolicy' | 'DeleteRequest';
  /** `namespace/name` */
  readonly name: string;
  /** What its document lists: what would go, and what is spared. */
  readonly items: number;
}

export interface Ending {
  readonly at: number;
  readonly succeeded: boolean;
  readonly reason: Reason;
  readonly message: string;
}

/** `Queued`: another run of its process is on. */
export type Phase = 'Queued' | 'Starting' | 'Marking' | 'Planning' | 'Sweeping' | 'Auditing' | 'Ended';

export interface ProgressReport {
  readonly phase: Phase;
  readonly done: number;
  /** 0: not known yet. */
  readonly total: number;
  /** Left out while nothing can be said. */
  readonly estimatedSeconds?: number;
}

export interface WindowsReport {
  readonly count: number;
  readonly longestMs: number;
  /** How long each held, the last thousand. */
  readonly holdsMs: readonly number[];
}

export interface MarkReport {
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  readonly layers: number;
  readonly blobs: number;
  readonly seconds: number;
}

export interface SweepReport {
  /** What the mark found unreachable, confirmed or not. */
  readonly suspects: number;
  readonly removed: number;
  readonly removedBySteps: Readonly<Record<PlanItem['step'], number>>;
  readonly spared: number;
  /** The first hundred, with what decided (R3). */
  readonly sparedItems: readonly { readonly object: string; readonly why: string }[];
  readonly bytes: number;
  /** Storage time until which the last deletion of this run can be undone, ms. */
  readonly undoableUntil?: number;
  readonly uploads: number;
  readonly trash: { readonly discarded: number; readonly putBack: number };
}

export interface AuditReport {
  readonly manifests: number;
  readonly missing: number;
  /** Found in the trash, and back in place. */
  readonly putBack: number;
  /** The first hundred that are still missing. */
  readonly missingItems: readonly string[];
}
