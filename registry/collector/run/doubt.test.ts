import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layout } from '../../storage/layout.ts';
import { ThreadMarker } from '../marker/threadMarker.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { type Image, ImageTree, repositoryNamed } from '../testing/imageTree.ts';
import { app, newest, twoTagsAndGarbage, v1 } from '../testing/scenes.ts';

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

  const breaks: Record<string, (image: Image) => string> = {
    'an empty tag link': () => cut(layout.tagLink(app, v1), 0),
    'a truncated revision link': ({ digest }) => cut(layout.revisionLink(app, digest), 30),
    'an unreadable layer link': ({ config }) => {
      const path = layout.layerLink(app, config);
      rmSync(tree.place(path));
      new ImageTree(tree.place(path)).write('x', '');
      return path;
    },
    'an empty manifest': ({ digest }) => cut(layout.blob(digest), 0),
    'a truncated manifest': ({ digest }) => cut(layout.blob(digest), 20),
    'a manifest with another content': ({ digest }) => {
      writeFileSync(tree.place(layout.blob(digest)), '{}');
      return layout.blob(digest);
    },
    'a manifest that is gone': ({ digest }) => {
      tree.drop(layout.blob(digest));
      return `${app}@${digest}`;
    },
  };
  function cut(path: string, sizeBytes: number): string {
    truncateSync(tree.place(path), sizeBytes);
    return path;
  }
  it.each(Object.keys(breaks))('G1: ends with nothing removed at %s, and names it', async (how) => {
    const { old } = twoTagsAndGarbage(tree);
    const object = breaks[how]?.(old) ?? '';
    const before = tree.served();
    const report = await world.collect({ policies: [newest] });
    expect(report.ended).toMatchObject({ succeeded: false, reason: 'Doubt' });
    expect(report.ended?.message).toContain(object);
    expect(tree.served()).toEqual(before);
    expect((await world.records.gates.read(world.signal))?.phase).toBe('OPEN');
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

  it('G1: stops at a link that nobody of us wrote', async () => {
    const { recent } = twoTagsAndGarbage(tree);
    const ports = world.ports();
    const marker = world.inThread();
    const mark = marker.mark.bind(marker);
    marker.mark = (order) => {
      tree.tag('team/app', 'foreign', recent.digest); // after the acknowledgements, by somebody without a journal
      return mark(order);
    };
    const report = await world.collect({}, {}, { ...ports, openMarker: () => marker });
    expect(report.ended).toMatchObject({ reason: 'ForeignWriter' });
    expect(report.ended?.message).toContain('team/app:foreign');
    expect(report.sweep.removed).toBe(0);
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
