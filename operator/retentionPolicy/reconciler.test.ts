import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../../core/admin/problem.ts';
import { Bench, Crash, readyText } from './testing/bench.ts';
import { digestA } from './testing/objects.ts';

const enforce = { mode: 'Enforce' as const };
const everyHour = { schedule: '0 * * * *' };
const hourMs = 3_600_000;
const finalizers = ['coppice.dev/run'];

let bench: Bench;

beforeEach(async () => {
  bench = new Bench();
  await bench.registry();
});

afterEach(async () => {
  await bench.stop();
  expect(bench.faults).toEqual([]);
});

/** Until its run was ordered. */
async function ordered(name: string): Promise<string> {
  const before = bench.executed.length;
  await bench.until(name, () => bench.executed.length > before);
  return bench.executed.at(-1)?.id ?? '';
}

/** Until it is enforced once more. */
async function enforced(name: string): Promise<void> {
  bench.replicas.end(await ordered(name));
  await bench.until(name, (policy) => readyText(policy) === 'True Enforced' && policy.status.runRef === undefined);
}

function documentNames(documents: readonly unknown[] | undefined): readonly string[] {
  return (documents as readonly { readonly metadata: { readonly name: string } }[]).map(
    ({ metadata }) => metadata.name,
  );
}

describe('a RetentionPolicy', () => {
  it('R1: orders nothing over a policy that keeps since a moment ago, and then with it', async () => {
    await bench.policy('team-a', enforce);
    bench.around = (call, when) => {
      if (call === 'home.setFinalizers' && when === 'before') void bench.policy('keeps');
    };
    const meetsIt = bench.until('team-a', () => bench.executed.length > 0);
    await expect(meetsIt).rejects.toThrow('the policies of Registry main are others');
    expect(bench.executed).toEqual([]);
    bench.around = () => undefined;
    await ordered('team-a');
    expect(documentNames(bench.executed[0]?.input.keepers)).toEqual(['keeps']);
  });

  it('goes from Preview to Enforce, and is enforced once for each generation', async () => {
    await bench.policy('team-a');
    const previewed = await bench.until('team-a', (policy) => readyText(policy) === 'True Evaluated');
    expect(previewed.status.lastEvaluation).toMatchObject({ generation: 1, planDigest: digestA, tags: 3 });
    expect(bench.executed).toEqual([]);
    await bench.policy('team-a', enforce);
    const id = await ordered('team-a');
    expect((await bench.only('team-a')).metadata.finalizers).toEqual(finalizers);
    expect(bench.executed[0]).toMatchObject({ mode: 'execute', input: { collect: false, requests: [] } });
    expect(bench.executed[0]).not.toHaveProperty('approvedPlan');
    bench.replicas.end(id);
    const done = await bench.until('team-a', (policy) => readyText(policy) === 'True Enforced');
    expect(done.status).not.toHaveProperty('runRef');
    expect((await bench.only('team-a')).metadata.finalizers ?? []).toEqual([]);
    for (let pass = 0; pass < 5; pass += 1) await bench.reconcile('team-a');
    expect(bench.executed).toHaveLength(1);
  });

  it('is enforced once for each slot, over restarts, and only for the newest of those that were missed', async () => {
    await bench.policy('team-a', { ...enforce, ...everyHour });
    await bench.until('team-a', (policy) => readyText(policy) === 'True Evaluated');
    for (const hours of [1, 3]) {
      await bench.clock.advance(hours * hourMs);
      await enforced('team-a');
      bench.restart();
      await bench.reconcile('team-a');
      await bench.clock.advance(1000);
      await bench.reconcile('team-a');
    }
    expect(bench.executed).toHaveLength(2);
    expect(new Set(bench.executed.map(({ id }) => id)).size).toBe(2);
    expect((await bench.only('team-a')).status).toMatchObject({
      lastScheduleTime: '2026-11-23T16:00:00Z',
      nextRunTime: '2026-11-23T17:00:00Z',
    });
  });

  it('survives the death of the operator around every call, and is enforced exactly once', async () => {
    const calls: string[] = [];
    bench.around = (call, when) => calls.push(`${when} ${call}`);
    await bench.policy('team-a', { ...enforce, ...everyHour });
    await bench.until('team-a', (policy) => readyText(policy) === 'True Evaluated');
    const before = calls.length;
    await bench.clock.advance(hourMs);
    await enforced('team-a');
    const points = calls.length - before;
    expect(points).toBeGreaterThan(20);

    for (let point = 0; point < points; point += 1) {
      const one = new Bench();
      await one.registry();
      await one.policy('team-a', { ...enforce, ...everyHour });
      await one.until('team-a', (policy) => readyText(policy) === 'True Evaluated');
      await one.clock.advance(hourMs);
      let left = point;
      one.around = () => {
        if (left-- === 0) throw new Crash('kill -9');
      };
      await one.until('team-a', () => {
        const going = one.executed.find(({ id }) => one.replicas.view(id).ended === undefined);
        if (going !== undefined) one.replicas.end(going.id);
        return one.executed.length > 0;
      });
      const { status } = await one.until('team-a', (policy) => readyText(policy) === 'True Enforced');
      expect(
        one.executed.map(({ id }) => id),
        `died at ${point}: ${calls[before + point] ?? ''}`,
      ).toHaveLength(1);
      expect(status).toMatchObject({ lastScheduleTime: '2026-11-23T13:00:00Z' });
      await one.until('team-a', (policy) => (policy.metadata.finalizers ?? []).length === 0);
      await one.stop();
    }
  });

  it('ends its run at the next batch when it is edited, and begins again from what is new', async () => {
    await bench.policy('team-a', enforce);
    const first = await ordered('team-a');
    await bench.policy('team-a', { ...enforce, repositories: { include: ['team-a/tmp'] } });
    await bench.until('team-a', () => bench.replicas.cancelled.includes(first));
    expect(bench.executed).toHaveLength(1);
    bench.replicas.end(first, { reason: 'Cancelled', succeeded: false });
    const second = await ordered('team-a');
    expect(second).not.toBe(first);
    expect(bench.executed[1]?.input.policies[0]).toMatchObject({ spec: { repositories: { include: ['team-a/tmp'] } } });
  });

  it('ends its run also at the Registry that it named before', async () => {
    await bench.policy('team-a', enforce);
    const first = await ordered('team-a');
    await bench.policy('team-a', { ...enforce, registryRef: { name: 'nowhere' } });
    await bench.until('team-a', () => bench.replicas.cancelled.includes(first));
    bench.replicas.end(first, { reason: 'Cancelled', succeeded: false });
    await bench.until('team-a', (policy) => readyText(policy) === 'False RegistryNotFound');
  });

  it('R1: keeps its tags from another one, also those of a broken policy, and an edit of theirs ends its run', async () => {
    await bench.policy('team-a', enforce);
    await bench.policy('b-keeps', { suspend: true });
    await bench.policy('c-broken', { rules: [{ name: 'bad', tags: { regex: '(' }, keep: {} }] });
    const first = await ordered('team-a');
    const [, broken] = bench.executed[0]?.input.keepers ?? [];
    expect(documentNames(bench.executed[0]?.input.keepers)).toEqual(['b-keeps', 'c-broken']);
    expect(broken).toMatchObject({ spec: { rules: [{ name: 'tags' }, { name: 'untagged' }] } });
    await bench.policy('b-keeps', { rules: [{ name: 'more', tags: { glob: ['*'] }, keep: { latest: 100 } }] });
    await bench.until('team-a', () => bench.replicas.cancelled.includes(first));
    bench.replicas.end(first, { reason: 'Cancelled', succeeded: false });
    await ordered('team-a');
    expect(bench.executed[1]?.input.keepers?.[0]).toMatchObject({ spec: { rules: [{ name: 'more' }] } });
  });

  it('R1: and another one keep their tags from each other while both are enforced', async () => {
    await bench.policy('team-a', enforce);
    await bench.policy('team-b', enforce);
    await ordered('team-a');
    await ordered('team-b');
    const told = bench.executed.map(({ input }) => [documentNames(input.policies), documentNames(input.keepers)]);
    expect(told).toEqual([
      [['team-a'], ['team-b']],
      [['team-b'], ['team-a']],
    ]);
  });

  it('waits for its run to stop when it is deleted, and goes with it', async () => {
    await bench.policy('team-a', enforce);
    const first = await ordered('team-a');
    await bench.home.remove('RetentionPolicy', 'team-a');
    await bench.reconcile('team-a');
    expect(bench.replicas.cancelled).toEqual([first]);
    bench.replicas.end(first, { reason: 'Cancelled', succeeded: false });
    await bench.reconcile('team-a');
    await expect(bench.only('team-a')).rejects.toThrow('there is no RetentionPolicy');
  });

  it('goes within seconds when it is deleted and no replica answers', async () => {
    await bench.policy('team-a', enforce);
    await ordered('team-a');
    await bench.home.remove('RetentionPolicy', 'team-a');
    bench.replicas.isSilent = true;
    await bench.reconcile('team-a');
    expect((await bench.only('team-a')).metadata.finalizers).toEqual(finalizers);
    await bench.clock.advance(5000);
    await bench.reconcile('team-a');
    await expect(bench.only('team-a')).rejects.toThrow('there is no RetentionPolicy');
  });

  it('orders again what the registry refuses for the sake of a keeper, with that one keeping all', async () => {
    await bench.policy('team-a', enforce);
    await bench.policy('keeper');
    const { onOrder } = bench.replicas;
    bench.replicas.onOrder = (order) => {
      const [keeper] = order.input.keepers as readonly { readonly spec: { readonly rules: readonly object[] } }[];
      if (order.mode === 'plan' || keeper?.spec.rules.length === 2) return onOrder(order);
      throw new Problem('INVALID', 'mistakes', [{ path: 'input.keepers[0].spec.rules', says: 'is not understood' }]);
    };
    const id = await ordered('team-a');
    bench.replicas.end(id);
    await bench.until('team-a', (policy) => readyText(policy) === 'True Enforced');
    expect(new Set(bench.executed.map((order) => order.id))).toEqual(new Set([id]));
  });

  it('says so where the registry does not take its run up, and goes on once it does', async () => {
    await bench.policy('team-a', enforce);
    const { onOrder } = bench.replicas;
    bench.replicas.onOrder = (order) => {
      if (order.mode === 'plan') return onOrder(order);
      throw new Problem('FORBIDDEN', 'this key may not execute');
    };
    const told = await bench.until('team-a', (policy) => readyText(policy) === 'False RegistryNotReady');
    expect(told.status.conditions?.[0]?.message).toContain('this key may not execute');
    bench.replicas.onOrder = onOrder;
    await enforced('team-a');
  });

  it('carries out exactly the plan that was approved', async () => {
    await bench.policy('team-a', { ...enforce, approvedPlan: digestA });
    await ordered('team-a');
    expect(bench.executed[0]).toMatchObject({ approvedPlan: digestA });
    expect(bench.executed[0]?.input.policies[0]).not.toMatchObject({ spec: { approvedPlan: digestA } });
  });

  it('is enforced without a run where nothing would go', async () => {
    bench.entries = 0;
    await bench.policy('team-a', enforce);
    await bench.until('team-a', (policy) => readyText(policy) === 'True Enforced');
    expect(bench.executed).toEqual([]);
  });

  it('tells each transition once', async () => {
    await bench.policy('team-a', enforce);
    await enforced('team-a');
    for (let pass = 0; pass < 5; pass += 1) await bench.reconcile('team-a');
    expect(bench.home.events('team-a').map(({ reason, count }) => `${reason} ${count}`)).toEqual([
      'Enforcing 1',
      'Enforced 1',
    ]);
  });
});
