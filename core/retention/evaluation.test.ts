import { describe, expect, it } from 'vitest';
import type { RepositoryContents } from './contents.ts';
import { asksForPulls, evaluateRetention } from './evaluation.ts';
import {
  candidates,
  contents,
  digest,
  every,
  now,
  policy,
  repositoryName,
  rule,
  tagged,
  untagged,
} from './testing/world.ts';

const at = (pushedAt: number | undefined): { pushedAt: number | undefined } => ({ pushedAt });
const evaluate = (...[rules, held]: [Parameters<typeof policy>[0], ReturnType<typeof contents>]): readonly string[] =>
  candidates(evaluateRetention([policy(rules)], held, now));

describe('what a rule selects', () => {
  const held = contents(
    ['v1.0.0', '2.0.0-rc.1', 'pr-1', 'pr-22', 'latest'].map((name) => tagged(name)),
    [untagged(7)],
  );

  it.each([
    { select: { by: 'glob', globs: ['pr-*', 'latest'] }, expected: ['latest', 'pr-1', 'pr-22'] },
    { select: { by: 'regex', regex: 'pr-[0-9]' }, expected: ['pr-1'] },
    { select: { by: 'semver', range: '>=1.0.0' }, expected: ['v1.0.0'] },
    { select: { by: 'untagged' }, expected: [digest(7)] },
  ] as const)('goes when nothing keeps it: $select', ({ select, expected }) => {
    expect(evaluate([rule(select)], held)).toEqual(expected);
  });

  it('R1: is nothing in a repository that no policy speaks of', () => {
    const elsewhere = policy([rule(every)], { repositories: { include: ['other/**'], exclude: [] } });
    const excluded = policy([rule(every)], { repositories: { include: ['**'], exclude: ['team/*'] } });
    expect(candidates(evaluateRetention([elsewhere, excluded], held, now))).toEqual([]);
    const here = evaluateRetention([excluded], { ...held, repository: repositoryName('other/app') }, now);
    expect(candidates(here)).toHaveLength(5);
  });

  it('is never guessed from a pattern that does not compile', () => {
    expect(() => evaluate([rule({ by: 'regex', regex: '(' })], held)).toThrow('"(" is not RE2 syntax');
    expect(() => evaluate([rule({ by: 'semver', range: 'x.y' })], held)).toThrow('"x.y" is not a range');
  });
});

describe('what a rule keeps', () => {
  it('is the latest by push time; ties are broken by name', () => {
    const held = contents([tagged('old', at(1)), tagged('b', at(5)), tagged('a', at(5)), tagged('new', at(9))]);
    expect(evaluate([rule(every, { latest: 2 })], held)).toEqual(['b', 'old']);
    expect(evaluate([rule(every, { latest: 0 })], held)).toHaveLength(4);
  });

  it('is the latest by version', () => {
    const held = contents(['1.9.0', 'v1.10.0', '1.10.0', '1.10.0-rc.1'].map((name) => tagged(name)));
    expect(evaluate([rule(every, { latest: 2, orderBy: 'semver' })], held)).toEqual(['1.10.0-rc.1', '1.9.0']);
  });

  it('is what was pushed or pulled within an age, its end included', () => {
    const held = contents([tagged('in', at(now - 10)), tagged('out', at(now - 11)), tagged('ahead', at(now + 5))]);
    expect(evaluate([rule(every, { pushedWithinMs: 10 })], held)).toEqual(['out']);
    const pulled = contents([tagged('in', { pulledAt: now - 10 }), tagged('out', { pulledAt: now - 11 })]);
    expect(evaluate([rule(every, { pulledWithinMs: 10 })], pulled)).toEqual(['out']);
  });

  it('R1: is what may have been pulled before pulls were recorded, until that is longer ago than the age', () => {
    const since = (pullsSince: number, pulledAt: number | undefined): RepositoryContents =>
      contents([tagged('x', { pullsSince, pulledAt })]);
    const within = [rule(every, { pulledWithinMs: 10 })];
    const cases = [
      since(now - 10, undefined),
      since(now - 10, now - 11),
      since(now - 11, undefined),
      since(now - 11, now - 11),
    ];
    expect(cases.map((held) => evaluate(within, held))).toEqual([[], [], ['x'], ['x']]);
    expect(evaluate(within, since(now - 99, now - 10))).toEqual([]);
    const [verdict] = evaluateRetention([policy(within)], since(now - 10, now - 11), now);
    expect(verdict?.keptBy).toMatchObject([{ because: 'noEvidence', of: 'pulledAt' }]);
  });

  it('is counted among what the rule selects, untagged manifests too', () => {
    const held = contents([tagged('x', at(9))], [untagged(1, at(1)), untagged(2, at(2)), untagged(3, at(2))]);
    expect(evaluate([rule({ by: 'untagged' }, { latest: 1 })], held)).toEqual([digest(1), digest(3)]);
  });

  it('R1: is everything without the evidence asked for, and takes no place of the latest', () => {
    const held = contents(
      [tagged('1.0.0', at(undefined)), tagged('none', at(3)), tagged('2.0.0', at(2))],
      [untagged(1)],
    );
    expect(evaluate([rule(every, { latest: 1 })], held)).toEqual(['2.0.0']);
    expect(evaluate([rule(every, { latest: 1, orderBy: 'semver' })], held)).toEqual(['1.0.0']);
    expect(evaluate([rule({ by: 'untagged' }, { latest: 0, orderBy: 'semver' })], held)).toEqual([]);
    expect(evaluate([rule(every, { pushedWithinMs: 0 })], held)).toEqual(['2.0.0', 'none']);
    expect(evaluate([rule(every, { pulledWithinMs: 0 })], contents([tagged('x', { pulledAt: undefined })]))).toEqual(
      [],
    );
  });

  it('R1: stays, whatever other rules and policies say', () => {
    const held = contents([tagged('a', at(1)), tagged('b', at(2))]);
    const keeps = policy([rule({ by: 'glob', globs: ['a'] }, { latest: 1 })], { name: 'ns/other' });
    expect(candidates(evaluateRetention([policy([rule(every)]), keeps], held, now))).toEqual(['b']);
  });
});

describe('a verdict', () => {
  it('R3: names every rule that selects and every clause that keeps, each once and in order', () => {
    const held = contents([tagged('a', { pushedAt: undefined, pulledAt: undefined }), tagged('b')], [untagged(5)]);
    const asksAll = rule(every, { latest: 1, pushedWithinMs: 5, pulledWithinMs: 5 }, 'asks-all');
    const one = policy([asksAll, rule(every, {}, 'asks-nothing')], { name: 'ns/one' });
    const called = (name: string): { policy: string; rule: string } => ({ policy: 'ns/one', rule: name });
    const selectedBy = [called('asks-all'), called('asks-nothing')];
    expect(evaluateRetention([one], held, now)).toEqual([
      {
        what: { kind: 'tag', tag: 'a', digest: digest(1) },
        selectedBy,
        keptBy: [
          { ...called('asks-all'), because: 'noEvidence', of: 'pulledAt' },
          { ...called('asks-all'), because: 'noEvidence', of: 'pushedAt' },
        ],
      },
      {
        what: { kind: 'tag', tag: 'b', digest: digest(1) },
        selectedBy,
        keptBy: [
          { ...called('asks-all'), because: 'latest' },
          { ...called('asks-all'), because: 'pulledWithin' },
          { ...called('asks-all'), because: 'pushedWithin' },
        ],
      },
      { what: { kind: 'manifest', digest: digest(5) }, selectedBy: [], keptBy: [] },
    ]);
  });
});

describe('policies that ask for pulls', () => {
  it('are those with such a rule, where they speak of a repository', () => {
    const asks = asksForPulls([
      policy([rule(every, { latest: 1 })]),
      policy([rule(every), rule(every, { pulledWithinMs: 1 })], {
        repositories: { include: ['team/*'], exclude: ['team/x'] },
      }),
    ]);
    expect(['team/app', 'team/x', 'other'].map(asks)).toEqual([true, false, false]);
    expect(asksForPulls([])('team/app')).toBe(false);
  });
});
