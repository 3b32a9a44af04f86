import { describe, expect, it } from 'vitest';
import { eachPlan } from './testing/fakePlanning.ts';
import { planDigest, RequestWorld, someDigest } from './testing/requestWorld.ts';
import { approved, end, enter, later, otherDigest } from './testing/scenarios.ts';

describe('a DeleteRequest from Preview to its end', () => {
  it('is planned, approved, carried out, and then never again (D1)', async () => {
    const world = await enter('planReady');
    const { plan } = (await world.object).status;
    expect(plan).toMatchObject({ digest: planDigest, entries: 1, truncated: false, run: 'plan-1' });
    expect(plan?.items).toEqual([{ object: `team/app@${someDigest}`, fate: 'planned', why: 'CVE' }]);
    await world.request(approved);
    expect(await world.step()).toMatchObject({ kind: 'again', afterMs: 250 });
    expect((await world.object).status.runRef).toMatchObject({ attempt: 1 });
    expect(world.replicas.orders).toMatchObject([
      { id: await world.run(), mode: 'execute', approvedPlan: planDigest, input: { policies: [], collect: false } },
    ]);
    await world.settle();
    await end(world, 1);
    await world.settle();
    const { status } = await world.object;
    expect(status.result).toEqual({ deleted: 1, alreadyAbsent: 0, spared: 0, failed: 0, failures: [] });
    expect(status).toMatchObject({ startTime: '2026-11-23T12:00:00.000Z', completionTime: '2026-11-23T12:00:00.000Z' });
    expect(status.conditions?.map(({ type }) => type)).toEqual(['Planned', 'Succeeded', 'Ready']);
    expect(world.events()).toEqual(['Planned', 'Executing', 'Completed']);
    await world.request({ reason: 'said better' });
    await world.settle();
    expect((await world.object).status.observedGeneration).toBe((await world.object).metadata.generation);
    expect(world.replicas.orders).toHaveLength(1);
  });

  it('D1: is absent already where an object of the same name was carried out before, whatever its uid', async () => {
    const world = await enter('succeeded');
    await world.home.remove('DeleteRequest', 'dr');
    await world.request(approved);
    await world.settle();
    expect(await world.seen()).toMatchObject({ succeeded: 'True', reason: 'AlreadyAbsent', kstatus: 'Current' });
    expect(world.replicas.orders).toHaveLength(1);
  });

  it('D1: is absent already where it was the second attempt of an object of the same name that was carried out', async () => {
    const world = await enter('executing');
    await end(world, 0, 'Cancelled');
    await world.settle();
    await end(world, 1);
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Completed' });
    await world.home.remove('DeleteRequest', 'dr');
    await world.request(approved);
    await world.settle();
    expect(await world.seen()).toMatchObject({ succeeded: 'True', reason: 'AlreadyAbsent', kstatus: 'Current' });
    expect(world.replicas.orders).toHaveLength(2);
  });

  it('D1: is absent already where the storage says so', async () => {
    const world = await enter('executing');
    await end(world, 0, 'Completed', { alreadyAbsent: ['default/dr'] });
    await world.settle();
    expect(await world.seen()).toMatchObject({ succeeded: 'True', reason: 'AlreadyAbsent' });
  });

  it('takes over the run of an object that was removed and applied anew while it went on', async () => {
    const world = await enter('executing');
    world.replicas.isSilent = true;
    await world.home.remove('DeleteRequest', 'dr');
    await world.step();
    world.now += 6000;
    await world.step();
    expect(await world.isGone).toBe(true);
    world.replicas.isSilent = false;
    await world.request(approved);
    await world.settle();
    expect(world.replicas.orders).toHaveLength(1);
    await end(world, 1);
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Completed' });
  });

  it('tells what was spared', async () => {
    const world = await enter('executing');
    const { sweep } = world.replicas.view(await world.run());
    world.replicas.end(await world.run(), {}, { sweep: { ...sweep, removed: 0, spared: 2 } });
    await world.settle();
    expect((await world.object).status.result).toMatchObject({ deleted: 0, spared: 2 });
    expect(world.events()).toContain('Spared');
    expect(await world.seen()).toMatchObject({ reason: 'Completed' });
  });
});

describe('the approval of a DeleteRequest', () => {
  it('is not needed where it names digests and removes no more than unapprovedDeletes', async () => {
    const world = new RequestWorld();
    await world.registry({ limits: { unapprovedDeletes: 2 } });
    await world.request({ mode: 'Execute' });
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Executing' });
    expect(world.replicas.orders).toMatchObject([{ input: { limits: { unapprovedDeletes: 2 } } }]);
    expect(world.replicas.orders[0]).not.toHaveProperty('approvedPlan');
  });

  it('is needed for one deletion more, and for what is not pinned by a digest', async () => {
    const cases = [
      { limit: 1, spec: {} },
      { limit: 100, spec: { targets: [{ repository: 'team/**' }], cutoff: '2026-11-20T00:00:00Z' } },
    ];
    for (const { limit, spec } of cases) {
      const world = new RequestWorld();
      await world.registry({ limits: { unapprovedDeletes: limit } });
      await world.request({ mode: 'Execute', ...spec });
      await world.settle();
      expect(await world.seen()).toMatchObject({ reason: 'ApprovalRequired', kstatus: 'Failed' });
      const ready = (await world.object).status.conditions?.find(({ type }) => type === 'Ready');
      expect(ready?.message).toContain(`set spec.approvedPlan: ${planDigest}`);
      expect(world.replicas.orders).toHaveLength(0);
      await world.request({ approvedPlan: planDigest });
      await world.settle();
      expect(await world.seen()).toMatchObject({ reason: 'Executing' });
    }
  });

  it('is needed where the registry says that it is over a limit', async () => {
    const world = new RequestWorld();
    await world.registry({ limits: { unapprovedDeletes: 2 } });
    await world.request({ mode: 'Execute' });
    await world.settle();
    await end(world, 0, 'LimitExceeded');
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'ApprovalRequired' });
    expect(world.planning.begun).toEqual(['first', `after ${await world.run()}`]);
  });

  it('carries out a plan of nothing, so that it is done for good', async () => {
    const world = new RequestWorld();
    await world.registry();
    world.planning.answer = {
      ...{ is: 'planned', run: 'plan-1', at: later },
      plan: eachPlan({ entries: 0, tags: 0, manifests: 0 }),
    };
    await world.request({ mode: 'Execute' });
    await world.settle();
    expect(world.replicas.orders).toHaveLength(1);
    await end(world, 0);
    await world.settle();
    expect(await world.seen()).toMatchObject({ succeeded: 'True', reason: 'AlreadyAbsent' });
  });

  it('G7: of a plan that is another by now is not enough; the new one is shown, and its approval is', async () => {
    const world = await enter('planChanged');
    const { status } = await world.object;
    expect(status.plan?.digest).toBe(otherDigest);
    expect(status.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(otherDigest);
    await world.request({ approvedPlan: otherDigest });
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Executing' });
    expect(world.replicas.orders.map(({ approvedPlan }) => approvedPlan)).toEqual([planDigest, otherDigest]);
  });

  it('of an old plan is enough where a new one is the same', async () => {
    const world = await enter('executing');
    world.planning.answer = { ...{ is: 'planned', run: 'plan-1', at: '2026-11-23T05:00:00.000Z' }, plan: eachPlan() };
    await end(world, 0, 'PlanChanged');
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'RegistryUnavailable', kstatus: 'InProgress' });
    world.now += 1000;
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'Executing' });
    expect((await world.object).status.runRef?.attempt).toBe(2);
  });

  it('that is withdrawn while its plan is carried out stops that', async () => {
    const world = await enter('executing');
    await world.request({ approvedPlan: '' });
    await world.settle();
    expect(world.replicas.cancelled).toEqual([await world.run()]);
    await end(world, 0, 'Cancelled');
    await world.settle();
    expect(await world.seen()).toMatchObject({ reason: 'ApprovalRequired' });
  });
});
