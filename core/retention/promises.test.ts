import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RepositoryContents } from './contents.ts';
import { evaluateRetention, prepareRetention } from './evaluation.ts';
import type { Keep, RetentionPolicy, RetentionRule } from './policy.ts';
import { anyContents, anyKeep, anyPolicies, candidates, now, tagged } from './testing/world.ts';
import { isCandidate } from './verdict.ts';

const shuffled = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });

describe('retention', () => {
  it('R1: only what a rule selects and no rule keeps is a candidate; what lacks the evidence asked for is none', () => {
    fc.assert(
      fc.property(anyPolicies, anyContents, (policies, contents) => {
        const alone = policies.flatMap((policy) =>
          policy.rules.map((rule) => evaluateRetention([{ ...policy, rules: [rule] }], contents, now)),
        );
        for (const [at, verdict] of evaluateRetention(policies, contents, now).entries()) {
          const each = alone.map((verdicts) => verdicts[at]);
          const isSelected = each.some((one) => one !== undefined && one.selectedBy.length > 0);
          const isKept = each.some((one) => one !== undefined && one.keptBy.length > 0);
          expect(isCandidate(verdict)).toBe(isSelected && !isKept);
        }
      }),
    );
  });

  it('R1: forgetting when something was pushed or pulled never makes it go', () => {
    fc.assert(
      fc.property(anyPolicies, anyContents, fc.nat(), (policies, contents, seed) => {
        const forgotten = contents.tags[seed % Math.max(1, contents.tags.length)];
        if (forgotten === undefined) return;
        const poorer = { ...forgotten, pushedAt: undefined, pulledAt: undefined, pullsSince: undefined };
        const tags = contents.tags.map((each) => (each === forgotten ? poorer : each));
        if (candidates(evaluateRetention(policies, contents, now)).includes(forgotten.tag)) return;
        expect(candidates(evaluateRetention(policies, { ...contents, tags }, now))).not.toContain(forgotten.tag);
      }),
    );
  });

  it('R1: losing any part of the evidence never makes anything go that stayed', () => {
    const losses = fc.record({ pushes: fc.boolean(), record: fc.boolean(), later: fc.nat(20), pulls: fc.boolean() });
    const crowded = fc.tuple(anyContents, fc.boolean()).map(([contents, isCrowded]) => {
      const crowd = Array.from({ length: 100 }, (_, at) => tagged(`copied-${at}`, { pushedAt: now - 5 }));
      return isCrowded ? { ...contents, tags: [...contents.tags, ...crowd] } : contents;
    });
    fc.assert(
      fc.property(anyPolicies, crowded, losses, fc.func(fc.boolean()), (policies, contents, lost, isLost) => {
        const known = contents.tags.map((tag) => ({ ...tag, pullsSince: now - 15 }));
        const poorer = known.map((tag) => {
          if (!isLost(tag.tag)) return tag;
          // A record that was lost begins anew, later; with it go the pulls that it held.
          const pullsSince = lost.record ? undefined : Math.min(now, tag.pullsSince + lost.later);
          const hasPull = tag.pulledAt !== undefined && pullsSince !== undefined && tag.pulledAt >= pullsSince;
          const pulledAt = hasPull ? tag.pulledAt : undefined;
          return { ...tag, pullsSince, pulledAt, ...(lost.pushes && { pushedAt: undefined }) };
        });
        const before = candidates(evaluateRetention(policies, { ...contents, tags: known }, now));
        for (const lostOne of poorer.filter(({ tag }) => isLost(tag))) {
          const after = { ...contents, tags: known.map((tag) => (tag.tag === lostOne.tag ? lostOne : tag)) };
          if (before.includes(lostOne.tag)) continue;
          expect(candidates(evaluateRetention(policies, after, now))).not.toContain(lostOne.tag);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('R2: equal input in any order gives equal verdicts, byte for byte', () => {
    const inputs = fc.tuple(anyPolicies, anyContents).chain(([policies, contents]) =>
      fc.record({
        given: fc.constant({ policies, contents }),
        policies: shuffled(policies).chain((all) =>
          fc.tuple(...all.map((policy) => shuffled(policy.rules).map((rules) => ({ ...policy, rules })))),
        ),
        tags: shuffled(contents.tags),
        untagged: shuffled(contents.untagged),
      }),
    );
    fc.assert(
      fc.property(inputs, ({ given, policies, tags, untagged }) => {
        const stirred: RepositoryContents = { ...given.contents, tags, untagged };
        const [plain, other] = [
          evaluateRetention(given.policies, given.contents, now),
          prepareRetention(policies)(stirred, now),
        ];
        expect(JSON.stringify(other)).toBe(JSON.stringify(plain));
      }),
    );
  });

  it('R3: every candidate names the rules that select it, every other thing what keeps it or that no rule speaks of it', () => {
    fc.assert(
      fc.property(anyPolicies, anyContents, (policies, contents) => {
        const verdicts = evaluateRetention(policies, contents, now);
        expect(verdicts).toHaveLength(contents.tags.length + contents.untagged.length);
        const names = new Set(policies.flatMap(({ name, rules }) => rules.map((rule) => `${name} ${rule.name}`)));
        for (const { selectedBy, keptBy } of verdicts) {
          const selecting = selectedBy.map(({ policy, rule }) => `${policy} ${rule}`);
          for (const name of selecting) expect(names).toContain(name);
          for (const { policy, rule } of keptBy) expect(selecting).toContain(`${policy} ${rule}`);
        }
      }),
    );
  });

  it('R4: a higher count, a longer age or one more clause never deletes more', () => {
    const more = (least: number | undefined, by: number): number => (least ?? 0) + by;
    const asking = ([{ latest, pushedWithinMs, pulledWithinMs }, by, which]: [Keep, number, number]): Partial<Keep> =>
      [
        { latest: more(latest, by) },
        { pushedWithinMs: more(pushedWithinMs, by) },
        { pulledWithinMs: more(pulledWithinMs, by) },
      ][which] ?? {};
    fc.assert(
      fc.property(anyPolicies, anyContents, fc.nat(), fc.nat(9), fc.nat(2), (policies, contents, seed, by, which) => {
        const after = onOneRule(policies, seed, (rule) => [
          { ...rule, keep: { ...rule.keep, ...asking([rule.keep, by, which]) } },
        ]);
        expectNothingMore(policies, after, contents);
      }),
    );
  });

  it('R4: one more rule over what a rule selects already never deletes more', () => {
    fc.assert(
      fc.property(anyPolicies, anyContents, fc.nat(), anyKeep, (policies, contents, seed, keep) => {
        const after = onOneRule(policies, seed, (rule) => [rule, { ...rule, name: 'one-more', keep }]);
        expectNothingMore(policies, after, contents);
      }),
    );
  });
});

function onOneRule(
  policies: readonly RetentionPolicy[],
  seed: number,
  change: (rule: RetentionRule) => RetentionRule[],
): readonly RetentionPolicy[] {
  const all = policies.flatMap(({ rules }) => rules);
  const chosen = all[seed % all.length];
  return policies.map((policy) => ({
    ...policy,
    rules: policy.rules.flatMap((rule) => (rule === chosen ? change(rule) : [rule])),
  }));
}

function expectNothingMore(
  before: readonly RetentionPolicy[],
  after: readonly RetentionPolicy[],
  contents: RepositoryContents,
): void {
  const gone = candidates(evaluateRetention(before, contents, now));
  for (const candidate of candidates(evaluateRetention(after, contents, now))) expect(gone).toContain(candidate);
}
