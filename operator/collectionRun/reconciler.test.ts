import { describe, expect, it } from 'vitest';
import { Problem } from '../../core/admin/problem.ts';
import type { CollectionRunSpec, RegistrySpec } from '../api/types.ts';
import { kstatusOf } from '../resources/testing/kstatus.ts';
import { RunFollower } from '../runs/runFollower.ts';
import { reconcileCollectionRun } from './reconciler.ts';
import { messageOf, sweep, told, Walk } from './testing/walk.ts';

const { signal } = new AbortController();
const start = Date.parse('2026-11-23T12:00:00Z');

const waits: {
  name: string;
  spec?: Partial<CollectionRunSpec>;
  registry?: RegistrySpec;
  reason?: string;
  conditions: readonly string[];
  message: string;
}[] = [
  {
    name: 'a Registry that is not coherent',
    reason: 'Incoherent',
    conditions: [
      'Succeeded=Unknown/WaitingForRegistry',
      'Ready=False/WaitingForRegistry',
      'Reconciling=True/ProgressingWithRetry',
    ],
    message: 'Registry main: Incoherent: as scripted',
  },
  {
    name: 'the end of read-only',
    reason: 'ReadOnly',
    conditions: [
      'Succeeded=Unknown/WaitingForRegistry',
      'Ready=False/WaitingForRegistry',
      'Reconciling=True/ProgressingWithRetry',
    ],
    message: 'Registry main is read-only',
  },
  {
    name: 'a suspended Registry',
    registry: { suspend: true },
    conditions: [
      'Succeeded=Unknown/WaitingForRegistry',
      'Ready=False/WaitingForRegistry',
      'Reconciling=True/ProgressingWithRetry',
    ],
    message: 'Registry main is suspended',
  },
  {
    name: 'a time in which windows may open',
    registry: { collection: { allowed: [{ schedule: '0 2 * * *', duration: '2h' }] } },
    conditions: ['Succeeded=Unknown/WaitingForWindow', 'Ready=False/WaitingForWindow', 'Reconciling=True/Progressing'],
    message:
      'windows may not open now (spec.collection.allowed of the Registry); the next begins 2026-11-24T02:00:00.000Z',
  },
];

describe('a CollectionRun', () => {
  it.each(waits)(
    'waits for $name, and then begins',
    async ({ spec = {}, registry = {}, reason, conditions, message }) => {
      const walk = await new Walk().apply(spec);
      await walk.registry(registry, reason);
      const object = await walk.step();
      expect(told(object)).toEqual(conditions);
      expect(messageOf(object)).toBe(message);
      expect(kstatusOf(object).status).toBe('InProgress');
      expect(object.metadata.finalizers ?? []).toEqual([]);
      expect(walk.replicas.begun).toEqual([]);
      await walk.registry({});
      expect(told(await walk.step())[1]).toBe('Ready=False/Executing');
      expect(walk.replicas.orders).toHaveLength(1);
    },
  );

  it('stalls without its Registry, and goes on when there is one', async () => {
    const walk = await new Walk().apply({ registryRef: { name: 'other' } });
    const young = await walk.step();
    expect([told(young)[1], kstatusOf(young).status]).toEqual(['Ready=False/WaitingForRegistry', 'InProgress']);
    const object = await walk.step(10_000);
    expect(told(object)).toEqual([
      'Succeeded=Unknown/RegistryNotFound',
      'Ready=False/RegistryNotFound',
      'Stalled=True/RegistryNotFound',
    ]);
    expect(messageOf(object)).toBe('spec.registryRef: there is no Registry other in this namespace');
    expect(kstatusOf(object).status).toBe('Failed');
  });

  it('previews also outside of the allowed times, and while the Registry is read-only', async () => {
    const walk = await new Walk().apply({ mode: 'Preview' });
    await walk.registry({ collection: { allowed: [{ schedule: '0 2 * * *', duration: '2h' }] } }, 'Coherent');
    await walk.step();
    expect(walk.replicas.orders).toMatchObject([{ mode: 'plan' }]);
  });

  it('orders the storage collected and nothing else, under its own limits or the Registry’s', async () => {
    const limits = { unapprovedDeletes: 5, maxDeletesPerRun: 100, maxDeletePercent: 30 };
    const byRegistry = await new Walk().apply({}, { limits, collection: { untagged: 'Delete' } });
    await byRegistry.step();
    const input = {
      policies: [],
      requests: [],
      collect: true,
      untagged: 'Delete',
      limits: { maxDeletesPerRun: 100, maxDeletePercent: 30 },
    };
    expect(byRegistry.replicas.orders).toEqual([{ id: await byRegistry.ordered(), mode: 'execute', input }]);
    const own = await new Walk().apply({ limits: { maxDeletesPerRun: 9 }, untagged: 'Keep' }, { limits });
    await own.step();
    expect(own.replicas.orders).toMatchObject([{ input: { untagged: 'Keep', limits: { maxDeletesPerRun: 9 } } }]);
    expect(own.replicas.orders[0]?.input.limits).not.toHaveProperty('maxDeletePercent');
  });

  it('records its run, under a finalizer, before it orders it', async () => {
    const walk = await new Walk().apply();
    walk.replicas.refusal = new Problem('STORAGE', 'the storage is away');
    const object = await walk.step();
    expect(object.status.runRef).toMatchObject({ attempt: 1 });
    expect(object.metadata.finalizers).toEqual(['coppice.dev/run']);
    expect(told(object)[1]).toBe('Ready=False/WaitingForRegistry');
    expect(messageOf(object)).toBe('the storage is away');
    walk.replicas.refusal = undefined;
    await walk.step(2000);
    expect(walk.replicas.orders.map(({ id }) => id)).toEqual([object.status.runRef?.name]);
  });

  it('finds its run again after a restart, and after an answer that was lost', async () => {
    const walk = await new Walk().apply();
    walk.replicas.losesAnswers = true;
    await walk.step();
    walk.replicas.losesAnswers = false;
    await walk.restart().step(1000);
    await walk.restart().step(1000);
    expect(walk.replicas.begun).toHaveLength(1);
  });

  it('is told of once a second, whatever happens in between', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    const id = await walk.ordered();
    const versions = new Set<string>();
    for (let ms = 0; ms < 3000; ms += 250) {
      walk.replicas.show({
        ...walk.replicas.view(id),
        progress: { phase: 'Marking', done: ms, total: 9000, estimatedSeconds: 4 },
      });
      versions.add((await walk.step(250)).metadata.resourceVersion);
    }
    expect(versions.size).toBeLessThanOrEqual(5);
    const { status } = await walk.step(1000);
    expect(status.progress).toEqual({ phase: 'Marking', done: 2750, total: 9000, estimatedSeconds: 4 });
    expect(walk.events()).toEqual(['Normal Executing']);
  });

  it('is ordered again where nothing was heard of it, and taken up anew where it is lost', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    await walk.step(250);
    await walk.step(15_000);
    expect(walk.replicas.begun).toHaveLength(2);
    expect(walk.replicas.orders).toHaveLength(1);
    walk.replicas.lose(await walk.ordered());
    await walk.step(1000);
    expect(walk.replicas.orders).toHaveLength(2);
    expect((await walk.step()).status.runRef?.attempt).toBe(1);
  });

  it('says which slot it stands for', async () => {
    const walk = new Walk();
    await walk.registry({});
    const { metadata } = await walk.home.only('Registry', 'main');
    const owner = {
      apiVersion: 'coppice.dev/v1alpha1',
      kind: 'Registry',
      name: 'main',
      uid: metadata.uid,
      controller: true,
    };
    const name = `main-${start / 60_000}`;
    const draft = { namespace: 'default', name, ownerReferences: [owner] };
    await walk.home.create(
      { kind: 'CollectionRun', metadata: draft, spec: { registryRef: { name: 'main' }, mode: 'Execute' } },
      signal,
    );
    const follower = new RunFollower(() => 0);
    const reconcile = reconcileCollectionRun({
      home: walk.home,
      replicasOf: () => walk.replicas,
      follower,
      now: () => start,
    });
    await reconcile({ namespace: 'default', name }, signal);
    const { status } = await walk.home.only('CollectionRun', name);
    expect(status.trigger).toEqual({ kind: 'Schedule', scheduledTime: '2026-11-23T12:00:00.000Z' });
    expect((await (await new Walk().apply()).step()).status.trigger).toEqual({ kind: 'Manual' });
  });

  it('orders nothing of a Registry that was suspended since it was looked at, and goes on once that is over', async () => {
    const walk = await new Walk().apply();
    const applyStatus = walk.home.applyStatus.bind(walk.home);
    walk.home.applyStatus = async (...recorded) => {
      walk.home.applyStatus = applyStatus;
      const told = await applyStatus(...recorded);
      await walk.registry({ suspend: true });
      return told;
    };
    await expect(walk.reconcile()).rejects.toThrow('Registry default/main is another');
    expect(walk.replicas.orders).toEqual([]);
    await walk.registry({});
    await walk.step();
    expect(walk.replicas.orders).toHaveLength(1);
  });

  it('of the same name and spec finds the run that an earlier one had carried out', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    await walk.end({}, { sweep });
    await walk.step(250);
    await walk.home.remove('CollectionRun', 'by-hand');
    await walk.apply();
    await walk.step();
    expect(told(await walk.step(250))).toEqual(['Succeeded=True/Completed', 'Ready=True/Completed']);
    expect(walk.replicas.orders).toHaveLength(1);
  });

  it('of the same name and spec tries anew what came to nothing', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    await walk.end({ reason: 'StorageError' });
    await walk.step(250);
    await walk.home.remove('CollectionRun', 'by-hand');
    await walk.apply();
    await walk.step();
    await walk.step(250);
    expect(walk.replicas.orders).toHaveLength(2);
    expect(told(await walk.step(250))[1]).toBe('Ready=False/Executing');
  });
});
