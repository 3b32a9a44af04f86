import fc from 'fast-check';
import { type Digest, parseDigest } from '../../oci/digest.ts';
import { type RepositoryName, type Tag, parseRepositoryName, parseTag } from '../../oci/reference.ts';
import type { RepositoryContents, TaggedManifest, UntaggedManifest } from '../contents.ts';
import type { Keep, RetentionPolicy, RetentionRule, TagSelector } from '../policy.ts';
import { type Verdict, isCandidate } from '../verdict.ts';

export const now = 1_000_000;

export function digest(number: number): Digest {
  return made(parseDigest(`sha256:${number.toString(16).padStart(64, '0')}`));
}

export function tagged(name: string, evidence: Partial<TaggedManifest> = {}): TaggedManifest {
  return { tag: made(parseTag(name)), digest: digest(1), pushedAt: now, pulledAt: now, ...evidence };
}

export function untagged(number: number, evidence: Partial<UntaggedManifest> = {}): UntaggedManifest {
  return { digest: digest(number), pushedAt: now, pulledAt: now, ...evidence };
}

export function contents(
  tags: readonly TaggedManifest[],
  manifests: readonly UntaggedManifest[] = [],
): RepositoryContents {
  return { repository: repositoryName('team/app'), tags, untagged: manifests };
}

export function repositoryName(text: string): RepositoryName {
  return made(parseRepositoryName(text));
}

export function rule(select: TagSelector, keep: Partial<Keep> = {}, name = 'rule'): RetentionRule {
  return { name, select, keep: { orderBy: 'pushed', ...keep } };
}

export function policy(rules: readonly RetentionRule[], over: Partial<RetentionPolicy> = {}): RetentionPolicy {
  return { name: 'ns/policy', repositories: { include: ['**'], exclude: [] }, rules, ...over };
}

export const every: TagSelector = { by: 'glob', globs: ['*'] };

/** The names of what would go: tags, and digests of untagged manifests. */
export function candidates(verdicts: readonly Verdict[]): readonly (Tag | Digest)[] {
  return verdicts.filter(isCandidate).map(({ what }) => (what.kind === 'tag' ? what.tag : what.digest));
}

const moments = fc.option(fc.integer({ min: now - 20, max: now + 2 }), { nil: undefined });
const tagNames = fc.constantFrom(
  'a',
  'b',
  'c',
  'pr-1',
  'pr-2',
  'v1.0.0',
  '1.0.0',
  'v1.1.0',
  '2.0.0',
  '2.0.0-rc.1',
  'latest',
);

export const anyContents: fc.Arbitrary<RepositoryContents> = fc
  .record({
    tags: fc.uniqueArray(fc.tuple(tagNames, fc.nat(3), moments, moments), {
      selector: ([name]) => name,
      maxLength: 11,
    }),
    manifests: fc.uniqueArray(fc.tuple(fc.nat(9), moments, moments), { selector: ([number]) => number, maxLength: 5 }),
  })
  .map(({ tags, manifests }) =>
    contents(
      tags.map(([name, number, pushedAt, pulledAt]) => tagged(name, { digest: digest(number), pushedAt, pulledAt })),
      manifests.map(([number, pushedAt, pulledAt]) => untagged(100 + number, { pushedAt, pulledAt })),
    ),
  );

const selectors: fc.Arbitrary<TagSelector> = fc.oneof(
  fc.subarray(['*', 'pr-*', 'v?.*', 'a', 'latest'], { minLength: 1 }).map((globs) => ({ by: 'glob' as const, globs })),
  fc.constantFrom('.*', 'pr-[0-9]+', 'a|b').map((regex) => ({ by: 'regex' as const, regex })),
  fc.constantFrom('*', '>=1.1.0', '>=2.0.0-0').map((range) => ({ by: 'semver' as const, range })),
  fc.constant({ by: 'untagged' as const }),
);

export const anyKeep: fc.Arbitrary<Keep> = fc.record(
  {
    orderBy: fc.constantFrom('pushed' as const, 'semver' as const),
    latest: fc.nat(6),
    pushedWithinMs: fc.nat(20),
    pulledWithinMs: fc.nat(20),
  },
  { requiredKeys: ['orderBy'] },
);

const anyRules = fc
  .array(fc.record({ select: selectors, keep: anyKeep }), { minLength: 1, maxLength: 4 })
  .map((rules) => rules.map((each, at) => ({ ...each, name: `rule-${at}` })));

export const anyPolicies: fc.Arbitrary<readonly RetentionPolicy[]> = fc
  .array(
    fc.record({
      include: fc.constantFrom(['**'], ['team/*'], ['other/**'], ['team/app', 'x']),
      exclude: fc.constantFrom([], [], ['x/**'], ['team/app']),
      rules: anyRules,
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) =>
    all.map(({ include, exclude, rules }, at) => ({
      name: `ns/policy-${at}`,
      repositories: { include, exclude },
      rules,
    })),
  );

function made<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a test made something that does not parse');
  return value;
}
