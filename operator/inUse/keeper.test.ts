import { describe, expect, it } from 'vitest';
import { Problem } from '../../core/admin/problem.ts';
import { FakeReplicas } from '../admin/testing/fakeReplicas.ts';
import { apiVersion, type Resource } from '../resources/home.ts';
import { InUseKeeper, type InUse } from './keeper.ts';
import { FakeWorkloads, workload } from './testing/workloads.ts';

const { signal } = new AbortController();
const minute = 60_000;

function registryOf(generation = 1, uid = 'u-1'): Resource<'Registry'> {
  const metadata = { namespace: 'default', name: 'main', uid, resourceVersion: '1', generation, creationTimestamp: '' };
  return { apiVersion, kind: 'Registry', metadata, spec: {}, status: { observedGeneration: -1 } };
}

/** One Registry, its replicas, and a cluster of one pod. */
class World {
  nowMs = 0;
  readonly replicas = new FakeReplicas();
  readonly cluster = new FakeWorkloads({ Pod: [workload('Pod', 'a', 'r.io/team/app:v1')] });
  readonly keeper = new InUseKeeper({
    lister: this.cluster,
    replicasOf: () => this.replicas,
    mono: () => this.nowMs,
  });

  keep(registry = registryOf(), storage = 's'): Promise<InUse> {
    return this.keeper.keep(registry, storage, signal);
  }

  /** Until when it is told again, minute by minute. */
  async toldAt(minutes: number): Promise<readonly number[]> {
    const told: number[] = [];
    for (let at = 0; at <= minutes; at += 0.5) {
      this.nowMs = at * minute;
      const before = this.replicas.said.length;
      await this.keep();
      if (this.replicas.said.length > before) told.push(at);
    }
    return told;
  }
}

describe('a storage', () => {
  it('is told what workloads use, by the source of this very Registry', async () => {
    const world = new World();
    expect(await world.keep()).toEqual({ is: 'known', workloads: 1, digests: 0, tags: 1 });
    const tags = [{ repository: 'team/app', tag: 'v1' }];
    expect(world.replicas.said).toEqual([
      ['cluster-u-1', { maxAgeMs: 10 * minute, complete: true, digests: [], tags }],
    ]);
  });

  it('is told again long before it would stop removals', async () => {
    expect(await new World().toldAt(10)).toEqual([0, 3, 6, 9]);
  });

  it('R1: is told that this is not all, where a kind could not be listed, and soon again', async () => {
    const world = new World();
    world.cluster.failures.set('Job', new Error('forbidden'));
    expect(await world.keep()).toEqual({ is: 'incomplete', unlisted: [{ kind: 'Job', why: 'forbidden' }] });
    expect(world.replicas.said).toMatchObject([['cluster-u-1', { complete: false, tags: [{ tag: 'v1' }] }]]);
    world.cluster.failures.clear();
    world.nowMs = minute / 2;
    expect(await world.keep()).toMatchObject({ is: 'known' });
    expect(world.replicas.said.at(-1)).toMatchObject(['cluster-u-1', { complete: true }]);
  });

  it('counts the age of what it is told from before the first page', async () => {
    const world = new World();
    const { cluster } = world;
    const slow = new InUseKeeper({
      lister: {
        async *pages(kind, its) {
          world.nowMs += 1000;
          yield* cluster.pages(kind, its);
        },
      },
      replicasOf: () => world.replicas,
      mono: () => world.nowMs,
    });
    await slow.keep(registryOf(), 's', signal);
    expect(world.replicas.said).toMatchObject([['cluster-u-1', { maxAgeMs: 10 * minute - 8000 }]]);
  });

  it.each([
    ['another generation of the Registry', registryOf(2), 's'],
    ['another Registry of that name', registryOf(1, 'u-2'), 's'],
    ['another storage', registryOf(), 'another'],
  ])('is told at once for %s', async (_, registry, storage) => {
    const world = new World();
    await world.keep();
    await world.keep();
    expect(world.replicas.said).toHaveLength(1);
    await world.keep(registry, storage);
    expect(world.replicas.said).toHaveLength(2);
  });

  it.each([
    ['no replica answers', (replicas: FakeReplicas) => (replicas.isSilent = true)],
    ['a replica refuses', (replicas: FakeReplicas) => (replicas.refusal = new Problem('FORBIDDEN', 'no verb'))],
  ])('has heard of the source before, or may never have, where %s', async (_, spoil) => {
    const world = new World();
    await world.keep();
    spoil(world.replicas);
    world.nowMs = 3 * minute;
    expect(await world.keep()).toMatchObject({ is: 'untold', isNew: false });
    world.nowMs = 4 * minute;
    expect(await world.keep()).toMatchObject({ is: 'untold', isNew: false });
    expect(await world.keep(registryOf(), 'another')).toMatchObject({ is: 'untold', isNew: true });
    world.keeper.forget({ namespace: 'default', name: 'main' });
    expect(await world.keep()).toMatchObject({ is: 'untold', isNew: true });
  });
});
