import { describe, expect, it } from 'vitest';
import { always, days, hours, outcomeOf, policyOf, repository } from './testing/golden.ts';

/*
 * GitLab documentation, "Reduce container registry storage", section "Cleanup policy": its examples as RetentionPolicies.
 *
 * A cleanup policy removes a tag when all of `name_regex` (or `name_regex_delete`), `older_than` and `keep_n` say so, and never `latest` nor what
 * `name_regex_keep` matches: those are rules here that keep always. It never removes what is untagged: no rule speaks of it.
 *
 * `keep_n` there counts what is left when `latest` and the tags of `name_regex_keep` have been set aside; `latest: n` here counts among all that its rule
 * selects, and RE2 cannot say "all but these". There are two ways: a selector that names what may go, which is exact; or a count that has room for what is
 * kept anyway, which keeps more.
 */
const latest = { name: 'latest', tags: { glob: ['latest'] }, keep: always };

describe('the example workflow of a cleanup policy of GitLab', () => {
  const contents = repository(
    'group/project',
    {
      latest: { pushed: hours(2) },
      'production-v44': { pushed: days(3) },
      'production-v43': { pushed: days(6) },
      'production-v42': { pushed: days(11) },
      'dev-v44': { pushed: days(2) },
      'dev-v43': { pushed: days(5) },
      'dev-v42': { pushed: days(10) },
      v44: { pushed: days(1) },
      v43: { pushed: days(12) },
      v42: { pushed: days(20) },
    },
    [{ pushed: days(99) }],
  );
  const production = { name: 'production', tags: { regex: 'production-.*' }, keep: always };

  it('removes dev-v42, v43 and v42, and nothing untagged', () => {
    const expire = { name: 'expire', tags: { regex: '.*' }, keep: { latest: 1, pushedWithin: '7d' } };
    expect(outcomeOf([policyOf([expire, latest, production])], contents)).toMatchObject({
      gone: ['dev-v42', 'v42', 'v43'],
      untagged: 1,
    });
  });

  it('says the same with a selector that names what may go', () => {
    const expire = { name: 'expire', tags: { regex: '(?:dev-)?v[0-9]+' }, keep: { latest: 1, pushedWithin: '7d' } };
    expect(outcomeOf([policyOf([expire])], contents).gone).toEqual(['dev-v42', 'v42', 'v43']);
  });

  it('keep rules come first: each tag that stays says which one keeps it', () => {
    const expire = { name: 'expire', tags: { regex: '.*' }, keep: { latest: 1, pushedWithin: '7d' } };
    const without = (...rules: object[]): readonly string[] => outcomeOf([policyOf(rules)], contents).gone;
    expect(without(expire, latest)).toEqual(['dev-v42', 'production-v42', 'v42', 'v43']);
    expect(without(expire)).not.toContain('latest'); // published two hours ago
  });
});

describe('keep_n of GitLab, where what is kept anyway is newer than the rest', () => {
  const contents = repository('group/project', {
    latest: { pushed: hours(2) },
    main: { pushed: days(1) },
    v2: { pushed: days(20) },
    v1: { pushed: days(30) },
  });
  const main = { name: 'main', tags: { regex: 'main' }, keep: always };

  it('a selector that names what may go: v2 is the one to keep, as there', () => {
    const expire = { name: 'expire', tags: { regex: 'v.+' }, keep: { latest: 1, pushedWithin: '7d' } };
    expect(outcomeOf([policyOf([expire, latest, main])], contents).gone).toEqual(['v1']);
  });

  it('a selector over all names: the count needs room for latest and main', () => {
    const expire = (count: number): object => ({
      name: 'expire',
      tags: { regex: '.*' },
      keep: { latest: count, pushedWithin: '7d' },
    });
    expect(outcomeOf([policyOf([expire(1), latest, main])], contents).gone).toEqual(['v1', 'v2']); // one more than there
    expect(outcomeOf([policyOf([expire(1 + 2), latest, main])], contents).gone).toEqual(['v1']);
  });

  it('room for more than there are keeps more', () => {
    const expire = { name: 'expire', tags: { regex: '.*' }, keep: { latest: 1 + 5, pushedWithin: '7d' } };
    expect(outcomeOf([policyOf([expire, latest, main])], contents).gone).toEqual([]);
  });
});

describe('the API examples of GitLab', () => {
  it('keep_n 1, older_than 14d, name_regex .*, name_regex_keep .*-main', () => {
    const contents = repository('group/project', {
      'app-main': { pushed: days(300) },
      newest: { pushed: days(40) },
      older: { pushed: days(50) },
      oldest: { pushed: days(60) },
    });
    const policy = policyOf([
      { name: 'expire', tags: { regex: '.*' }, keep: { latest: 1, pushedWithin: '14d' } },
      { name: 'main', tags: { regex: '.*-main' }, keep: always },
      latest,
    ]);
    expect(outcomeOf([policy], contents).gone).toEqual(['older', 'oldest']);
  });

  it('a tag goes only when every remove rule says so: an old one that no regex names stays, a young one that it names as well', () => {
    const contents = repository('group/project', {
      'dev-1': { pushed: days(40) },
      'dev-2': { pushed: days(3) },
      'release-1': { pushed: days(400) },
    });
    const policy = policyOf([{ name: 'expire', tags: { regex: 'dev-.*' }, keep: { pushedWithin: '30d' } }, latest]);
    expect(outcomeOf([policy], contents).gone).toEqual(['dev-1']);
  });
});

describe('the regex pattern examples of GitLab, anchored at both ends there as here', () => {
  const names = ['v', 'v1', 'main', 'main-2', 'release', 'release-1', 'dev'];

  it.each([
    { regex: '.*', matched: ['dev', 'main', 'main-2', 'release', 'release-1', 'v', 'v1'] },
    { regex: 'v.+', matched: ['v1'] },
    { regex: 'main', matched: ['main'] },
    { regex: 'release.*', matched: ['release', 'release-1'] },
    { regex: '(?:v.+|main|release.*)', matched: ['main', 'release', 'release-1', 'v1'] },
  ])('$regex', ({ regex, matched }) => {
    const contents = repository('group/project', Object.fromEntries(names.map((name) => [name, { pushed: days(99) }])));
    expect(outcomeOf([policyOf([{ name: 'expire', tags: { regex }, keep: {} }])], contents).gone).toEqual(matched);
  });
});
