import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateRetention } from './evaluation.ts';
import type { Keep } from './policy.ts';
import { pushTimesAreReset } from './pushTimes.ts';
import { candidates, contents, every, now, policy, rule, tagged, untagged } from './testing/world.ts';

const minute = 60_000;
const apart = (count: number, ms: number, from = 0): number[] =>
  Array.from({ length: count }, (_, at) => from + at * ms);

describe('times of pushes', () => {
  const cases: { name: string; times: (number | undefined)[]; areReset: boolean }[] = [
    { name: 'of fewer than a hundred are no crowd', times: Array.from({ length: 99 }, () => 5), areReset: false },
    { name: 'that are all equal are those of a copy', times: Array.from({ length: 100 }, () => 5), areReset: true },
    { name: 'that lie within one minute are, its end included', times: [0, ...apart(99, 0, minute)], areReset: true },
    {
      name: 'of which half lie within a minute are',
      times: [...apart(50, 1), ...apart(50, 10 * minute, 1e9)],
      areReset: true,
    },
    {
      name: 'of which less than half do are none',
      times: [...apart(49, 1), ...apart(51, 10 * minute, 1e9)],
      areReset: false,
    },
    {
      name: 'that are not known count as lost',
      times: [...apart(49, 1), undefined, ...apart(50, 10 * minute, 1e9)],
      areReset: true,
    },
    { name: 'none of which is known are lost', times: Array.from({ length: 100 }, () => undefined), areReset: true },
    { name: 'come in any order', times: [...apart(50, 1), ...apart(50, 10 * minute, 1e9)].reverse(), areReset: true },
  ];
  it.each(cases)('$name', ({ times, areReset }) => {
    expect(pushTimesAreReset(times)).toBe(areReset);
  });

  it('R1: losing one never makes the others believed', () => {
    const times = fc.array(fc.option(fc.integer({ min: 0, max: 6 * minute }), { nil: undefined }), {
      minLength: 95,
      maxLength: 110,
    });
    fc.assert(
      fc.property(times, fc.nat(), (all, seed) => {
        const poorer = all.with(seed % all.length, undefined);
        if (pushTimesAreReset(all)) expect(pushTimesAreReset(poorer)).toBe(true);
      }),
    );
  });
});

describe('a repository with the times of a copy', () => {
  const copied = contents(
    Array.from({ length: 100 }, (_, at) => tagged(`1.0.${at}`, { pushedAt: 1000, pulledAt: 0 })),
    [untagged(1, { pushedAt: 1000 }), untagged(2, { pushedAt: 2000 })],
  );
  const going = (keep: Partial<Keep>): number =>
    candidates(evaluateRetention([policy([rule(every, keep)])], copied, now)).length;

  it('keeps what a rule would choose by when it was pushed', () => {
    expect([going({ latest: 10 }), going({ pushedWithinMs: 10 }), going({ latest: 10, pulledWithinMs: 5 })]).toEqual([
      0, 0, 0,
    ]);
    const [first] = evaluateRetention([policy([rule(every, { pushedWithinMs: 10 })])], copied, now);
    expect(first?.keptBy).toEqual([{ policy: 'ns/policy', rule: 'rule', because: 'evidenceReset' }]);
  });

  it('leaves alone rules that ask for something else, and what is judged apart', () => {
    expect([going({ latest: 10, orderBy: 'semver' }), going({ pulledWithinMs: 5 }), going({})]).toEqual([90, 100, 100]);
    const rest = policy([rule({ by: 'untagged' }, { latest: 1 })]);
    expect(candidates(evaluateRetention([rest], copied, now))).toHaveLength(1);
  });
});
