import { describe, expect, it } from 'vitest';
import { eachPlan } from './testing/fakePlanning.ts';
import { RequestWorld } from './testing/requestWorld.ts';
import { closedRegistry, end, enter, later, otherDigest } from './testing/scenarios.ts';

describe('a DeleteRequest that is held up', () => {
  it('is stopped while suspended, goes on with the next attempt, and counts what both removed', async () => {
    const world = await enter('stopping');
    await end(world, 3, 'Cancelled');
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Suspended', kstatus: 'Current' });
    expect((await world.object).metadata.finalizers ?? []).toEqual([]);
    await world.request({ suspend: false });
    await world.settle();
    expect((await world.object).status.runRef?.attempt).toBe(2);
    await end(world, 4);
    await world.settle();
    expect((await world.object).status.result).toMatchObject({ deleted: 7 });
  });

  it('is stopped when the time in which windows may open is over, and goes on in the next', async () => {
    const world = await enter('executing');
    await world.registry(closedRegistry);
    await world.settle();
    expect(world.replicas.cancelled).toHaveLength(1);
    await end(world, 0, 'Cancelled');
    const outcome = await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'WaitingForWindow' });
    expect(outcome).toMatchObject({ kind: 'again', afterMs: 14 * 3_600_000 });
    world.now += 14 * 3_600_000;
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Executing' });
  });

  it('is stopped with its Registry, and nothing is ordered while that is read-only', async () => {
    const world = await enter('executing');
    await world.registry({ suspend: true });
    await world.settle();
    await end(world, 0, 'Cancelled');
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'RegistryUnavailable' });
    await world.registry({ suspend: false }, { reason: 'ReadOnly' });
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'RegistryUnavailable' });
    expect(world.replicas.orders).toHaveLength(1);
  });

  it('tries again ever later after what passes, and says why', async () => {
    const world = await enter('executing');
    for (const [attempt, ms] of [
      [1, 1000],
      [2, 2000],
      [3, 4000],
    ] as const) {
      expect((await world.object).status.runRef?.attempt).toBe(attempt);
      await end(world, 0, 'Busy');
      const outcome = await world.settle();
      expect(outcome).toMatchObject({ kind: 'again', afterMs: ms });
      expect(await world.seen()).toMatchObject({
        reason: 'RegistryUnavailable',
        also: 'Reconciling/ProgressingWithRetry',
      });
      world.now += ms;
      await world.settle();
    }
    expect(await world.seen()).toMatchObject({ reason: 'Executing' });
  });

  it('tries a doubt again every five minutes', async () => {
    const world = await enter('refused');
    world.now += 299_999;
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Doubt' });
    world.now += 1;
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Executing' });
  });

  it('says that no replica answers, asks ever less, and follows its run when one does', async () => {
    const world = await enter('executing');
    world.replicas.isSilent = true;
    const outcomes = [];
    for (let look = 0; look < 4; look++) outcomes.push(await world.step());
    expect(outcomes).toMatchObject([{ afterMs: 1000 }, { afterMs: 2000 }, { afterMs: 4000 }, { afterMs: 8000 }]);
    expect(await world.seen()).toMatchObject({ reason: 'RegistryUnavailable', kstatus: 'InProgress' });
    world.replicas.isSilent = false;
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Executing' });
    expect(world.replicas.begun).toHaveLength(1);
  });

  it('is not had back while nobody can say whether its run goes on (rule 8)', async () => {
    const world = await enter('executing');
    const run = await world.run();
    world.replicas.isSilent = true;
    await world.request({ mode: 'Preview', approvedPlan: '' });
    await world.settle();
    world.replicas.isSilent = false;
    await world.settle();
    expect(await world.run()).toBe(run);
    expect(await world.seen()).toMatchObject({ reason: 'Executing' });
  });

  it('is ordered again where the order did not arrive, and where nothing was heard of it for long', async () => {
    const world = await enter('executing');
    world.replicas.lose(await world.run());
    await world.settle();
    expect(world.replicas.begun).toHaveLength(2);
    world.now += 15_000;
    await world.settle();
    expect(world.replicas.begun).toHaveLength(3);
    expect(new Set(world.replicas.begun).size).toBe(1);
  });

  it('takes another name where its own stands for a run with other limits, after that was stopped', async () => {
    const world = await enter('executing');
    const first = await world.run();
    await world.registry({ limits: { maxDeletesPerRun: 7 } });
    world.now += 15_000;
    await world.step();
    expect(world.replicas.cancelled).toEqual([first]);
    await world.settle();
    expect((await world.object).status.runRef?.attempt).toBe(2);
    expect(world.replicas.orders).toHaveLength(2);
  });

  it('gives a run up that is to be stopped and that nobody was heard of for a minute', async () => {
    const world = await enter('stopping');
    world.now += 60_000;
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Suspended' });
  });
});

describe('the deadline of a DeleteRequest', () => {
  it('stops its run, counts what that removed, and changes nothing of the verdict', async () => {
    const world = await enter('executing');
    await world.request({ activeDeadlineSeconds: 60 });
    const outcome = await world.settle();
    expect(outcome).toMatchObject({ afterMs: 250 });
    world.now += 60_000;
    await world.settle();
    expect(world.replicas.cancelled).toHaveLength(1);
    expect((await world.object).metadata.finalizers).toEqual(['coppice.dev/run']);
    const { conditions } = (await world.object).status;
    await end(world, 2, 'Cancelled');
    await world.settle();
    const { metadata, status } = await world.object;
    expect(metadata.finalizers ?? []).toEqual([]);
    expect(status.result).toMatchObject({ deleted: 2 });
    expect(status.conditions).toEqual(conditions);
  });

  it('does not undo that it was done in the meantime', async () => {
    const world = await enter('executing');
    await world.request({ activeDeadlineSeconds: 60 });
    await world.settle();
    await end(world, 1);
    world.now += 3_600_000;
    await world.settle();
    expect(await world.seen()).toMatchObject({ succeeded: 'True', reason: 'Completed' });
  });

  it('ends also what waits for a person', async () => {
    const world = await enter('planChanged');
    await world.request({ activeDeadlineSeconds: 60 });
    expect(await world.settle()).toMatchObject({ kind: 'again', afterMs: 60_000 });
    world.now += 60_000;
    await world.settle();
    expect(await world.seen()).toMatchObject({ succeeded: 'False', reason: 'DeadlineExceeded' });
  });
});

describe('the time to live of a DeleteRequest', () => {
  it('ends with the object, so long after its end', async () => {
    const world = await enter('succeeded');
    await world.request({ ttlSecondsAfterFinished: 30 });
    expect(await world.settle()).toMatchObject({ kind: 'again', afterMs: 30_000 });
    world.now += 30_000;
    await world.step();
    expect(await world.isGone).toBe(true);
  });

  it('is ignored, and that is said, where somebody would apply it again (rule 6)', async () => {
    const world = await enter('succeeded');
    const annotations = { 'coppice.dev/source': 'dr.yaml#1' };
    await world.request({ ttlSecondsAfterFinished: 0 }, { annotations });
    await world.settle();
    world.now += 3_600_000;
    await world.settle();
    const { conditions } = (await world.object).status;
    expect(conditions?.at(-1)).toMatchObject({ type: 'TTLIgnored', status: 'True' });
    expect(await world.seen()).toMatchObject({ reason: 'Completed', kstatus: 'Current' });
  });
});

describe('a DeleteRequest that is asked to look again', () => {
  it('makes another plan in Preview, and echoes once that is there', async () => {
    const world = await enter('planReady');
    world.planning.answer = undefined;
    await world.request({}, { annotations: { 'coppice.dev/requestedAt': 'now' } });
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Planning' });
    expect((await world.object).status).not.toHaveProperty('lastHandledReconcileAt');
    world.planning.answer = { ...{ is: 'planned', run: 'plan-1', at: later }, plan: eachPlan({ digest: otherDigest }) };
    await world.settle();
    expect((await world.object).status).toMatchObject({ lastHandledReconcileAt: 'now', plan: { digest: otherDigest } });
    await world.settle();
    expect(world.planning.begun).toEqual(['first', 'requested at now']);
  });

  it('echoes at once where there is nothing to plan', async () => {
    const world = await enter('succeeded');
    await world.request({}, { annotations: { 'coppice.dev/requestedAt': 'now' } });
    await world.settle();
    expect((await world.object).status.lastHandledReconcileAt).toBe('now');
  });

  it('says why no plan could be made, and whether that passes', async () => {
    for (const [reason, kstatus] of [
      ['Busy', 'InProgress'],
      ['Doubt', 'Failed'],
    ] as const) {
      const world = new RequestWorld();
      await world.registry();
      world.planning.answer = { is: 'failed', reason, message: 'as scripted' };
      await world.request();
      expect(await world.settle()).toMatchObject({ kind: 'again' });
      expect(await world.seen()).toMatchObject({ kstatus });
    }
  });
});
