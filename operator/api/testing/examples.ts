import type { Kinds } from '../types.ts';

export const digest = `sha256:${'9f'.repeat(32)}`;
export const cutoff = '2026-11-20T00:00:00Z';

type Document = Readonly<Record<string, unknown>> & { readonly spec: Readonly<Record<string, unknown>> };

/** A document of each kind that says all that one can say, as a person would write it: null and empty texts stand for nothing. */
export const examples: Readonly<Record<keyof Kinds, Document>> = {
  Registry: {
    apiVersion: 'coppice.dev/v1alpha1',
    kind: 'Registry',
    metadata: { name: 'main', namespace: 'registry' },
    spec: {
      endpoints: ['https://127.0.0.1:5443'],
      auth: { tokenFile: '/run/secrets/coppice/token' },
      collection: {
        schedule: '30 2 * * *',
        timeZone: 'Europe/Berlin',
        startingDeadlineSeconds: 3600,
        allowed: [{ schedule: '0 2 * * *', duration: '2h' }],
        untagged: 'Keep',
        successfulRunsHistoryLimit: 3,
        failedRunsHistoryLimit: 3,
      },
      protections: {
        cluster: { namespaces: [], kinds: [] },
        aliases: ['registry.example.com', 'mirror.example.com:5000'],
      },
      limits: { unapprovedDeletes: 0, maxDeletesPerRun: 5000, maxDeletePercent: 30 },
      readOnly: { enabled: false, reason: '' },
      suspend: false,
    },
  },
  RetentionPolicy: {
    apiVersion: 'coppice.dev/v1alpha1',
    kind: 'RetentionPolicy',
    metadata: { name: 'team-a', namespace: 'registry' },
    spec: {
      registryRef: { name: 'main' },
      mode: 'Preview',
      schedule: '0 1 * * *',
      timeZone: 'Europe/Berlin',
      startingDeadlineSeconds: 3600,
      repositories: { include: ['team-a/**'], exclude: ['team-a/base'] },
      rules: [
        {
          name: 'releases',
          tags: { semver: '>=1.0.0' },
          keep: { latest: 10, orderBy: 'semver', pushedWithin: '90d', pulledWithin: '1w12h' },
        },
        { name: 'branches', tags: { glob: ['pr-*', 'branch-*'] }, keep: { pushedWithin: '14d' } },
        { name: 'nightly', tags: { regex: 'nightly-[0-9]{8}' }, keep: {} },
        { name: 'untagged', tags: { untagged: true }, keep: { pushedWithin: '7d' } },
      ],
      limits: { maxDeletesPerRun: 500, maxDeletePercent: 20 },
      approvedPlan: '',
      suspend: false,
    },
  },
  DeleteRequest: {
    apiVersion: 'coppice.dev/v1alpha1',
    kind: 'DeleteRequest',
    metadata: { name: 'dr-1', namespace: 'registry' },
    spec: {
      registryRef: { name: 'main' },
      targets: [
        { repository: 'team-a/app', digest },
        { repository: 'team-a/app', tag: 'v1.2.3', digest },
        { repository: 'team-b/tmp', tagGlob: 'pr-*' },
        { repository: 'team-x/**' },
      ],
      cutoff,
      referrers: 'Delete',
      mode: 'Preview',
      approvedPlan: '',
      activeDeadlineSeconds: 3600,
      ttlSecondsAfterFinished: null,
      suspend: false,
      reason: 'CVE-2026-1234, ticket OPS-77',
    },
  },
  CollectionRun: {
    apiVersion: 'coppice.dev/v1alpha1',
    kind: 'CollectionRun',
    metadata: { name: 'main-29384710', namespace: 'registry' },
    spec: { registryRef: { name: 'main' }, mode: 'Execute', untagged: 'Keep', limits: { maxDeletesPerRun: 9000 } },
  },
};

/** The example of a kind with other fields in its spec; one that is undefined is absent. */
export function exampleWith(kind: keyof Kinds, spec: object, outer: object = {}): Document {
  const example = examples[kind];
  return { ...example, ...outer, spec: { ...example.spec, ...spec } };
}
