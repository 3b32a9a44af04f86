import type { EachPlan } from '../../../core/admin/schema.ts';
import type { Condition, RegistrySpec, RetentionPolicySpec, RetentionPolicyStatus } from '../../api/types.ts';
import { apiVersion, type Metadata, type Resource } from '../../resources/home.ts';
import type { Planned } from '../../planning/ports.ts';

export const noon = Date.parse('2026-11-23T12:00:00Z');
export const digestA = `sha256:${'a'.repeat(64)}`;
export const digestB = `sha256:${'b'.repeat(64)}`;

export const someSpec: RetentionPolicySpec = {
  registryRef: { name: 'main' },
  mode: 'Preview',
  repositories: { include: ['team-a/**'] },
  rules: [{ name: 'branches', tags: { glob: ['pr-*'] }, keep: { pushedWithin: '14d' } }],
  suspend: false,
};

function metadataOf(name: string, metadata: Partial<Metadata>): Metadata {
  return {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-11-23T00:30:00Z',
    ...metadata,
  };
}

export function policyOf(
  spec: Partial<RetentionPolicySpec> = {},
  status: Partial<RetentionPolicyStatus> = {},
  metadata: Partial<Metadata> = {},
): Resource<'RetentionPolicy'> {
  return {
    apiVersion,
    kind: 'RetentionPolicy',
    metadata: metadataOf(metadata.name ?? 'team-a', metadata),
    spec: { ...someSpec, ...spec },
    status: { observedGeneration: -1, ...status },
  };
}

export function requestOf(name: string): Resource<'DeleteRequest'> {
  return {
    apiVersion,
    kind: 'DeleteRequest',
    metadata: metadataOf(name, {}),
    spec: {
      registryRef: { name: 'main' },
      targets: [{ repository: 'team-a/app', digest: digestA }],
      mode: 'Execute',
      approvedPlan: digestB,
      suspend: true,
    },
    status: { observedGeneration: -1 },
  };
}

/** Coherent, unless `ready` says otherwise; `undefined`: nobody has looked yet. */
export function registryOf(
  spec: Partial<RegistrySpec> = {},
  ready: Partial<Condition> | undefined = {},
): Resource<'Registry'> {
  return {
    apiVersion,
    kind: 'Registry',
    metadata: metadataOf('main', {}),
    spec: { endpoints: ['http://127.0.0.1:5443'], limits: { maxDeletesPerRun: 5000 }, ...spec },
    status: { observedGeneration: 1, conditions: [readyOf(ready)] },
  };
}

export function readyOf(ready: Partial<Condition> = {}): Condition {
  return {
    type: 'Ready',
    status: 'True',
    observedGeneration: 1,
    lastTransitionTime: '2026-11-23T00:31:00Z',
    reason: 'Coherent',
    message: 'as it should be',
    ...ready,
  };
}

export function planOf(name: string, counts: Partial<EachPlan> = {}): EachPlan {
  return {
    kind: 'RetentionPolicy',
    name: `default/${name}`,
    digest: digestA,
    entries: 3,
    repositories: 2,
    tags: 3,
    manifests: 2,
    uniqueBytes: 1000,
    protected: 1,
    topRepositories: [{ repository: 'team-a/app', tags: 3, manifests: 2 }],
    items: 4,
    ...counts,
  };
}

export function plannedOf(counts: Partial<EachPlan> = {}, run = 'plan-main-1'): Planned {
  return { is: 'planned', run, at: '2026-11-23T11:59:58Z', plan: planOf('team-a', counts) };
}

/** As a policy is once `plannedOf(counts)` was written down. */
export function evaluatedStatus(
  counts: Partial<EachPlan> = {},
  generation = 1,
): Pick<RetentionPolicyStatus, 'lastEvaluation' | 'report'> {
  const { digest, repositories, tags, manifests, uniqueBytes, protected: spared, topRepositories } = planOf('', counts);
  const evaluated = { repositories, tags, manifests, uniqueBytes, protected: spared, topRepositories };
  return {
    lastEvaluation: { time: '2026-11-23T11:59:58Z', generation, planDigest: digest, ...evaluated },
    report: { run: 'plan-main-1', items: 4 },
  };
}
