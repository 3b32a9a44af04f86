import { describe, expect, it } from 'vitest';
import { parseDeleteRequest } from './deleteRequest.ts';
import { told, whole } from './testing/told.ts';

const digest = `sha256:${'9f'.repeat(32)}`;
const cutoff = '2026-11-20T00:00:00Z';

function resource(spec: object): unknown {
  return {
    apiVersion: 'coppice.dev/v1alpha1',
    kind: 'DeleteRequest',
    metadata: { name: 'dr-1', namespace: 'registry' },
    spec: { registryRef: { name: 'main' }, ...spec },
  };
}

const mistakes = (spec: object): readonly string[] => told(parseDeleteRequest(resource(spec)));

describe('a DeleteRequest', () => {
  it('is read whole', () => {
    const document = resource({
      targets: [
        { repository: 'team-a/app', digest },
        { repository: 'team-a/app', tag: 'v1.2.3', digest },
        { repository: 'team-a/app', tag: 'v1.2.4' },
        { repository: 'team-b/tmp', tagGlob: 'pr-*' },
        { repository: 'team-x/**' },
      ],
      cutoff,
      referrers: 'Keep',
      mode: 'Execute',
      approvedPlan: digest,
      activeDeadlineSeconds: 3600,
      ttlSecondsAfterFinished: 0,
      suspend: true,
      reason: 'CVE-2026-1234',
    });
    expect(whole(parseDeleteRequest(document))).toEqual({
      name: 'dr-1',
      namespace: 'registry',
      registry: 'main',
      targets: [
        { by: 'digest', repository: 'team-a/app', digest },
        { by: 'tag', repository: 'team-a/app', tag: 'v1.2.3', digest },
        { by: 'tag', repository: 'team-a/app', tag: 'v1.2.4' },
        { by: 'tagGlob', repository: 'team-b/tmp', glob: 'pr-*' },
        { by: 'repository', glob: 'team-x/**' },
      ],
      cutoff: Date.parse(cutoff),
      referrers: 'Keep',
      mode: 'Execute',
      approvedPlan: digest,
      activeDeadlineSeconds: 3600,
      ttlSecondsAfterFinished: 0,
      suspend: true,
      reason: 'CVE-2026-1234',
    });
  });

  it('previews unless it says otherwise, and needs no cutoff when every target has a digest', () => {
    const targets = [
      { repository: 'a', digest },
      { repository: 'a', tag: 'b', digest, tagGlob: null },
    ];
    expect(whole(parseDeleteRequest(resource({ targets, approvedPlan: '', ttlSecondsAfterFinished: null })))).toEqual({
      name: 'dr-1',
      namespace: 'registry',
      registry: 'main',
      targets: [
        { by: 'digest', repository: 'a', digest },
        { by: 'tag', repository: 'a', tag: 'b', digest },
      ],
      referrers: 'Delete',
      mode: 'Preview',
      suspend: false,
    });
  });

  it.each([{ tag: 'latest' }, { tagGlob: 'pr-*' }, {}])(
    'D1: needs a cutoff for a target without digest: %j',
    (target) => {
      const targets = [
        { repository: 'a', digest },
        { repository: 'a', ...target },
      ];
      expect(mistakes({ targets })).toEqual(['spec.cutoff: is required, because targets[1] has no digest']);
      expect(mistakes({ targets, cutoff })).toEqual([]);
    },
  );

  it.each([
    {
      name: 'a cutoff that is an age',
      spec: { cutoff: '7d' },
      says: 'spec.cutoff: must be a date and time with offset (RFC 3339) such as 2026-11-20T00:00:00Z, got "7d"',
    },
    { name: 'no targets', spec: { targets: [] }, says: 'spec.targets: must be a list of 1 to 100, got a list of 0' },
    {
      name: '101 targets',
      spec: { targets: Array.from({ length: 101 }, () => ({ repository: 'a', digest })) },
      says: 'spec.targets: must be a list of 1 to 100, got a list of 101',
    },
    {
      name: 'a tagGlob with a tag',
      spec: { targets: [{ repository: 'a', tag: 'x', tagGlob: '*' }] },
      says: 'spec.targets[0]: must not have a tagGlob beside a tag or a digest',
    },
    {
      name: 'a tagGlob with a digest',
      spec: { targets: [{ repository: 'a', digest, tagGlob: '*' }] },
      says: 'spec.targets[0]: must not have a tagGlob beside a tag or a digest',
    },
    {
      name: 'a digest in many repositories',
      spec: { targets: [{ repository: 'a/**', digest }] },
      says: 'spec.targets[0].repository: must be the name of one repository where a digest, tag or tagGlob is given, got "a/**"',
    },
    {
      name: 'a short digest',
      spec: { targets: [{ repository: 'a', digest: 'sha256:9f' }] },
      says: 'spec.targets[0].digest: must be a digest (sha256: and 64, or sha512: and 128 characters of 0-9 and a-f), got "sha256:9f"',
    },
    {
      name: 'a target without repository',
      spec: { targets: [{ digest }] },
      says: 'spec.targets[0].repository: is required',
    },
    {
      name: 'a slip of the pen',
      spec: { targets: [{ repository: 'a', tga: 'x' }] },
      says: 'spec.targets[0].tga: is not a field here; there are repository, digest, tag, tagGlob',
    },
    {
      name: 'a deadline of nothing',
      spec: { activeDeadlineSeconds: 0 },
      says: 'spec.activeDeadlineSeconds: must be a whole number from 1 to 2147483647, got 0',
    },
    {
      name: 'a mode of policies',
      spec: { mode: 'Enforce' },
      says: 'spec.mode: must be Preview or Execute, got "Enforce"',
    },
  ])('is refused for $name', ({ spec, says }) => {
    expect(mistakes({ targets: [{ repository: 'a', digest }], cutoff, ...spec })).toEqual([says]);
  });
});
