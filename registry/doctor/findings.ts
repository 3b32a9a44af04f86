import type { Digest } from '../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../core/oci/reference.ts';

import { type FindingKind, findingKinds, type FindingName, type Severity } from './findingKinds.ts';

export type Mend =
  | { readonly take: 'tag'; readonly repository: RepositoryName; readonly tag: Tag; readonly digest: Digest }
  | { readonly take: 'manifest'; readonly repository: RepositoryName; readonly digest: Digest }
  | { readonly take: 'uploads'; readonly repository: RepositoryName };

export interface Finding {
  readonly name: FindingName;
  /** `repository:tag`, `repository@digest`, a digest, a repository, or a path below the storage's root. */
  readonly object: string;
  /** What is the matter with this one. */
  readonly says: string;
  /** What it takes on the storage, where that is told. */
  readonly bytes?: number;
  /** What a repair would do about it; absent: nothing that is safe. */
  readonly mend?: Mend;
}

/** Takes each finding as it is made: nothing holds all of them. */
export type Found = (finding: Finding) => void;

export interface FindingSummary extends FindingKind {
  readonly name: FindingName;
  readonly count: number;
  readonly bytes: number;
  /** The first of them. */
  readonly first: readonly Finding[];
}

const severities: readonly Severity[] = ['error', 'warning', 'info'];

/** Counts findings, and holds the first few of each name. */
export class Findings {
  readonly #held: number;
  readonly #byName = new Map<FindingName, { count: number; bytes: number; first: Finding[] }>();

  constructor(held: number) {
    this.#held = held;
  }

  add(finding: Finding): void {
    const sum = this.#byName.get(finding.name) ?? { count: 0, bytes: 0, first: [] };
    this.#byName.set(finding.name, sum);
    sum.count += 1;
    sum.bytes += finding.bytes ?? 0;
    if (sum.first.length < this.#held) sum.first.push(finding);
  }

  count(severity: Severity): number {
    return this.summaries().reduce((sum, each) => sum + (each.severity === severity ? each.count : 0), 0);
  }

  has(name: FindingName): boolean {
    return this.#byName.has(name);
  }

  /** By severity, then in the order of the table. */
  summaries(): readonly FindingSummary[] {
    return Object.entries(findingKinds as Record<FindingName, FindingKind>)
      .flatMap(([name, kind]) => {
        const sum = this.#byName.get(name as FindingName);
        return sum === undefined ? [] : [{ name: name as FindingName, ...kind, ...sum }];
      })
      .toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  }
}
