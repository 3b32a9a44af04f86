import { describe, expect, it } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import type { RepositoryName, Tag } from '../../core/oci/reference.ts';
import { parseRetentionPolicy, type RetentionPolicyResource } from '../../core/resources/retentionPolicy.ts';
import { whole } from '../../core/resources/testing/told.ts';
import { evaluateRetention } from '../../core/retention/evaluation.ts';
import { isCandidate } from '../../core/retention/verdict.ts';
import { believed, keeperDocument, lessBelief } from './keepers.ts';
import { digestA, digestB, noon, policyOf } from './testing/objects.ts';

const year = 365 * 86_400_000;
const badRules = [{ name: 'bad', tags: { regex: '(' }, keep: {} }];

/** Everything that a policy removing whatever it can may still remove in the presence of this keeper. */
function candidatesBeside(document: unknown, repository: string): number {
  const keeper = whole(parseRetentionPolicy(document)).policy;
  const hungry: RetentionPolicyResource['policy'] = {
    name: 'default/hungry',
    repositories: { include: ['**'], exclude: [] },
    rules: [
      { name: 'all', select: { by: 'glob', globs: ['*'] }, keep: { orderBy: 'pushed' } },
      { name: 'untagged', select: { by: 'untagged' }, keep: { orderBy: 'pushed' } },
    ],
  };
  const contents = {
    repository: repository as RepositoryName,
    tags: [
      { tag: 'old' as Tag, digest: digestA as Digest, pushedAt: noon - 40 * year, pulledAt: undefined },
      { tag: 'ageless' as Tag, digest: digestA as Digest, pushedAt: undefined, pulledAt: undefined },
    ],
    untagged: [{ digest: digestB as Digest, pushedAt: noon - 40 * year, pulledAt: undefined }],
  };
  return evaluateRetention([hungry, keeper], contents, noon).filter(isCandidate).length;
}

describe('what a policy keeps from others', () => {
  it('R1: is what its rules say, whatever else stands in it', () => {
    const policy = policyOf({ suspend: true, mode: 'Enforce', schedule: 'never', approvedPlan: 'nonsense' });
    const document = keeperDocument(policy);
    const { registryRef, repositories, rules } = policy.spec;
    expect(document.spec).toEqual({ registryRef, repositories, rules });
    expect(parseRetentionPolicy(document).ok).toBe(true);
  });

  const cases = [
    { name: 'a rule is not understood', spec: { rules: badRules }, inside: 0, outside: 3 },
    {
      name: 'its repositories are not understood',
      spec: { repositories: { include: ['a**b'] } },
      inside: 0,
      outside: 0,
    },
    {
      name: 'what it excludes is not understood',
      spec: { repositories: { include: ['team-a/**'], exclude: ['a**b'] } },
      inside: 0,
      outside: 0,
    },
    {
      name: 'neither is understood',
      spec: { repositories: { include: ['a**b'] }, rules: badRules },
      inside: 0,
      outside: 0,
    },
  ];
  it.each(cases)('R1: is everything that it may speak of where $name', ({ spec, inside, outside }) => {
    const document = keeperDocument(policyOf(spec));
    expect(candidatesBeside(document, 'team-a/app')).toBe(inside);
    expect(candidatesBeside(document, 'team-b/app')).toBe(outside);
  });

  it('R1: grows with each refusal of a registry', () => {
    const document = keeperDocument(policyOf());
    expect(candidatesBeside(document, 'team-a/app')).toBe(3);
    expect(candidatesBeside(believed(document, 'repositories'), 'team-a/app')).toBe(0);
    expect(candidatesBeside(believed(document, 'repositories'), 'team-b/app')).toBe(3);
    expect(candidatesBeside(believed(document, 'nothing'), 'team-b/app')).toBe(0);
    expect([lessBelief('whole'), lessBelief('repositories'), lessBelief('nothing')]).toEqual([
      'repositories',
      'nothing',
      undefined,
    ]);
  });
});
