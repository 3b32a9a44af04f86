import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeleteRequestResource } from '../../../core/resources/deleteRequest.ts';
import type { RetentionPolicy } from '../../../core/retention/policy.ts';
import { itemsOf } from '../../admin/planItems.ts';
import { layout } from '../../storage/layout.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { type ImageTree, tagNamed } from '../testing/imageTree.ts';
import { app, deleteByDigest, hasRevision, newest, twoTagsAndGarbage, v1 } from '../testing/scenes.ts';
import type { RunInput } from './input.ts';
import type { EachPlanReport, RunReport } from './report.ts';

/** Keeps this tag, and would remove every other. */
const keeping = (name: string, tag: string): RetentionPolicy => ({
  name,
  repositories: { include: ['**'], exclude: [] },
  rules: [
    { name: 'all', select: { by: 'glob', globs: ['*'] }, keep: { orderBy: 'pushed' } },
    { name: 'kept', select: { by: 'glob', globs: [tag] }, keep: { orderBy: 'pushed', latest: 1 } },
  ],
});

const named = (name: string, request: DeleteRequestResource): DeleteRequestResource => ({ ...request, name });

describe('what a run plans', () => {
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

  const each = (input: Partial<RunInput>, ...more: [Parameters<CollectorWorld['collect']>[1]?]): Promise<RunReport> =>
    world.collect({ mode: 'plan', plans: 'each', ...input }, ...more);

  const planOf = ({ plans = [] }: RunReport, name: string): EachPlanReport => {
    const found = plans.find((plan) => plan.name === name);
    if (found === undefined) throw new Error(`no plan of ${name}`);
    return found;
  };

  it('R1: leaves what a policy keeps that does not act', async () => {
    twoTagsAndGarbage(tree);
    const policies = [newest, keeping('test/keeper', 'v1')];
    const kept = await world.collect({ policies, acting: ['test/newest'] });
    expect(kept).toMatchObject({ ended: { reason: 'Completed' }, plan: { entries: 0, tags: 0 } });
    expect(tree.exists(layout.tagDirectory(app, v1))).toBe(true);
    const none = await world.collect({ policies, acting: [] });
    expect(none.plan).toMatchObject({ entries: 0 });
    const both = await world.collect({ policies: [newest, keeping('test/keeper', 'v2')], acting: ['test/newest'] });
    expect(both).toMatchObject({ plan: { entries: 1, tags: 1, manifests: 1, repositories: 1, protected: 0 } });
    expect(tree.exists(layout.tagDirectory(app, v1))).toBe(false);
  });

  it('G8: collects nothing where it is not asked to, and lets no garbage count against a limit', async () => {
    const { garbage } = twoTagsAndGarbage(tree);
    const before = tree.served();
    const stopped = await world.collect({ limits: { maxDeletes: 0 } });
    expect(stopped.ended).toMatchObject({ reason: 'LimitExceeded' });
    const report = await world.collect({ limits: { maxDeletes: 0 }, collect: false });
    expect(report).toMatchObject({ ended: { reason: 'Completed' }, sweep: { removed: 0 }, plan: { items: 0 } });
    expect(report.plan?.suspects).toBeGreaterThan(0);
    expect(tree.served()).toEqual(before);
    expect(hasRevision(tree, garbage.digest)).toBe(true);
  });

  it('G4: a mark of a run that collects nothing confirms what a later one finds', async () => {
    const { garbage } = twoTagsAndGarbage(tree);
    const hour = { confirmAfterMs: 60 * minute };
    await world.collect({ collect: false }, hour);
    await each({}, hour);
    const [first, ...others] = await world.records.suspects.list(world.signal);
    expect(others).toHaveLength(1);
    if (first === undefined) throw new Error('nothing was remembered');
    await world.collect({}, { confirmAfterMs: 1 });
    expect(hasRevision(tree, garbage.digest)).toBe(false);
  });

  it('G7: makes for each the plan that a run of it alone makes, and each can be approved', async () => {
    const { old, recent } = twoTagsAndGarbage(tree);
    tree.image('team/other', 'theirs', { tag: 'v1' });
    tree.age(minute);
    tree.image('team/other', 'ours', { tag: 'v2' });
    tree.age(10 * minute);
    const policies = [newest, keeping('test/keeper', 'v2')];
    const requests = [
      named('old', deleteByDigest(old.digest)),
      named('both', deleteByDigest(old.digest, recent.digest)),
    ];
    const report = await each({
      policies,
      requests,
      limits: { maxDeletes: 2 },
      limitsOf: { 'test/keeper': { maxDeletes: 1 } },
    });
    expect(report).toMatchObject({ ended: { reason: 'Preview', succeeded: true }, alreadyAbsent: [] });
    expect(report.plan).toBeUndefined();
    expect(report.plans?.map(({ kind, name, tags, brake }) => [kind, name, tags, brake])).toEqual([
      ['RetentionPolicy', 'test/newest', 2, undefined],
      ['RetentionPolicy', 'test/keeper', 2, '2 deletions, where a run may do 1'],
      ['DeleteRequest', 'registry/old', 1, undefined],
      ['DeleteRequest', 'registry/both', 2, '4 deletions, where a run may do 2'],
    ]);
    for (const acting of policies.map(({ name }) => name)) {
      const alone = await world.collect({ mode: 'plan', policies, acting: [acting], collect: false });
      expect(planOf(report, acting).digest).toBe(alone.plan?.digest);
    }
    for (const request of requests) {
      const alone = await world.collect({ mode: 'plan', requests: [request], collect: false });
      expect(planOf(report, `registry/${request.name}`).digest).toBe(alone.plan?.digest);
    }
    const approvedPlan = planOf(report, 'registry/both').digest;
    const [, both] = requests;
    if (both === undefined) throw new Error('there are two requests');
    const carried = await world.collect({ requests: [both], approvedPlan, limits: { maxDeletes: 0 }, collect: false });
    expect(carried).toMatchObject({ ended: { reason: 'Completed' }, plan: { gone: 0 }, sweep: { removed: 2 } });
    expect([old, recent].map(({ digest }) => hasRevision(tree, digest))).toEqual([false, false]);
  });

  it('R3: writes down every one of them item by item', async () => {
    const { old } = twoTagsAndGarbage(tree);
    const id = world.freshRun();
    const report = await each({ id, policies: [newest], requests: [deleteByDigest(old.digest)] });
    for (const { kind, name, items } of report.plans ?? []) {
      const found = await world.records.runs.readPlanOf(id, `${kind}/${name}`, itemsOf, world.signal);
      expect(found?.document).toHaveLength(items);
    }
    expect(await world.records.runs.readPlan(id, itemsOf, world.signal)).toBeUndefined();
    expect(await world.records.runs.readPlanOf(id, 'DeleteRequest/a/b', itemsOf, world.signal)).toBeUndefined();
  });

  it('D1: makes no plan for a request that was carried out, and one for the others', async () => {
    const { old, recent } = twoTagsAndGarbage(tree);
    const done = deleteByDigest(old.digest);
    await world.collect({ requests: [done], collect: false });
    const report = await each({ requests: [done, named('next', deleteByDigest(recent.digest))] });
    expect(report.alreadyAbsent).toEqual(['registry/dr']);
    expect(report.plans?.map(({ name }) => name)).toEqual(['registry/next']);
    expect((await each({ requests: [done] })).plans).toEqual([]);
  });

  it('D1: carries out a request for nothing that is there without an approval, and is done with it', async () => {
    const { garbage } = twoTagsAndGarbage(tree);
    const requests = [deleteByDigest(...tree.image('team/elsewhere', 'absent').layers)];
    tree.age(10 * minute);
    const input = { requests, collect: false, limits: { maxDeletes: 0 } } as const;
    expect(await world.collect(input)).toMatchObject({ ended: { reason: 'Completed' }, plan: { entries: 0 } });
    expect(await world.collect(input)).toMatchObject({ alreadyAbsent: ['registry/dr'] });
    expect(hasRevision(tree, garbage.digest)).toBe(true);
  });

  it('is cancelled between one plan and the next, and shows no part of them as the whole', async () => {
    const { old, recent } = twoTagsAndGarbage(tree);
    const abort = new AbortController();
    const marker = world.inThread();
    const next = marker.nextPlan.bind(marker);
    let made = 0;
    marker.nextPlan = async () => {
      if (++made === 2) abort.abort();
      return next();
    };
    const requests = [old, recent].map(({ digest }, at) => named(`dr-${at}`, deleteByDigest(digest)));
    const input = { mode: 'plan', plans: 'each', requests } as const;
    const report = await world.collect(input, {}, { openMarker: () => marker }, abort.signal);
    expect(report.ended).toMatchObject({ reason: 'Cancelled' });
    expect([made, report.plans]).toEqual([2, undefined]);
  });

  it('G1: shows several plans of a storage that others wrote, and carries nothing out', async () => {
    const foreign = new CollectorWorld();
    const { old } = twoTagsAndGarbage(foreign.tree);
    await foreign.open();
    const report = await foreign.collect({ mode: 'plan', plans: 'each', requests: [deleteByDigest(old.digest)] });
    expect(report.ended?.message).toContain('others wrote');
    expect(report.plans).toHaveLength(1);
    await foreign.close();
  });

  it('tells how much of an approved plan is there no more, and is done with a request of which nothing is', async () => {
    const { old, recent } = twoTagsAndGarbage(tree);
    const requests = [deleteByDigest(old.digest, recent.digest)];
    const input = { requests, collect: false, limits: { maxDeletes: 0 } } as const;
    const preview = await world.collect({ ...input, mode: 'plan' });
    const approvedPlan = preview.plan?.digest ?? '';
    tree.drop(layout.tagDirectory(app, v1));
    tree.drop(layout.revisionLink(app, old.digest));
    const half = await world.collect({ ...input, mode: 'plan' });
    tree.drop(layout.tagDirectory(app, tagNamed('v2')));
    tree.drop(layout.revisionLink(app, recent.digest));
    const report = await world.collect({ ...input, approvedPlan, acceptMissing: true });
    expect(report).toMatchObject({
      ended: { reason: 'Completed' },
      plan: { entries: 0, gone: 2 },
      sweep: { removed: 0 },
    });
    expect(half.plan).toMatchObject({ entries: 1 });
    tree.image('team/app', 'old', { tag: 'v1' });
    tree.age(10 * minute);
    expect(await world.collect({ ...input, approvedPlan })).toMatchObject({ alreadyAbsent: ['registry/dr'] });
    expect(hasRevision(tree, old.digest)).toBe(true);
  });
});
