import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';

/** A rule by name: `policy` is `namespace/name`. */
export interface RuleName {
  readonly policy: string;
  readonly rule: string;
}

/**
 * Which clause keeps; or that it asks for evidence nobody has, which keeps as well (R1). `evidenceReset`: it asks when things were pushed, and the times of
 * this repository are plainly those of a copy.
 */
export type Because =
  | { readonly because: 'latest' | 'pushedWithin' | 'pulledWithin' | 'evidenceReset' }
  | { readonly because: 'noEvidence'; readonly of: 'pushedAt' | 'pulledAt' | 'version' };

/** R3: which rule keeps, and why. */
export type KeepReason = RuleName & Because;

export type Judged =
  | { readonly kind: 'tag'; readonly tag: Tag; readonly digest: Digest }
  | { readonly kind: 'manifest'; readonly digest: Digest };

export interface Verdict {
  readonly what: Judged;
  /** Every rule whose selector matches; empty: no rule speaks about it, and it stays. */
  readonly selectedBy: readonly RuleName[];
  readonly keptBy: readonly KeepReason[];
}

/** What would go if the times of pushes could be believed. */
export function isKeptByReset({ keptBy }: Verdict): boolean {
  return keptBy.length > 0 && keptBy.every(({ because }) => because === 'evidenceReset');
}

/** R1: what no rule selects stays, and what any rule keeps stays. */
export function isCandidate({ selectedBy, keptBy }: Verdict): boolean {
  return selectedBy.length > 0 && keptBy.length === 0;
}
