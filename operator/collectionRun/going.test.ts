import { describe, expect, it } from 'vitest';
import { endedView } from '../admin/testing/runViews.ts';
import type { RegistrySpec } from '../api/types.ts';
import { told, Walk } from './testing/walk.ts';

const { signal } = new AbortController();
const key = { namespace: 'default', name: 'by-hand' };
const hour = 3_600_000;

describe('a CollectionRun whose run goes on', () => {
  const nightly: RegistrySpec = { collection: { allowed: [{ schedule: '0 11 * * *', duration: '2h' }] } };

  it('stops at the next batch when the allowed time is over, and goes on in the next', async () => {
    const walk = await new Walk().apply({}, nightly);
    await walk.step();
    const first = await walk.ordered();
    const stopping = await walk.step(hour);
    expect(walk.replicas.cancelled).toEqual([first]);
    expect(told(stopping)[1]).toBe('Ready=False/WaitingForWindow');
    expect(stopping.metadata.finalizers).toEqual(['coppice.dev/run']);
    await walk.end({ reason: 'Cancelled' });
    const waiting = await walk.step(1000);
    expect(told(waiting)[1]).toBe('Ready=False/WaitingForWindow');
    expect(waiting.metadata.finalizers ?? []).toEqual([]);
    await walk.step(22 * hour);
    expect(walk.replicas.orders).toHaveLength(2);
    expect(told(await walk.step())[1]).toBe('Ready=False/Executing');
  });

  it('is not given up while it waits for its turn, and where it was asked to stop in vain only after a minute', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    for (let minutes = 0; minutes < 10; minutes++) await walk.step(60_000);
    expect(walk.replicas.orders).toHaveLength(1);
    await walk.registry({ suspend: true });
    expect((await walk.step(60_000)).metadata.finalizers).toEqual(['coppice.dev/run']);
    expect(walk.replicas.cancelled).toHaveLength(1);
    expect((await walk.step(60_000)).metadata.finalizers ?? []).toEqual([]);
  });

  it('stops when its Registry is suspended', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    await walk.registry({ suspend: true });
    expect(told(await walk.step(250))[1]).toBe('Ready=False/WaitingForRegistry');
    expect(walk.replicas.cancelled).toEqual([await walk.ordered()]);
  });

  it('goes on where the Registry is not coherent for a while', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    await walk.registry({}, 'Incoherent');
    expect(told(await walk.step(250))[1]).toBe('Ready=False/Executing');
    expect(walk.replicas.cancelled).toEqual([]);
  });

  it('says so while no replica answers', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    walk.replicas.isSilent = true;
    const object = await walk.step(250);
    expect(told(object)).toEqual([
      'Succeeded=Unknown/WaitingForRegistry',
      'Ready=False/WaitingForRegistry',
      'Reconciling=True/ProgressingWithRetry',
    ]);
    expect(object.metadata.finalizers).toEqual(['coppice.dev/run']);
  });

  it('stops when it is deleted, and is gone once that has happened', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    const id = await walk.ordered();
    await walk.home.remove('CollectionRun', 'by-hand');
    await walk.step();
    expect(walk.replicas.cancelled).toEqual([id]);
    walk.replicas.show(endedView(walk.replicas.view(id), { reason: 'Cancelled' }));
    await walk.reconcile();
    expect(await walk.home.get('CollectionRun', key, signal)).toBeUndefined();
  });

  it('is gone within seconds of its deletion also where no replica answers', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    walk.replicas.isSilent = true;
    await walk.home.remove('CollectionRun', 'by-hand');
    await walk.step();
    walk.nowMs += 5000;
    await walk.reconcile();
    expect(await walk.home.get('CollectionRun', key, signal)).toBeUndefined();
    expect(walk.events().at(-1)).toBe('Warning RunLeft');
  });

  it('stops when its Registry is deleted, and before it itself is', async () => {
    const walk = await new Walk().apply();
    await walk.step();
    await walk.step(250);
    await walk.home.remove('Registry', 'main');
    await walk.step(250);
    expect(walk.replicas.cancelled).toEqual([await walk.ordered()]);
    await walk.end({ reason: 'Cancelled' });
    expect(told(await walk.step(250))[1]).toBe('Ready=False/RegistryNotFound');
  });
});
