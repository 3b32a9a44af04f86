import type { Marked } from '../../../core/reach/mark.ts';
import type { Plan } from '../../../core/reach/plan.ts';
import type { DecidedItem, Spared } from '../../../core/reach/planItem.ts';
import type { PlanSummary } from './marker.ts';

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
  const { digest, keys, items, spared, uniqueBytes, collection, brake } = plan;
  const counts = {
    manifests: collection.count('manifest'),
    layers: collection.count('layer'),
    data: collection.count('data'),
  };
  const document: PlanDocument = {
    ...{ digest, keys, items, spared, uniqueBytes },
    collection: { ...counts, sizeBytes: collection.sizeBytes, spared: collection.spared().take(sparedKept).toArray() },
    ...(brake === undefined ? {} : { brake: brake.why }),
  };
  const { manifest, layer, data } = marked.suspects;
  return {
    digest,
    suspects: manifest.length + layer.length + data.length,
    items: items.length + counts.manifests + counts.layers + counts.data,
    spared: spared.length,
    brake: brake?.why.join('; '),
    document,
  };
}
