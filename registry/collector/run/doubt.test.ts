import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../core/reach/graphBuilder.ts';
import { layout } from '../../storage/layout.ts';
import { lifeId } from '../../storage/testing/testStorage.ts';
import { ThreadMarker } from '../marker/threadMarker.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { type ImageTree, repositoryNamed } from '../testing/imageTree.ts';
import { app, hasRevision, twoTagsAndGarbage } from '../testing/scenes.ts';

/** What comes over several runs; the kinds of faults that end one stand in `doubtKinds.test.ts`. */
describe('a collection in doubt', () => {
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

  it('G1: stops when repositories have vanished without our doing, until somebody accepts that', async () => {
    for (const name of ['a', 'b', 'c', 'd']) tree.image(name, name, { tag: 'v1', layers: ['shared'] });
    tree.image('a', 'garbage');
    tree.age(10 * minute);
    await world.collect({ mode: 'plan' });
    for (const name of ['c', 'd']) tree.drop(layout.repository(repositoryNamed(name)));
    const before = tree.served();
    const report = await world.collect();
    expect(report.ended).toMatchObject({ reason: 'Doubt' });
    expect(report.ended?.message).toMatch(/^c: /);
    expect(tree.served()).toEqual(before);
    expect(await world.collect({ acceptMissing: true })).toMatchObject({ ended: { reason: 'Completed' } });
    expect(await world.collect()).toMatchObject({ ended: { reason: 'Completed' } });
  });

  it('G1: has none where its mark slept while a later run marked what was pushed meanwhile', async () => {
    tree.image('a', 'kept', { tag: 'v1' });
    const marker = new ThreadMarker({ root: tree.root });
    const mark = marker.mark.bind(marker);
    marker.mark = async (order) => {
      const marked = await mark(order);
      tree.image('b', 'pushed', { tag: 'v1' });
      // So long has it slept that whoever comes takes it for dead.
      for (const signs of [layout.runs, layout.gates]) tree.age(minute, signs);
      expect(await world.collect()).toMatchObject({ ended: { reason: 'Completed' } });
      return marked;
    };
    const report = await world.collect({}, {}, { openMarker: () => marker });
    expect(report.ended).toMatchObject({ reason: 'Superseded' });
  });

  it('G1: only previews, once, a storage that others wrote', async () => {
    const foreign = new CollectorWorld();
    foreign.tree.image('team/app', 'garbage');
    foreign.tree.age(10 * minute);
    await foreign.open();
    const before = foreign.tree.served();
    expect(await foreign.collect()).toMatchObject({ ended: { reason: 'Preview', succeeded: true } });
    expect(foreign.tree.served()).toEqual(before);
    expect(await foreign.collect()).toMatchObject({ ended: { reason: 'Completed' } });
    expect(foreign.tree.served()).toEqual([]);
    await foreign.close();
  });

  it('G6: keeps a layer that a tag needs though its link is damaged, and the audit names it', async () => {
    const { recent, garbage } = twoTagsAndGarbage(tree);
    tree.write(layout.layerLink(app, recent.config), 'sha256:');
    const report = await world.collect();
    expect(report.ended).toMatchObject({ succeeded: false, reason: 'Doubt' });
    expect(report.ended?.message).toContain(layout.layerLink(app, recent.config));
    expect(hasRevision(tree, garbage.digest)).toBe(false);
    expect(tree.exists(layout.blob(recent.config))).toBe(true);
  });

  it('G1: throws away a snapshot of the graph that is not of this storage, and reads everything the next time', async () => {
    const { garbage } = twoTagsAndGarbage(tree);
    await world.collect({ mode: 'plan' });
    const edges = await world.records.edges.read(2 ** 20, world.signal);
    if (edges === undefined) throw new Error('no snapshot was left');
    const other = new GraphBuilder(1);
    for (const words of edges.digests()) other.addManifest(other.digests.internWords(words), [], undefined, 1);
    await world.records.edges.write(other.soFar(), world.signal);
    let report = await world.collect();
    for (let tries = 0; report.ended?.reason !== 'Doubt' && tries < 100; tries += 1) report = await world.collect();
    expect(report.ended?.message).toContain('the snapshot of the graph says otherwise');
    expect(await world.records.edges.read(2 ** 20, world.signal)).toBeUndefined();
    expect(await world.collect()).toMatchObject({ ended: { reason: 'Completed' } });
    expect(hasRevision(tree, garbage.digest)).toBe(false);
  });

  it(
    'W1: fences a life whose record came back empty after a power cut, and then removes',
    { timeout: 20_000 },
    async () => {
      const { garbage } = twoTagsAndGarbage(tree);
      const { replica } = await world.replica();
      const life = replica.state?.life;
      if (life === undefined) throw new Error('no life');
      await world.kill(replica);
      tree.write(layout.life(life), '');
      const fast = performance.now();
      const report = await world.collect({}, {}, { mono: () => fast + (performance.now() - fast) * 20 });
      expect(report.ended).toMatchObject({ reason: 'Completed' });
      expect(tree.exists(layout.stage(life))).toBe(false);
      expect(tree.exists(layout.member(life))).toBe(false);
      expect(hasRevision(tree, garbage.digest)).toBe(false);
    },
  );

  it('is not stopped by what a start probes the storage with, also where it was killed then', async () => {
    const { garbage } = twoTagsAndGarbage(tree);
    for (const path of layout.probes(lifeId('probing'))) tree.write(path, 'probe');
    expect(await world.collect()).toMatchObject({ ended: { reason: 'Completed' } });
    expect(hasRevision(tree, garbage.digest)).toBe(false);
    // A repository may be called nearly so, and is one.
    const image = tree.image('coppice-probe-1', 'kept', { tag: 'v1' });
    tree.age(10 * minute);
    await world.collect();
    expect(tree.exists(layout.blob(image.config))).toBe(true);
  });

  it('G1: ends in order when the thread of its mark dies', async () => {
    twoTagsAndGarbage(tree);
    const marker = new ThreadMarker({ root: tree.root });
    const mark = marker.mark.bind(marker);
    marker.mark = (order) => {
      const marking = mark(order);
      void marker.close();
      return marking;
    };
    const report = await world.collect({}, {}, { openMarker: () => marker });
    expect(report.ended).toMatchObject({ reason: 'Doubt', succeeded: false });
    expect((await world.records.gates.read(world.signal))?.phase).toBe('OPEN');
  });
});
