import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, validateStatus } from './admission.ts';
import { admitted, refusals } from './testing/admitting.ts';
import { digest, examples, exampleWith } from './testing/examples.ts';
import type { DeleteRequestStatus, Kinds } from './types.ts';

const kinds: readonly (keyof Kinds)[] = ['Registry', 'RetentionPolicy', 'DeleteRequest', 'CollectionRun'];
const target = { repository: 'a', digest };
const rule = { name: 'r', tags: { glob: ['*'] }, keep: {} };

describe('an object', () => {
  it.each(kinds)('is admitted that says all that a %s can say', (kind) => {
    const { metadata, status, ...rest } = admitted(kind, examples[kind]);
    expect(metadata).toEqual(examples[kind]['metadata']);
    expect(status).toEqual({ observedGeneration: -1 });
    const spec = Object.entries(examples[kind].spec).filter(([, value]) => value !== null);
    expect(rest).toEqual({ apiVersion: 'coppice.dev/v1alpha1', kind, spec: Object.fromEntries(spec) });
  });

  it.each([
    {
      kind: 'Registry',
      spec: { replicas: { podSelector: { matchLabels: { app: 'registry' } } }, collection: {}, limits: {} },
      with: {
        replicas: { podSelector: { matchLabels: { app: 'registry' } }, adminPort: 5443 },
        collection: { untagged: 'Keep', successfulRunsHistoryLimit: 3, failedRunsHistoryLimit: 3 },
        limits: { unapprovedDeletes: 0 },
        suspend: false,
      },
    },
    {
      kind: 'RetentionPolicy',
      spec: { registryRef: { name: 'main' }, repositories: { include: ['**'] }, rules: [rule] },
      with: {
        registryRef: { name: 'main' },
        mode: 'Preview',
        repositories: { include: ['**'] },
        rules: [rule],
        suspend: false,
      },
    },
    {
      kind: 'DeleteRequest',
      spec: { registryRef: { name: 'main' }, targets: [target], mode: null, reason: null },
      with: {
        registryRef: { name: 'main' },
        targets: [target],
        referrers: 'Delete',
        mode: 'Preview',
        suspend: false,
      },
    },
    {
      kind: 'CollectionRun',
      spec: { registryRef: { name: 'main' } },
      with: { registryRef: { name: 'main' }, mode: 'Preview' },
    },
  ] as const)('gets the defaults of a $kind, and loses what is null', ({ kind, spec, with: expected }) => {
    const document = { apiVersion: 'coppice.dev/v1alpha1', kind, metadata: { name: 'x' }, spec };
    expect(admitted(kind, document)).toMatchObject({ metadata: { namespace: 'default', name: 'x' } });
    expect(admitted(kind, document).spec).toEqual(expected);
  });

  it('keeps of its metadata what others look at, and none of what a home gives it', () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u', controller: true };
    const given = {
      name: 'x',
      namespace: 'team',
      labels: { 'app.kubernetes.io/name': 'x', empty: null },
      annotations: { 'coppice.dev/requestedAt': '1' },
      finalizers: ['coppice.dev/run'],
      ownerReferences: [owner],
    };
    const system = { uid: 'u', resourceVersion: '7', generation: 3, creationTimestamp: null, managedFields: [{}] };
    expect(admitted('Registry', exampleWith('Registry', {}, { metadata: { ...given, ...system } })).metadata).toEqual({
      ...given,
      labels: { 'app.kubernetes.io/name': 'x', empty: '' },
    });
  });

  it('has no say in its status', () => {
    const status = { observedGeneration: 9, storageId: 'stolen', lastScheduleTime: null };
    expect(admitted('Registry', exampleWith('Registry', {}, { status })).status).toEqual({ observedGeneration: -1 });
    const old = { spec: admitted('Registry', examples.Registry).spec, status: { observedGeneration: 4 } };
    expect(admitted('Registry', exampleWith('Registry', {}, { status }), old).status).toEqual({
      observedGeneration: 4,
    });
  });
});

describe('a hostile document', () => {
  const deep = (depth: number): unknown =>
    Array.from({ length: depth }).reduce<unknown>((inner) => ({ spec: inner }), {});

  it.each([
    { name: 'nested without end', document: deep(100_000), says: 'exceeded max depth' },
    {
      name: 'of a million values',
      document: { spec: { targets: Array.from({ length: 1_000_000 }, () => 'x') } },
      says: 'Request entity too large: limit is 3145728',
    },
    {
      name: 'that refers to itself again and again',
      document: Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner], 'lol'),
      says: 'Request entity too large: limit is 3145728',
    },
    {
      name: 'of four million characters',
      document: { spec: { reason: 'x'.repeat(4_000_000) } },
      says: 'Request entity too large: limit is 3145728',
    },
  ])('$name is refused before anything looks into it', ({ document, says }) => {
    expect(refusals('DeleteRequest', document)).toEqual([says]);
  });

  it('is told a hundred mistakes of at most', () => {
    const unknown = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`field-${at}`, at]));
    expect(refusals('DeleteRequest', exampleWith('DeleteRequest', unknown))).toHaveLength(100);
    const include = Array.from({ length: 256 }, () => 'A');
    expect(refusals('RetentionPolicy', exampleWith('RetentionPolicy', { repositories: { include } }))).toHaveLength(
      100,
    );
  });

  it('is admitted or refused with a reason, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.anything(),
        fc.constantFrom('registryRef', 'targets', 'rules', 'collection'),
        (kind, any, field) => {
          for (const document of [any, exampleWith(kind, { [field]: any })]) {
            const admission = admit(kind, document);
            expect(admission.ok || admission.refusals.length > 0).toBe(true);
          }
        },
      ),
    );
  });
});

describe('a status', () => {
  const condition = {
    type: 'Ready',
    status: 'True',
    observedGeneration: 1,
    lastTransitionTime: '2026-11-23T02:31:12Z',
    reason: 'PlanReady',
    message: '',
  } as const;
  const status: DeleteRequestStatus = { observedGeneration: 1, conditions: [condition] };

  const told = (over: object): readonly string[] => {
    const validated = validateStatus('DeleteRequest', { ...status, ...over }, 'dr-1');
    return validated.ok ? [] : validated.refusals.map(({ says }) => says);
  };

  it('that the schema allows is taken as it is', () => {
    expect(validateStatus('DeleteRequest', status, 'dr-1')).toEqual({ ok: true, object: status });
  });

  it.each([
    { over: { phase: 'Done' }, says: 'unknown field "status.phase"' },
    {
      over: { observedGeneration: undefined },
      says: 'status.observedGeneration: Required value',
    },
    {
      over: { conditions: [condition, condition] },
      says: 'status.conditions[1]: Duplicate value: {"type":"Ready"}',
    },
    {
      over: { conditions: [{ ...condition, reason: 'not a reason' }] },
      says: `status.conditions[0].reason: Invalid value: "not a reason": conditions[0].reason in body should match '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$'`,
    },
    {
      over: { conditions: [{ ...condition, message: 'x'.repeat(32_769) }] },
      says: 'status.conditions[0].message: Too long: may not be more than 32768 bytes',
    },
  ])('with $over is refused', ({ over, says }) => {
    expect(told(over)).toEqual([says]);
  });
});
