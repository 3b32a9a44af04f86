import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RepositoryContents } from './contents.ts';
import { evaluateRetention } from './evaluation.ts';
import { matchesRepository, matchesTag } from './glob.ts';
import { compileRange, compileRegex, versionOf } from './pattern.ts';
import type { RetentionPolicy, RetentionRule } from './policy.ts';
import { anyContents, anyPolicies, candidates, now } from './testing/world.ts';
import { isCandidate, type Judged } from './verdict.ts';

describe('policies together', () => {
  it('R1: keep at least what each keep rule alone would keep, in any repository', () => {
    fc.assert(
      fc.property(anyPolicies, anyContents, (policies, contents) => {
        const gone = candidates(evaluateRetention(policies, contents, now));
        for (const policy of policies) {
          for (const rule of policy.rules) {
            for (const name of keptAlone(policy, rule, contents)) expect(gone).not.toContain(name);
          }
        }
      }),
    );
  });

  it('R1: let go only what a rule of theirs names', () => {
    fc.assert(
      fc.property(anyPolicies, anyContents, (policies, contents) => {
        for (const verdict of evaluateRetention(policies, contents, now)) {
          if (!isCandidate(verdict)) continue;
          const naming = policies.filter((policy) => isNamed(policy, verdict.what, contents));
          expect(naming).not.toEqual([]);
        }
      }),
    );
  });

  it('R4: one more policy never takes away what another keeps', () => {
    const both = fc.tuple(anyPolicies, anyPolicies);
    fc.assert(
      fc.property(both, anyContents, ([some, others], contents) => {
        const more = others.map((policy) => ({ ...policy, name: `${policy.name}-more` }));
        const after = candidates(evaluateRetention([...some, ...more], contents, now));
        for (const { what, keptBy } of evaluateRetention(some, contents, now)) {
          if (keptBy.length > 0) expect(after).not.toContain(what.kind === 'tag' ? what.tag : what.digest);
        }
      }),
    );
  });

  it('R4: one more policy whose rules name nothing new never deletes more', () => {
    fc.assert(
      fc.property(anyPolicies, anyPolicies, anyContents, (some, others, contents) => {
        const before = evaluateRetention(some, contents, now);
        const gone = candidates(before);
        const named = new Set(before.filter(({ selectedBy }) => selectedBy.length > 0).map(({ what }) => nameOf(what)));
        const more = others.map((policy) => ({ ...policy, name: `${policy.name}-more` }));
        for (const name of candidates(evaluateRetention([...some, ...more], contents, now))) {
          if (named.has(name)) expect(gone).toContain(name);
        }
      }),
    );
  });
});

function nameOf(what: Judged): string {
  return what.kind === 'tag' ? what.tag : what.digest;
}

function isNamed({ repositories, rules }: RetentionPolicy, what: Judged, { repository }: RepositoryContents): boolean {
  const isMeant = (glob: string): boolean => matchesRepository(glob, repository);
  if (!repositories.include.some(isMeant) || repositories.exclude.some(isMeant)) return false;
  return rules.some(({ select }) => {
    if (select.by === 'untagged') return what.kind === 'manifest';
    return what.kind === 'tag' && matcherOf(select)(what.tag);
  });
}

function matcherOf(select: Exclude<RetentionRule['select'], { by: 'untagged' }>): (tag: string) => boolean {
  if (select.by === 'glob') return (tag) => select.globs.some((glob) => matchesTag(glob, tag));
  const pattern = select.by === 'regex' ? compileRegex(select.regex) : compileRange(select.range);
  if (!pattern.ok) throw new Error(pattern.why);
  return pattern.matches;
}

/** What a rule keeps of a repository by itself: the rule's own words, without the evaluator. */
function keptAlone(
  policy: RetentionPolicy,
  { select, keep }: RetentionRule,
  contents: RepositoryContents,
): readonly string[] {
  const here = [
    ...contents.tags.map(({ tag, digest, ...evidence }) => ({
      what: { kind: 'tag', tag, digest } as const,
      ...evidence,
    })),
    ...contents.untagged.map(({ digest, ...evidence }) => ({
      what: { kind: 'manifest', digest } as const,
      ...evidence,
    })),
  ].filter(({ what }) => isNamed({ ...policy, rules: [{ name: 'one', select, keep }] }, what, contents));
  const isWithin = (at: number | undefined, ms: number | undefined): boolean =>
    ms !== undefined && (at === undefined || now - at <= ms);
  const { latest, orderBy, pushedWithinMs, pulledWithinMs } = keep;
  const isWithoutRank = ({ what, pushedAt }: (typeof here)[number]): boolean =>
    orderBy === 'pushed' ? pushedAt === undefined : what.kind !== 'tag' || versionOf(what.tag) === undefined;
  const isNewer = (left: (typeof here)[number], right: (typeof here)[number]): boolean => {
    if (orderBy === 'pushed') return (left.pushedAt ?? -Infinity) > (right.pushedAt ?? -Infinity);
    const [one, other] = [left, right].map(({ what }) => (what.kind === 'tag' ? versionOf(what.tag) : undefined));
    return one !== undefined && (other === undefined || one.compare(other) > 0);
  };
  return here
    .filter((item) => {
      if (isWithin(item.pushedAt, pushedWithinMs) || isWithin(item.pulledAt, pulledWithinMs)) return true;
      if (latest === undefined) return false;
      // Ties are broken by name: for this it is enough that fewer than so many are newer or equal.
      return isWithoutRank(item) || here.filter((other) => other === item || !isNewer(item, other)).length <= latest;
    })
    .map(({ what }) => nameOf(what));
}
