import { describe, expect, it } from 'vitest';
import { always, days, hours, type Outcome, outcomeOf, policyOf, repository } from './testing/golden.ts';

/*
 * zot documentation, "Configuring zot Tag Retention Policies": the examples of that page as RetentionPolicies.
 *
 * - There a repository obeys the first policy that names it; here every policy that names it has a say, and keeping wins. So each policy excludes what the
 *   earlier ones include. Where that is forgotten, more is kept.
 * - `keepTags` with at least one entry lets every other tag go: a rule of its own here, `rest`, that keeps nothing. A policy without `keepTags` has no rule
 *   over tags. Patterns without another rule keep always.
 * - `deleteUntagged` is a rule over untagged manifests, and `delay` its `pushedWithin`. `deleteReferrers` is none of a policy's business here: a referrer
 *   goes with its subject.
 * - `mostRecentlyPulledCount` has no equal: no rule counts by pull. What it keeps is kept by an age that reaches back over so many pulls.
 */
const rest = { name: 'rest', tags: { glob: ['*'] }, keep: {} };
const untaggedAfter = (pushedWithin: string): object => ({
  name: 'untagged',
  tags: { untagged: true },
  keep: { pushedWithin },
});

/** As in a repository where two untagged manifests lie: one of two hours ago, one of two days ago. */
const twoUntagged = [{ pushed: hours(2) }, { pushed: days(2) }];

describe('the simple policy example of zot', () => {
  const first = policyOf(
    [
      {
        name: 'keep',
        tags: { regex: 'v2.*|.*-prod' },
        // `mostRecentlyPulledCount: 10` is covered by the age, and only in part where ten pulls reach further back.
        keep: { latest: 10, pulledWithin: '720h', pushedWithin: '720h' },
      },
      rest,
      untaggedAfter('24h'),
    ],
    { name: 'first', include: ['infra/*', 'tmp/**'] },
  );
  const byDefault = policyOf([{ name: 'default', tags: { regex: '.*' }, keep: always }], {
    name: 'default',
    exclude: ['infra/*', 'tmp/**'],
  });
  const both = [first, byDefault];

  it('keeps a tag by its pattern and any one of the rules; the rules count only what the pattern matches', () => {
    const old = { pushed: days(100), pulled: days(90) };
    const newer = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`v2.${at}`, { ...old, pushed: days(99) }]));
    const outcome = outcomeOf(
      both,
      repository(
        'infra/app',
        {
          ...newer,
          'v2.old': old,
          'v2.used': { ...old, pulled: days(29) },
          'x-prod': { ...old, pushed: days(29) },
          'v3.new': { pushed: hours(1), pulled: hours(1) },
        },
        twoUntagged,
      ),
    );
    // Ten are the most recently pushed of what the pattern matches: x-prod and nine of v2.0 to v2.9; the tenth of those goes with v2.old.
    expect(outcome).toMatchObject({ gone: ['v2.9', 'v2.old', 'v3.new'], untagged: 1 });
  });

  it('retains every tag of a repository that only the default policy names', () => {
    const contents = repository('other/app', { a: { pushed: days(999), pulled: days(999) } }, twoUntagged);
    expect(outcomeOf(both, contents)).toEqual({ kept: ['a'], gone: [], untagged: 2 });
  });
});

describe('the complete configuration example of zot', () => {
  const always1 = { name: 'always', tags: { regex: 'v2.*|.*-prod' }, keep: always };
  const policies = [
    policyOf(
      [
        always1,
        { name: 'pulled', tags: { regex: 'v3.*|.*-prod' }, keep: { pulledWithin: '168h' } },
        rest,
        untaggedAfter('24h'),
      ],
      { name: 'infra', include: ['infra/*', 'prod/*'] },
    ),
    policyOf(
      [
        { name: 'first', tags: { regex: 'v1.*' }, keep: { pulledWithin: '168h', pushedWithin: '168h' } },
        rest,
        untaggedAfter('24h'),
      ],
      { name: 'tmp', include: ['tmp/**'] },
    ),
    policyOf(
      [
        { name: 'all', tags: { regex: '.*' }, keep: { latest: 10, pulledWithin: '720h', pushedWithin: '720h' } },
        untaggedAfter('24h'),
      ],
      { name: 'others', exclude: ['infra/*', 'prod/*', 'tmp/**', 'a/infra/*', 'a/prod/*'] },
    ),
    // Of the subpath, with the default delay of an hour; it has no `keepTags`, so no rule over tags.
    policyOf([untaggedAfter('1h')], { name: 'subpath', include: ['a/infra/*', 'a/prod/*'] }),
  ];
  const of = (
    name: string,
    tags: Parameters<typeof repository>[1],
    untagged: Parameters<typeof repository>[2] = twoUntagged,
  ): Outcome => outcomeOf(policies, repository(name, tags, untagged));
  const long = { pushed: days(300), pulled: days(300) };
  const lately = { pushed: days(300), pulled: days(6) };

  it.each(['infra/app', 'prod/app'])(
    '%s: v2.* and .*-prod stay, v3.* when pulled within 168h, all else goes',
    (name) => {
      expect(
        of(name, { 'v2.1': long, 'x-prod': long, 'v3.1': lately, 'v3.0': long, 'v1.0': lately, latest: lately }),
      ).toEqual({ kept: ['v2.1', 'v3.1', 'x-prod'], gone: ['latest', 'v1.0', 'v3.0'], untagged: 1 });
    },
  );

  it.each(['tmp/app', 'tmp/deep/app'])('%s: v1.* stays when pulled or pushed within 168h, all else goes', (name) => {
    const pushed = { pushed: days(6), pulled: days(300) };
    expect(of(name, { 'v1.1': lately, 'v1.2': pushed, 'v1.0': long, 'v2.0': pushed })).toEqual({
      kept: ['v1.1', 'v1.2'],
      gone: ['v1.0', 'v2.0'],
      untagged: 1,
    });
  });

  it('a/infra/…: all tags stay, and untagged ones pushed within the last hour', () => {
    const untagged = [{ pushed: hours(0.5) }, { pushed: hours(2) }];
    expect(of('a/infra/app', { old: long }, untagged)).toEqual({ kept: ['old'], gone: [], untagged: 1 });
  });

  it('every other repository: 720h by pull or push, or among the 10 most recently pushed', () => {
    const older = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [
        `old-${String.fromCharCode(97 + at)}`,
        { ...long, pushed: days(400 + at) },
      ]),
    );
    const outcome = of('team/app', {
      ...older,
      pulled: { pushed: days(900), pulled: days(29) },
      pushed: { pushed: days(29), pulled: days(29) },
    });
    // The newest ten by push are `pushed` and old-a to old-i.
    expect(outcome).toMatchObject({ gone: ['old-j', 'old-k', 'old-l'], untagged: 1 });
    expect(outcome.kept).toContain('pulled');
  });

  it('an asterisk stays on its level: infra/a/b is one of the others', () => {
    const versions = { 'v3.0': long, 'v2.1': long };
    expect(of('infra/app', versions).gone).toEqual(['v3.0']);
    expect(of('infra/a/b', versions).gone).toEqual([]);
  });

  it('keeps more, never less, where a later policy forgets to exclude what an earlier one includes', () => {
    const careless = policies.map((policy) => ({
      ...policy,
      repositories: { ...policy.repositories, exclude: [] as string[] },
    }));
    const contents = repository('tmp/app', { 'v1.0': long, 'v2.0': { pushed: days(6), pulled: days(300) } });
    expect(outcomeOf(policies, contents).gone).toEqual(['v1.0', 'v2.0']);
    expect(outcomeOf(careless, contents).gone).toEqual([]);
  });
});

describe('the notes on configuration of zot', () => {
  const contents = repository('team/app', { a: { pushed: days(99), pulled: days(99) } }, twoUntagged);

  it('a repository that no policy names keeps everything', () => {
    expect(outcomeOf([policyOf([rest, untaggedAfter('1h')], { include: ['infra/*'] })], contents).gone).toEqual([]);
  });

  it('without keepTags all tags are retained, also where untagged ones go', () => {
    expect(outcomeOf([policyOf([untaggedAfter('1h')])], contents)).toEqual({ kept: ['a'], gone: [], untagged: 0 });
  });

  it('the most recently pulled: the age that ten pulls reach back over keeps them all', () => {
    const tags = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`t${at}`, { pushed: days(500), pulled: days(at + 1) }]),
    );
    const policy = policyOf([{ name: 'pulled', tags: { glob: ['*'] }, keep: { pulledWithin: '10d' } }]);
    const { kept } = outcomeOf([policy], repository('team/app', tags));
    expect(kept).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7', 't8', 't9']);
  });
});
