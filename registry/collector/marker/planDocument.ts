import type { EachPlan } from '../../../core/reach/eachPlan.ts';
import type { Marked } from '../../../core/reach/mark.ts';
import type { Plan } from '../../../core/reach/plan.ts';
import type { DecidedItem, Spared } from '../../../core/reach/planItem.ts';
import type { PlanCountsReport } from '../run/report.ts';
import type { EachPlanSummary, PlanSummary } from './marker.ts';

/** A plan as it is written down: whole where somebody decided, counted where nothing reaches. */
export interface PlanDocument {
  readonly digest: string;
  /** Of what the digest is over, a hash for each: an approval of this plan approves these. */
  readonly keys: readonly string[];
  readonly items: readonly DecidedItem[];
  readonly spared: readonly Spared[];
  readonly uniqueBytes: number;
  readonly collection: {
    readonly manifests: number;
    readonly layers: number;
    readonly data: number;
    readonly sizeBytes: number;
    /** The first thousand suspects that stay, or would be one, with what decided. */
    readonly spared: readonly Spared[];
  };
  /** Left out: within all limits. */
  readonly brake?: readonly string[];
}

const sparedKept = 1000;

export function summaryOf(marked: Marked, plan: Plan): PlanSummary {
  const document = documentOf(plan);
  const { manifests, layers, data } = document.collection;
  return {
    counts: planCountsOf(plan),
    suspects: suspectsOf(marked),
    items: plan.items.length + manifests + layers + data,
    document,
  };
}

export function eachSummaryOf({ kind, name, plan }: EachPlan): EachPlanSummary {
  return { kind, name, counts: planCountsOf(plan), document: documentOf(plan) };
}

export function suspectsOf({ suspects: { manifest, layer, data } }: Marked): number {
  return manifest.length + layer.length + data.length;
}

function planCountsOf({ digest, counts, uniqueBytes, brake }: Plan): PlanCountsReport {
  return { digest, ...counts, uniqueBytes, ...(brake === undefined ? {} : { brake: brake.why.join('; ') }) };
}

function documentOf({ digest, keys, items, spared, uniqueBytes, collection, brake }: Plan): PlanDocument {
  const counts = {
    manifests: collection.count('manifest'),
    layers: collection.count('layer'),
    data: collection.count('data'),
  };
  return {
    ...{ digest, keys, items, spared, uniqueBytes },
    collection: { ...counts, sizeBytes: collection.sizeBytes, spared: collection.spared().take(sparedKept).toArray() },
    ...(brake === undefined ? {} : { brake: brake.why }),
  };
}
