import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRetentionPolicy } from './retentionPolicy.ts';
import { told, whole } from './testing/told.ts';

const spec = {
  registryRef: { name: 'main' },
  repositories: { include: ['team-a/**'] },
  rules: [{ name: 'all', tags: { glob: ['*'] }, keep: { latest: 3 } }],
};

function resource(over: object, outer: object = {}): unknown {
  const metadata = { name: 'team-a', namespace: 'registry' };
  return {
    apiVersion: 'coppice.dev/v1alpha1',
    kind: 'RetentionPolicy',
    metadata,
    spec: { ...spec, ...over },
    ...outer,
  };
}

const withRule = (rule: object): unknown =>
  resource({ rules: [{ name: 'r', tags: { glob: ['*'] }, keep: {}, ...rule }] });
const mistakes = (document: unknown): readonly string[] => told(parseRetentionPolicy(document));

describe('a RetentionPolicy', () => {
  it('is read whole', () => {
    const document = resource(
      {
        mode: 'Enforce',
        schedule: '0 1 * * *',
        timeZone: 'Europe/Berlin',
        repositories: { include: ['team-a/**'], exclude: ['team-a/base'] },
        rules: [
          {
            name: 'releases',
            tags: { semver: '>=1.0.0' },
            keep: { latest: 10, orderBy: 'semver', pushedWithin: '90d', pulledWithin: '30d' },
          },
          { name: 'branches', tags: { glob: ['pr-*', 'branch-*'] }, keep: { pushedWithin: '14d' } },
          { name: 'nightly', tags: { regex: 'n[0-9]+' }, keep: {} },
          { name: 'untagged', tags: { untagged: true }, keep: { pushedWithin: '1w' } },
        ],
        limits: { maxDeletesPerRun: 500, maxDeletePercent: 20 },
        approvedPlan: `sha256:${'0a'.repeat(32)}`,
        suspend: true,
      },
      { status: { observedGeneration: 3 } },
    );
    const day = 86_400_000;
    expect(whole(parseRetentionPolicy(document))).toEqual({
      name: 'team-a',
      namespace: 'registry',
      registry: 'main',
      mode: 'Enforce',
      schedule: '0 1 * * *',
      timeZone: 'Europe/Berlin',
      policy: {
        name: 'registry/team-a',
        repositories: { include: ['team-a/**'], exclude: ['team-a/base'] },
        rules: [
          {
            name: 'releases',
            select: { by: 'semver', range: '>=1.0.0' },
            keep: { latest: 10, orderBy: 'semver', pushedWithinMs: 90 * day, pulledWithinMs: 30 * day },
          },
          {
            name: 'branches',
            select: { by: 'glob', globs: ['pr-*', 'branch-*'] },
            keep: { orderBy: 'pushed', pushedWithinMs: 14 * day },
          },
          { name: 'nightly', select: { by: 'regex', regex: 'n[0-9]+' }, keep: { orderBy: 'pushed' } },
          { name: 'untagged', select: { by: 'untagged' }, keep: { orderBy: 'pushed', pushedWithinMs: 7 * day } },
        ],
      },
      limits: { maxDeletesPerRun: 500, maxDeletePercent: 20 },
      approvedPlan: `sha256:${'0a'.repeat(32)}`,
      suspend: true,
    });
  });

  it('previews unless it says otherwise, and takes null for absent', () => {
    const document = resource(
      { approvedPlan: '', limits: null, schedule: null },
      { metadata: { name: 'a', labels: { x: 'y' }, uid: 'z' } },
    );
    expect(whole(parseRetentionPolicy(document))).toEqual({
      name: 'a',
      namespace: 'default',
      registry: 'main',
      mode: 'Preview',
      policy: {
        name: 'default/a',
        repositories: { include: ['team-a/**'], exclude: [] },
        rules: [{ name: 'all', select: { by: 'glob', globs: ['*'] }, keep: { latest: 3, orderBy: 'pushed' } }],
      },
      suspend: false,
    });
  });

  it('tells all its mistakes at once, each with its path', () => {
    const document = {
      apiVersion: 'coppice.dev/v1',
      kind: 'RetentionPolicy',
      metadata: { name: 'Team_A', namespce: 'registry' },
      spec: {
        registryRef: {},
        mode: 'Enforced',
        repositories: { include: [] },
        rules: [
          { name: 'releases', tags: { semver: 'newest' }, keep: { latest: -1 } },
          { name: 'branches', tags: { glob: ['pr-*', '[a-z]'] }, keep: { pushedWithin: '90 days', newest: 3 } },
          'none',
        ],
        suspend: 'no',
        retain: true,
      },
    };
    expect(mistakes(document)).toEqual([
      'apiVersion: must be coppice.dev/v1alpha1, got "coppice.dev/v1"',
      expect.stringMatching(/^metadata\.namespce: is not a field here; there are name, namespace, /),
      'metadata.name: must be a DNS-1123 subdomain (a-z, 0-9, "-" and ".", at most 253 characters), got "Team_A"',
      'spec.retain: is not a field here; there are registryRef, mode, schedule, timeZone, startingDeadlineSeconds, repositories, rules, limits, approvedPlan, suspend',
      'spec.registryRef.name: is required',
      'spec.mode: must be Preview or Enforce, got "Enforced"',
      'spec.repositories.include: must be a list of 1 to 256, got a list of 0',
      'spec.rules[0].tags.semver: is not a range of semantic versions, got "newest"',
      'spec.rules[0].keep.latest: must be a whole number from 0 to 1000000, got -1',
      'spec.rules[1].tags.glob[1]: must be a glob over tags ("*", "?" and the characters of tags, at most 128), got "[a-z]"',
      'spec.rules[1].keep.newest: is not a field here; there are latest, orderBy, pushedWithin, pulledWithin',
      'spec.rules[1].keep.pushedWithin: must be an age such as 90d or 1w12h (units w, d, h, m, s; at most a hundred years), got "90 days"',
      'spec.rules[2]: must be a mapping, got "none"',
      'spec.suspend: must be true or false, got "no"',
    ]);
  });

  it.each([
    { name: 'has no selector', rule: { tags: {} }, path: 'tags', says: /exactly one of .* has 0$/ },
    { name: 'has two', rule: { tags: { regex: 'a', untagged: true } }, path: 'tags', says: /exactly one of .* has 2$/ },
    {
      name: 'says untagged: false',
      rule: { tags: { regex: 'a', untagged: false } },
      path: 'tags.untagged',
      says: /true or absent/,
    },
    {
      name: 'has a regex that is a number',
      rule: { tags: { regex: 5 } },
      path: 'tags.regex',
      says: /^must be text, got 5$/,
    },
    {
      name: 'has a regex of Perl',
      rule: { tags: { regex: '(?=a)' } },
      path: 'tags.regex',
      says: /^is not RE2 syntax: .*, got "\(\?=a\)"$/,
    },
    { name: 'has a list for a text', rule: { name: ['a'] }, path: 'name', says: /got a list$/ },
    { name: 'has a mapping for a text', rule: { name: {} }, path: 'name', says: /got a mapping$/ },
    { name: 'has a fraction', rule: { keep: { latest: 1.5 } }, path: 'keep.latest', says: /got 1.5$/ },
    { name: 'has a text for a number', rule: { keep: { latest: '3' } }, path: 'keep.latest', says: /got "3"$/ },
    { name: 'has no keep', rule: { keep: null }, path: 'keep', says: /^is required$/ },
    { name: 'has keep as a list', rule: { keep: [] }, path: 'keep', says: /mapping, got a list$/ },
    {
      name: 'has a glob that is no list',
      rule: { tags: { glob: '*' } },
      path: 'tags.glob',
      says: /a list of 1 to 64, got "\*"$/,
    },
    {
      name: 'orders untagged manifests by version',
      rule: { tags: { untagged: true }, keep: { orderBy: 'semver' } },
      path: 'keep.orderBy',
      says: /no version/,
    },
    {
      name: 'has a name that is too long',
      rule: { name: 'a'.repeat(64) },
      path: 'name',
      says: /DNS-1123 label .*got "a{64}"$/,
    },
  ])('is refused when a rule $name', ({ rule, path, says }) => {
    const parsed = parseRetentionPolicy(withRule(rule));
    expect(parsed).toEqual({
      ok: false,
      mistakes: [{ path: `spec.rules[0].${path}`, says: expect.stringMatching(says) as string }],
    });
  });

  it.each([
    { name: 'a document that is none', document: 'x', says: ': must be a mapping, got "x"' },
    { name: 'nothing', document: null, says: ': must be a mapping, got null' },
    {
      name: 'another kind',
      document: resource({}, { kind: 'Registry' }),
      says: 'kind: must be RetentionPolicy, got "Registry"',
    },
    {
      name: 'a long object name',
      document: resource({}, { metadata: { name: 'a'.repeat(254) } }),
      says: 'metadata.name: ',
    },
    {
      name: 'a glob that is none',
      document: resource({ repositories: { include: ['a**'] } }),
      says: 'spec.repositories.include[0]: must be a glob over repositories',
    },
    {
      name: 'an empty schedule',
      document: resource({ schedule: '' }),
      says: 'spec.schedule: must be text of 1 to 128 characters, got ""',
    },
    {
      name: 'a long schedule',
      document: resource({ schedule: '*'.repeat(129) }),
      says: `spec.schedule: must be text of 1 to 128 characters, got "${'*'.repeat(64)}…"`,
    },
    {
      name: 'a plan that is no digest',
      document: resource({ approvedPlan: 'latest' }),
      says: 'spec.approvedPlan: must be the digest of a plan',
    },
    {
      name: 'a field that hides its name',
      document: resource({ 'a.b\n': 1 }),
      says: 'spec["a.b\\n"]: is not a field here',
    },
    {
      name: 'a field from the prototype',
      document: resource({ toString: 1 }),
      says: 'spec.toString: is not a field here',
    },
    { name: 'a strange field at the top', document: resource({}, { 'a b': 1 }), says: '["a b"]: is not a field here' },
  ])('is refused for $name', ({ document, says }) => {
    const [first, ...more] = mistakes(document);
    expect(first).toContain(says);
    expect(more).toEqual([]);
  });

  it('is refused when two rules have one name', () => {
    const rule = { name: 'r', tags: { glob: ['*'] }, keep: {} };
    expect(mistakes(resource({ rules: [rule, { ...rule, name: 's' }, rule] }))).toEqual([
      'spec.rules[2].name: is the name of rules[0] already',
    ]);
  });

  it('tells no more than a hundred mistakes, and does not look through a list that is too long', () => {
    const unknown = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`field-${at}`, at]));
    expect(mistakes(resource(unknown))).toHaveLength(100);
    expect(mistakes(resource({ rules: Array.from({ length: 65 }, () => 'x') }))).toEqual([
      'spec.rules: must be a list of 1 to 64, got a list of 65',
    ]);
  });

  it('is either whole or refused with a reason, whatever the document', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.constantFrom('registryRef', 'repositories', 'rules', 'limits', 'mode'),
        (any, field) => {
          const parsed = parseRetentionPolicy(resource({ [field]: any }));
          expect(parsed.ok || parsed.mistakes.length > 0).toBe(true);
        },
      ),
    );
  });
});
