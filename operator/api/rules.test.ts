import { describe, expect, it } from 'vitest';
import { definitions } from './definitions.ts';
import type { Rule, Schema } from './schema.ts';
import { admitted, refusals } from './testing/admitting.ts';
import { cutoff, digest, examples, exampleWith } from './testing/examples.ts';
import type { Kinds } from './types.ts';

type Kind = keyof Kinds;

const target = { repository: 'a', digest };
const rule = { name: 'r', tags: { glob: ['*'] }, keep: {} };

/** Each rule of `crds/`, and an object that it is there for. */
const broken: readonly { kind: Kind; spec: object; says: string }[] = [
  {
    kind: 'Registry',
    spec: { endpoints: undefined },
    says: 'spec: Invalid value: must have exactly one of endpoints and replicas',
  },
  {
    kind: 'Registry',
    spec: { replicas: { podSelector: { matchLabels: { a: 'b' } } } },
    says: 'spec: Invalid value: must have exactly one of endpoints and replicas',
  },
  {
    kind: 'Registry',
    spec: { collection: { timeZone: 'Europe/Berlin' } },
    says: 'spec.collection.timeZone: Invalid value: timeZone means nothing without schedule',
  },
  {
    kind: 'Registry',
    spec: { collection: { startingDeadlineSeconds: 1 } },
    says: 'spec.collection.startingDeadlineSeconds: Invalid value: startingDeadlineSeconds means nothing without schedule',
  },
  ...['0s', '59s', '168h1s', '99999h99999h'].map((duration) => ({
    kind: 'Registry' as const,
    spec: { collection: { allowed: [{ schedule: '0 2 * * *', duration }] } },
    says: `spec.collection.allowed[0].duration: Invalid value: "${duration}": must be from 1m to 168h`,
  })),
  {
    kind: 'RetentionPolicy',
    spec: { schedule: null, startingDeadlineSeconds: null },
    says: 'spec.timeZone: Invalid value: timeZone means nothing without schedule',
  },
  {
    kind: 'RetentionPolicy',
    spec: { schedule: null, timeZone: null },
    says: 'spec.startingDeadlineSeconds: Invalid value: startingDeadlineSeconds means nothing without schedule',
  },
  ...['a**', '**a', 'a/b**/c', '***'].flatMap((glob) => [
    {
      kind: 'RetentionPolicy' as const,
      spec: { repositories: { include: [glob] } },
      says: `spec.repositories.include[0]: Invalid value: "${glob}": ** must be a whole segment of the name`,
    },
    {
      kind: 'RetentionPolicy' as const,
      spec: { repositories: { include: ['**'], exclude: [glob] } },
      says: `spec.repositories.exclude[0]: Invalid value: "${glob}": ** must be a whole segment of the name`,
    },
    {
      kind: 'DeleteRequest' as const,
      spec: { targets: [{ repository: glob }] },
      says: `spec.targets[0].repository: Invalid value: "${glob}": ** must be a whole segment of the name`,
    },
  ]),
  ...[{}, { regex: 'a', untagged: true }, { glob: ['a'], semver: '*' }].map((tags) => ({
    kind: 'RetentionPolicy' as const,
    spec: { rules: [{ ...rule, tags }] },
    says: 'spec.rules[0].tags: Invalid value: must have exactly one of glob, regex, semver and untagged',
  })),
  {
    kind: 'RetentionPolicy',
    spec: { rules: [{ ...rule, tags: { untagged: true }, keep: { latest: 1, orderBy: 'semver' } }] },
    says: 'spec.rules[0].keep.orderBy: Invalid value: must not be semver for untagged manifests: they have no version',
  },
  ...[{ tag: 'latest' }, { tagGlob: 'pr-*' }, {}].map((loose) => ({
    kind: 'DeleteRequest' as const,
    spec: { cutoff: null, targets: [target, { repository: 'a', ...loose }] },
    says: 'spec.cutoff: Required value: cutoff is required unless every target has a digest: what is pushed later under the same name would be deleted, too',
  })),
  ...[{ tag: 'a' }, { digest }].map((beside) => ({
    kind: 'DeleteRequest' as const,
    spec: { targets: [{ repository: 'a', tagGlob: '*', ...beside }] },
    says: 'spec.targets[0].tagGlob: Invalid value: must not have a tagGlob beside a tag or a digest',
  })),
  ...[{ tag: 'a' }, { digest }, { tagGlob: '*' }].flatMap((beside) =>
    ['a/*', 'a?', '**'].map((repository) => ({
      kind: 'DeleteRequest' as const,
      spec: { targets: [{ repository, ...beside }] },
      says: 'spec.targets[0].repository: Invalid value: must be the name of one repository where a digest, tag or tagGlob is given',
    })),
  ),
  {
    kind: 'DeleteRequest',
    spec: { cutoff: '2026-11-20T00:00:00+99:00' },
    says: 'spec: Invalid value: "object": Invalid date-time formatted string 2026-11-20T00:00:00+99:00 evaluating rule: cutoff is required unless every target has a digest: what is pushed later under the same name would be deleted, too',
  },
];

/** Each rule about changes, and a change that it is there for. */
const changes: readonly { kind: Kind; spec: object; from?: object; says: string }[] = [
  {
    kind: 'DeleteRequest',
    spec: { registryRef: { name: 'other' } },
    says: 'spec.registryRef: Invalid value: registryRef is immutable',
  },
  {
    kind: 'DeleteRequest',
    spec: { targets: [target] },
    says: 'spec.targets: Invalid value: targets are immutable',
  },
  {
    kind: 'DeleteRequest',
    spec: { cutoff: '2026-11-20T00:00:01Z' },
    says: 'spec.cutoff: Invalid value: cutoff is immutable',
  },
  {
    kind: 'DeleteRequest',
    from: { targets: [target] },
    spec: { targets: [target], cutoff: null },
    says: 'spec.cutoff: Invalid value: cutoff is immutable',
  },
  {
    kind: 'DeleteRequest',
    from: { targets: [target], cutoff: null },
    spec: { cutoff },
    says: 'spec.cutoff: Invalid value: cutoff is immutable',
  },
  {
    kind: 'DeleteRequest',
    spec: { referrers: 'Keep' },
    says: 'spec.referrers: Invalid value: "Keep": referrers is immutable',
  },
  ...[{ registryRef: { name: 'other' } }, { mode: 'Preview' }, { untagged: null }, { limits: null }].map((spec) => ({
    kind: 'CollectionRun' as const,
    spec,
    says: 'spec: Invalid value: spec is immutable',
  })),
];

describe('a rule', () => {
  it.each(broken)('refuses, of a new $kind, $says', ({ kind, spec, says }) => {
    expect(refusals(kind, exampleWith(kind, spec))).toEqual([says]);
  });

  it.each(changes)('refuses, of a changed $kind, $says', ({ kind, spec, from = {}, says }) => {
    const old = admitted(kind, exampleWith(kind, from));
    expect(refusals(kind, exampleWith(kind, { ...from, ...spec }), old)).toEqual([says]);
    expect(refusals(kind, exampleWith(kind, { ...from, ...spec }))).toEqual([]);
  });

  it('that stands in crds/ was seen to refuse', () => {
    const said = [...broken, ...changes].map(({ says }) => says);
    for (const { message } of Object.values(definitions).flatMap(({ schema }) => rulesOf(schema))) {
      expect(said.filter((says) => says.includes(message))).not.toEqual([]);
    }
  });

  it('lets a DeleteRequest be executed, suspended, explained and shortened', () => {
    const old = admitted('DeleteRequest', examples.DeleteRequest);
    const allowed = {
      mode: 'Execute',
      approvedPlan: digest,
      suspend: true,
      reason: 'another',
      ttlSecondsAfterFinished: 60,
      activeDeadlineSeconds: null,
      cutoff: '2026-11-20T01:00:00+01:00', // the same moment
    };
    expect(refusals('DeleteRequest', exampleWith('DeleteRequest', allowed), old)).toEqual([]);
  });

  it('is not asked again about what did not change: what was admitted once can be edited', () => {
    const rules = [{ name: 'Old', tags: {}, keep: {} }];
    const { spec, status } = admitted('RetentionPolicy', examples.RetentionPolicy);
    const old = { spec: { ...spec, rules }, status };
    expect(refusals('RetentionPolicy', exampleWith('RetentionPolicy', { rules, suspend: true }), old)).toEqual([]);
    const more = [...rules, { name: 'Older', tags: {}, keep: {} }];
    expect(refusals('RetentionPolicy', exampleWith('RetentionPolicy', { rules: more }), old)).toEqual([
      `spec.rules[1].name: Invalid value: "Older": spec.rules[1].name in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'`,
      'spec.rules[1].tags: Invalid value: must have exactly one of glob, regex, semver and untagged',
    ]);
  });
});

function rulesOf(schema: Schema): readonly Rule[] {
  const own = schema.rules ?? [];
  if (schema.type === 'array') return [...own, ...rulesOf(schema.items)];
  return schema.type === 'object' ? [...own, ...Object.values(schema.properties ?? {}).flatMap(rulesOf)] : own;
}
