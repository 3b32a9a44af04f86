import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layout } from '../../storage/layout.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { type ImageTree, tagNamed } from '../testing/imageTree.ts';
import { app, hasRevision, newest, twoTagsAndGarbage, v1 } from '../testing/scenes.ts';

describe('an approved plan', () => {
  let world: CollectorWorld;
  let tree: ImageTree;
  beforeEach(async () => {
    world = new CollectorWorld();
    tree = world.tree;
    await world.open();
  });
  afterEach(async () => {
    await world.close();
  });

  it('G7: carries out what is left of the plan that was approved, and spares what came to it since', async () => {
    const { old } = twoTagsAndGarbage(tree);
    const preview = await world.collect({ mode: 'plan', policies: [newest] });
    expect(preview.ended).toMatchObject({ reason: 'Preview', succeeded: true });
    const approvedPlan = preview.plan?.digest ?? '';
    tree.image('team/app', 'third', { tag: 'v3' }); // now v2 would go as well
    tree.age(10 * minute);
    const report = await world.collect({ policies: [newest], approvedPlan });
    expect(report.ended).toMatchObject({ reason: 'Completed' });
    expect(report.plan?.digest).not.toBe(approvedPlan);
    expect(tree.exists(layout.tagDirectory(app, v1))).toBe(false);
    expect(tree.exists(layout.tagDirectory(app, tagNamed('v2')))).toBe(true);
    expect(hasRevision(tree, old.digest)).toBe(true);
  });

  it('G7: refuses a plan that was never made here, or is of something else', async () => {
    twoTagsAndGarbage(tree);
    const unknown = await world.collect({ policies: [newest], approvedPlan: `sha256:${'0'.repeat(64)}` });
    expect(unknown.ended).toMatchObject({ reason: 'PlanChanged', succeeded: false });
    const preview = await world.collect({ mode: 'plan', policies: [newest] });
    tree.drop(layout.tagDirectory(app, v1));
    tree.image('team/app', 'third', { tag: 'v3' });
    tree.age(10 * minute);
    const other = await world.collect({ policies: [newest], approvedPlan: preview.plan?.digest ?? '' });
    expect(other.ended).toMatchObject({ reason: 'PlanChanged', succeeded: false });
  });

  it('G7: takes an approval of exactly what would go now, also where nobody remembers that plan', async () => {
    twoTagsAndGarbage(tree);
    const preview = await world.collect({ mode: 'plan', policies: [newest] });
    const approvedPlan = preview.plan?.digest ?? '';
    await forgetPlans();
    for (const run of await world.records.runs.list(world.signal)) await world.records.runs.remove(run, world.signal);
    const report = await world.collect({ policies: [newest], approvedPlan, limits: { maxDeletes: 0 } });
    expect(report).toMatchObject({ ended: { reason: 'Completed' }, sweep: { removedBySteps: { tag: 1 } } });
    expect(report.plan?.gone).toBeUndefined();
  });

  it('G7: knows a plan for a day after it was made last, whichever run made it', async () => {
    twoTagsAndGarbage(tree);
    const limits = { maxDeletes: 0 };
    const preview = await world.collect({ mode: 'plan', policies: [newest] });
    const approvedPlan = preview.plan?.digest ?? '';
    for (const run of await world.records.runs.list(world.signal)) await world.records.runs.remove(run, world.signal);
    tree.image('team/app', 'third', { tag: 'v3' });
    tree.age(10 * minute);
    tree.age(25 * 60 * minute, layout.plans);
    const late = await world.collect({ policies: [newest], approvedPlan, limits });
    expect(late.ended).toMatchObject({ reason: 'PlanChanged' });
    tree.age(-2 * 60 * minute, layout.plans);
    const report = await world.collect({ policies: [newest], approvedPlan, limits });
    expect(report).toMatchObject({
      ended: { reason: 'Completed' },
      plan: { gone: 0 },
      sweep: { removedBySteps: { tag: 1 } },
    });
  });

  it('G7: knows a plan of an earlier version, which kept it with its run alone', async () => {
    twoTagsAndGarbage(tree);
    const id = world.freshRun();
    const preview = await world.collect({ id, mode: 'plan', policies: [newest] });
    const approvedPlan = preview.plan?.digest ?? '';
    await forgetPlans();
    const { runs } = world.records;
    await runs.writeReport(world.freshRun(), { plan: { digest: approvedPlan } }, world.signal); // a heartbeat without a plan
    await runs.writePlan(world.freshRun(), { digest: approvedPlan, keys: [] }, world.signal);
    tree.image('team/app', 'third', { tag: 'v3' });
    tree.age(10 * minute);
    const report = await world.collect({ policies: [newest], approvedPlan });
    expect(report).toMatchObject({ ended: { reason: 'Completed' }, sweep: { removedBySteps: { tag: 1 } } });
    const nothing = await world.collect({ policies: [newest], approvedPlan: 'no digest' });
    expect(nothing.ended).toMatchObject({ reason: 'PlanChanged' });
  });

  it('G1: takes no record of a plan that it does not understand', async () => {
    twoTagsAndGarbage(tree);
    const preview = await world.collect({ mode: 'plan', policies: [newest] });
    const [file] = tree.served(layout.plans);
    tree.write(file ?? '', '{"keys":["x"]}');
    const report = await world.collect({ policies: [newest], approvedPlan: preview.plan?.digest ?? '' });
    expect(report.ended).toMatchObject({ reason: 'StorageError', succeeded: false });
  });

  async function forgetPlans(): Promise<void> {
    await world.records.plans.removeOlder(Infinity, world.signal);
    expect(tree.served(layout.plans)).toEqual([]);
  }

  it('G8: stops before it removes more than its limits, unless exactly that plan was approved', async () => {
    twoTagsAndGarbage(tree);
    const before = tree.served();
    const limits = { maxDeletes: 1 };
    const stopped = await world.collect({ policies: [newest], limits });
    expect(stopped.ended).toMatchObject({ reason: 'LimitExceeded', succeeded: false });
    expect(tree.served()).toEqual(before);
    const approvedPlan = stopped.plan?.digest ?? '';
    expect(await world.collect({ policies: [newest], limits, approvedPlan })).toMatchObject({
      ended: { reason: 'Completed' },
    });
  });
});
