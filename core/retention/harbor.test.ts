import { describe, expect, it } from 'vitest';
import { always, days, type Outcome, outcomeOf, policyOf, repository, today } from './testing/golden.ts';

/*
 * Harbor documentation, "Create Tag Retention Rules": the examples of that page as RetentionPolicies. There a rule names what stays, and in a repository that
 * a rule is for everything else goes. Here that is a rule of its own, `rest`, over all tags, that keeps nothing: what any other rule keeps stays. Whether
 * "untagged artifacts" are ticked is a rule over untagged manifests.
 */
const everything = { glob: ['*'] };
const rest = { name: 'rest', tags: everything, keep: {} };
const restUntagged = { name: 'untagged', tags: { untagged: true }, keep: {} };

/** `count` tags, the newest first, an hour apart; all of them pulled at one time. */
function tags(count: number, pulled: number): Record<string, { pushed: number; pulled: number }> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`t${at}`, { pushed: today - at * 3_600_000, pulled }]),
  );
}
const again = (count: number, pulled: number): { pushed: number; pulled: number }[] =>
  Array.from({ length: count }, () => ({ pushed: days(40), pulled }));

/** Examples 1 to 4: A has 102 artifacts, 2 of them untagged, all pulled in the last week; B to E 7 each, 1 of them untagged, none pulled in the last month. */
const project = [
  repository('library/a', tags(100, days(2)), again(2, days(2))),
  ...['b', 'c', 'd', 'e'].map((name) => repository(`library/${name}`, tags(6, days(45)), again(1, days(45)))),
];

function counts(policy: ReturnType<typeof policyOf>): { tags: readonly number[]; untagged: readonly number[] } {
  const outcomes = project.map((contents): Outcome => outcomeOf([policy], contents));
  return { tags: outcomes.map(({ kept }) => kept.length), untagged: outcomes.map((one) => one.untagged) };
}

describe('the examples of Harbor: rules over a project', () => {
  it('example 1, by count: 10 in A, all 6 in each of B to E, 34 together; each repository counts by itself, and what is untagged goes', () => {
    // The page counts by pull; the same example by push, which is the option "retain the most recently pushed # artifacts", is written exactly:
    const { tags, untagged } = counts(
      policyOf([{ name: 'newest', tags: everything, keep: { latest: 10 } }, restUntagged]),
    );
    expect(tags).toEqual([10, 6, 6, 6, 6]);
    expect(tags.reduce((sum, one) => sum + one)).toBe(34);
    expect(untagged).toEqual([0, 0, 0, 0, 0]);
  });

  it('example 1, "most recently pulled #": no rule counts by pull; an age and a count together keep those and more', () => {
    const { tags, untagged } = counts(
      policyOf([{ name: 'pulled', tags: everything, keep: { pulledWithin: '7d', latest: 10 } }, restUntagged]),
    );
    expect(tags).toEqual([100, 6, 6, 6, 6]);
    expect(untagged).toEqual([0, 0, 0, 0, 0]);
  });

  it('example 2, pulled within the last 7 days: the 100 tagged ones of A, and nothing of B to E', () => {
    const { tags, untagged } = counts(
      policyOf([{ name: 'pulled', tags: everything, keep: { pulledWithin: '7d' } }, restUntagged]),
    );
    expect(tags).toEqual([100, 0, 0, 0, 0]);
    expect(untagged).toEqual([0, 0, 0, 0, 0]);
  });

  it('example 3, with untagged artifacts ticked: all of A stays', () => {
    // The page says 103 of A stay; it has 102 by what the page set out before.
    const { tags, untagged } = counts(
      policyOf([
        { name: 'pulled', tags: everything, keep: { pulledWithin: '7d' } },
        { name: 'pulled-untagged', tags: { untagged: true }, keep: { pulledWithin: '7d' } },
      ]),
    );
    expect(tags).toEqual([100, 0, 0, 0, 0]);
    expect(untagged).toEqual([2, 0, 0, 0, 0]);
  });

  it('example 4, two rules: what either keeps stays, so all tagged ones do', () => {
    const rules = [
      { name: 'pulled', tags: everything, keep: { pulledWithin: '7d' } },
      { name: 'newest', tags: everything, keep: { latest: 10 } },
    ];
    expect(counts(policyOf(rules)).tags).toEqual([100, 6, 6, 6, 6]);
  });

  it('keeps what it has no record of: where pulls are not known, a rule by pull keeps everything (R1)', () => {
    const unknown = repository('library/a', { old: { pushed: days(900) }, new: {} });
    const policy = policyOf([{ name: 'pulled', tags: everything, keep: { pulledWithin: '7d' } }]);
    expect(outcomeOf([policy], unknown).gone).toEqual([]);
  });
});

describe('the examples of Harbor: rules over one repository', () => {
  it('example 5: the newest 10 that start with 2, or end with -prod, are 8 tags; the other 4 go', () => {
    const versions = ['2.1', '2.2', '3.1', '4.4'];
    const names = versions.flatMap((version) =>
      ['prod', 'rc', 'release'].map((kind) => `${version}-your_repo-${kind}`),
    );
    const contents = repository('library/your_repo', Object.fromEntries(names.map((name) => [name, {}])));
    const policy = policyOf([
      { name: 'second', tags: { glob: ['2*'] }, keep: { latest: 10 } },
      { name: 'production', tags: { glob: ['*-prod'] }, keep: { latest: 10 } },
      rest,
    ]);
    const { kept, gone } = outcomeOf([policy], contents);
    expect(kept).toEqual([
      '2.1-your_repo-prod',
      '2.1-your_repo-rc',
      '2.1-your_repo-release',
      '2.2-your_repo-prod',
      '2.2-your_repo-rc',
      '2.2-your_repo-release',
      '3.1-your_repo-prod',
      '4.4-your_repo-prod',
    ]);
    expect(gone).toHaveLength(4);
  });

  it('several tags of one artifact: Harbor keeps all its tags when one is kept; here each tag is judged, and a count that covers them keeps all', () => {
    const contents = repository('library/harbor', {
      'harbor-1.8': { pushed: Date.UTC(2019, 7, 14, 1) },
      'harbor-release': { pushed: Date.UTC(2019, 7, 14, 3) },
      'harbor-nightly': { pushed: Date.UTC(2019, 7, 14, 6) },
      'harbor-latest': { pushed: Date.UTC(2019, 7, 14, 9) },
    });
    const keeping = (latest: number): Outcome =>
      outcomeOf([policyOf([{ name: 'newest', tags: { glob: ['harbor-*'] }, keep: { latest } }])], contents);
    // The two that the rule matches, as the page says. The artifact and all its bytes stay with them, under these two names:
    expect(keeping(2).kept).toEqual(['harbor-latest', 'harbor-nightly']);
    // To keep the other names as well, count the tags that an artifact has: 2 artifacts of up to 4 tags.
    expect(keeping(2 * 4).gone).toEqual([]);
  });
});

describe('the options of a rule of Harbor', () => {
  const contents = repository(
    'library/app',
    {
      fresh: { pushed: days(1), pulled: days(1) },
      used: { pushed: days(60), pulled: days(3) },
      young: { pushed: days(10), pulled: days(10) },
      old: { pushed: days(90), pulled: days(80) },
      'release-1': { pushed: days(900), pulled: days(800) },
    },
    [{ pushed: days(100), pulled: days(100) }],
  );

  it.each([
    { option: 'the most recently pushed 2 artifacts', keep: { latest: 2 }, kept: ['fresh', 'young'] },
    {
      option: 'the artifacts pushed within the last 30 days',
      keep: { pushedWithin: '30d' },
      kept: ['fresh', 'young'],
    },
    { option: 'the artifacts pulled within the last 7 days', keep: { pulledWithin: '7d' }, kept: ['fresh', 'used'] },
    {
      option: 'always',
      keep: always,
      kept: ['fresh', 'old', 'release-1', 'used', 'young'],
    },
  ])('retain $option', ({ keep, kept }) => {
    expect(outcomeOf([policyOf([{ name: 'r', tags: everything, keep }, restUntagged])], contents)).toMatchObject({
      kept,
      untagged: 0,
    });
  });

  it('retain the most recently pulled #: an age that reaches back over so many pulls keeps them', () => {
    const { kept } = outcomeOf(
      [policyOf([{ name: 'r', tags: everything, keep: { pulledWithin: '7d', latest: 2 } }])],
      contents,
    );
    expect(kept).toEqual(expect.arrayContaining(['fresh', 'used']));
  });

  it('several rules, retain always among them: the releases, and what was pushed within 30 days', () => {
    const policy = policyOf([
      { name: 'releases', tags: { glob: ['release-*'] }, keep: always },
      { name: 'young', tags: everything, keep: { pushedWithin: '30d' } },
    ]);
    expect(outcomeOf([policy], contents).kept).toEqual(['fresh', 'release-1', 'young']);
  });

  it('tags excluding a pattern, retain always: what the pattern names is selected and not kept, the others no rule speaks of', () => {
    const policy = policyOf([{ name: 'excluded', tags: { glob: ['o*', 'y*'] }, keep: {} }]);
    expect(outcomeOf([policy], contents).gone).toEqual(['old', 'young']);
  });

  it('repositories matching or excluding: nothing is done in the others', () => {
    const matching = policyOf([rest, restUntagged], { include: ['library/my_*'] });
    const excluding = policyOf([rest, restUntagged], {
      include: ['library/**'],
      exclude: ['library/*_3', 'library/app'],
    });
    expect(outcomeOf([matching, excluding], contents)).toMatchObject({ gone: [], untagged: 1 });
    const matched = repository('library/my_3', { a: {} });
    expect(outcomeOf([matching], matched).gone).toEqual(['a']);
    expect(outcomeOf([excluding], matched).gone).toEqual([]);
  });
});
