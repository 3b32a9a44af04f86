import { parseRetentionPolicy } from '../../resources/retentionPolicy.ts';
import { whole } from '../../resources/testing/told.ts';
import type { RepositoryContents, TaggedManifest, UntaggedManifest } from '../contents.ts';
import { evaluateRetention } from '../evaluation.ts';
import type { RetentionPolicy } from '../policy.ts';
import { isCandidate } from '../verdict.ts';
import { repositoryName, tagged, untagged } from './world.ts';

/** The moment at which the examples of the documents are evaluated. */
export const today = Date.UTC(2026, 10, 23, 12);
const hourMs = 3_600_000;
export const hours = (count: number): number => today - count * hourMs;
export const days = (count: number): number => hours(24 * count);

/** As long as a policy can say: stands for "always" in a document. */
export const always = { latest: 1_000_000 };

/** A policy written as a user writes it, whole or refused. `include`: `**` where the document's rule is for every repository. */
export function policyOf(
  rules: readonly object[],
  { name = 'example', include = ['**'], exclude = [] }: { name?: string; include?: string[]; exclude?: string[] } = {},
): RetentionPolicy {
  const document = {
    apiVersion: 'coppice.dev/v1alpha1',
    kind: 'RetentionPolicy',
    metadata: { name, namespace: 'golden' },
    spec: { registryRef: { name: 'main' }, repositories: { include, exclude }, rules },
  };
  return whole(parseRetentionPolicy(document)).policy;
}

interface Stored {
  readonly pushed?: number;
  /** `undefined`: nobody knows, which is what a registry says today that keeps no record of pulls. */
  readonly pulled?: number;
}

/** Tags by name, each of a manifest of its own, and untagged manifests by number. */
export function repository(
  name: string,
  tags: Readonly<Record<string, Stored>>,
  manifests: readonly Stored[] = [],
): RepositoryContents {
  const evidence = ({ pushed = today, pulled }: Stored): Pick<TaggedManifest, 'pushedAt' | 'pulledAt'> => ({
    pushedAt: pushed,
    pulledAt: pulled,
  });
  return {
    repository: repositoryName(name),
    tags: Object.entries(tags).map(([tag, stored]): TaggedManifest => tagged(tag, evidence(stored))),
    untagged: manifests.map((stored, number): UntaggedManifest => untagged(1000 + number, evidence(stored))),
  };
}

export interface Outcome {
  /** By name. */
  readonly kept: readonly string[];
  readonly gone: readonly string[];
  /** How many untagged manifests stay. */
  readonly untagged: number;
}

export function outcomeOf(policies: readonly RetentionPolicy[], contents: RepositoryContents): Outcome {
  const verdicts = evaluateRetention(policies, contents, today);
  const names = (isGone: boolean): readonly string[] =>
    verdicts.flatMap((verdict) =>
      verdict.what.kind === 'tag' && isCandidate(verdict) === isGone ? [verdict.what.tag] : [],
    );
  const standing = verdicts.filter((verdict) => verdict.what.kind === 'manifest' && !isCandidate(verdict));
  return { kept: names(false), gone: names(true), untagged: standing.length };
}
