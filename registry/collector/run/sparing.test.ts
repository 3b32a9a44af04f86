import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestToken, tagToken } from '../../../core/window/token.ts';
import { layout } from '../../storage/layout.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import type { ImageTree } from '../testing/imageTree.ts';
import { missingIn } from '../testing/missing.ts';
import { app, hasRevision, newest, twoTagsAndGarbage, v1 } from '../testing/scenes.ts';

describe('what a collection spares', () => {
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

  it('G3: keeps what is young, and what was promised a moment ago', async () => {
    const { digest } = tree.image('team/app', 'garbage', { layers: ['one'] });
    expect(await world.collect()).toMatchObject({ sweep: { removed: 0 } });
    tree.age(10 * minute);
    await world.driver.renew(layout.revisionLink(app, digest), world.signal);
    expect(await world.collect()).toMatchObject({ sweep: { removed: 0 } });
    tree.age(10 * minute);
    expect((await world.collect()).sweep.removed).toBeGreaterThan(0);
  });

  it('G3: a layer that a HEAD promised before a collection survives it, and goes a promiseTTL later', async () => {
    const { digest } = tree.layer('team/app', 'orphaned');
    tree.age(10 * minute);
    const { replica } = await world.replica();
    // As HEAD of a blob does: the promise renews the link, and is in the journal.
    await replica.operate('promise', [digestToken(digest)], world.signal, async () => {
      await world.driver.renew(layout.layerLink(app, digest), world.signal);
    });
    await world.collect();
    expect(tree.exists(layout.layerLink(app, digest))).toBe(true);
    expect(tree.exists(layout.blob(digest))).toBe(true);
    tree.age(10 * minute);
    await world.collect();
    expect(tree.served()).toEqual([]);
  });

  it('G2: spares what is touched while it marks, with all that it refers to', async () => {
    const { garbage } = twoTagsAndGarbage(tree);
    const { replica, ports } = await world.replica();
    const marker = world.inThread();
    const plan = marker.plan.bind(marker);
    marker.plan = async (order) => {
      await replica.operate('promise', [digestToken(garbage.digest)], world.signal, () => Promise.resolve());
      return plan(order);
    };
    const report = await world.collect({}, {}, { ...ports, openMarker: () => marker });
    expect(report).toMatchObject({ ended: { reason: 'Completed' }, sweep: { removed: 0 } });
    expect(report.sweep.spared).toBeGreaterThan(0);
    expect(hasRevision(tree, garbage.digest)).toBe(true);
    expect(await missingIn(world)).toEqual([]);
  });

  it('W6: writes what a window holds once where nothing of it is spared, so that nobody waits for a second time', async () => {
    twoTagsAndGarbage(tree);
    await world.replica();
    const report = await world.collect();
    const sets = await world.driver.list(layout.heldSets, world.signal);
    expect(report).toMatchObject({ ended: { reason: 'Completed' }, sweep: { spared: 0 } });
    expect(report.windows.count).toBeGreaterThan(0);
    expect(sets).toHaveLength(report.windows.count);
  });

  it('D2: a tag that was pushed again since the plan is spared', async () => {
    twoTagsAndGarbage(tree);
    const marker = world.inThread();
    const choose = marker.choose.bind(marker);
    const { replica, ports } = await world.replica();
    let pushed = false;
    marker.choose = async (limit) => {
      if (!pushed) {
        pushed = true;
        const pushedAgain = tree.image('team/app', 'again');
        const tokens = [
          tagToken(app, v1),
          ...[pushedAgain.digest, pushedAgain.config, ...pushedAgain.layers].map(digestToken),
        ];
        await replica.operate('commit', tokens, world.signal, () => {
          tree.tag('team/app', 'v1', pushedAgain.digest);
          return Promise.resolve();
        });
      }
      return choose(limit);
    };
    const report = await world.collect({ policies: [newest] }, {}, { ...ports, openMarker: () => marker });
    expect(report.ended?.reason).toBe('Completed');
    expect(tree.exists(layout.tagLink(app, v1))).toBe(true);
    expect(await missingIn(world)).toEqual([]);
  });

  it('removes no tag and no manifest while a source of protections is stale', async () => {
    twoTagsAndGarbage(tree);
    const said = { maxAgeMs: minute, complete: true, digests: [], tags: [] };
    const now = await world.driver.now(world.signal);
    const before = tree.served();
    await world.records.protections.put('cluster', { ...said, observedAt: now - 2 * minute }, world.signal);
    expect(await world.collect({ policies: [newest] })).toMatchObject({ ended: { reason: 'ProtectionsStale' } });
    await world.records.protections.put('cluster', { ...said, observedAt: now, complete: false }, world.signal);
    expect(await world.collect({ policies: [newest] })).toMatchObject({ ended: { reason: 'ProtectionsStale' } });
    expect(tree.served()).toEqual(before);
    await world.records.protections.put('cluster', { ...said, observedAt: now }, world.signal);
    expect(await world.collect({ policies: [newest] })).toMatchObject({ ended: { reason: 'Completed' } });
    expect(tree.served()).not.toEqual(before);
  });

  it('G3: keeps what is protected, also since the plan was made', async () => {
    const { old, garbage } = twoTagsAndGarbage(tree);
    const now = await world.driver.now(world.signal);
    const marker = world.inThread();
    const choose = marker.choose.bind(marker);
    marker.choose = async (limit) => {
      const said = {
        observedAt: now,
        maxAgeMs: minute,
        complete: true,
        tags: [],
        digests: [old.config, garbage.digest],
      };
      await world.records.protections.put('cluster', said, world.signal);
      return choose(limit);
    };
    const report = await world.collect({ policies: [newest] }, {}, { openMarker: () => marker });
    expect(report).toMatchObject({ ended: { reason: 'Completed' }, sweep: { removed: 0 } });
    expect(tree.exists(layout.tagLink(app, v1))).toBe(true);
  });
});
