import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layout } from '../../storage/layout.ts';
import { CollectorWorld } from '../testing/collectorWorld.ts';
import { type ImageTree, tagNamed } from '../testing/imageTree.ts';
import { app, hasRevision, twoTagsAndGarbage } from '../testing/scenes.ts';

describe('what later looks find', () => {
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

  it('G4: gives up only what every mark since one an hour ago named', async () => {
    const { garbage } = twoTagsAndGarbage(tree);
    const hour = { confirmAfterMs: 5 };
    expect(await world.collect({}, hour)).toMatchObject({ ended: { reason: 'Completed' }, sweep: { removed: 0 } });
    expect(hasRevision(tree, garbage.digest)).toBe(true);
    expect((await world.collect({}, hour)).sweep.removed).toBeGreaterThan(0);
    expect(hasRevision(tree, garbage.digest)).toBe(false);
  });

  it('G4: keeps what the earlier mark did not name', async () => {
    const { recent } = twoTagsAndGarbage(tree);
    const hour = { confirmAfterMs: 5 };
    await world.collect({}, hour);
    tree.drop(layout.tagDirectory(app, tagNamed('v2'))); // as a listing that lies would have it
    await world.collect({}, hour);
    expect(hasRevision(tree, recent.digest)).toBe(true);
  });

  it('G6: puts back what was needed and had gone into the trash', async () => {
    const { recent } = twoTagsAndGarbage(tree);
    const marker = world.inThread();
    const audit = marker.audit.bind(marker);
    const [layer] = recent.layers;
    if (layer === undefined) throw new Error('no layer');
    marker.audit = async () => {
      // A collector gone wrong: the bytes of a live layer went through a door.
      tree.write(
        `${layout.trashes}/gone-wrong/docker,registry,v2,blobs,sha256,${layer.slice(7, 9)},${layer.slice(7)}/data`,
        'layer of recent',
      );
      tree.drop(layout.blobDirectory(layer));
      return audit();
    };
    const report = await world.collect({}, {}, { openMarker: () => marker });
    expect(report.audit).toMatchObject({ missing: 0, putBack: 1 });
    expect(tree.exists(layout.blob(layer))).toBe(true);
  });

  it('G6: says what is missing and not in the trash', async () => {
    const { recent } = twoTagsAndGarbage(tree);
    const marker = world.inThread();
    const audit = marker.audit.bind(marker);
    marker.audit = () => {
      if (tree.exists(layout.blob(recent.config))) tree.drop(layout.blob(recent.config));
      return audit();
    };
    const report = await world.collect({}, {}, { openMarker: () => marker });
    expect(report.audit).toMatchObject({ missing: 1, missingItems: [recent.config] });
    expect(report.ended).toMatchObject({ succeeded: false });
  });
});
