import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fence } from '../../../core/window/gate.ts';
import { layout } from '../../storage/layout.ts';
import { ThreadMarker } from '../marker/threadMarker.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { type ImageTree, tagNamed } from '../testing/imageTree.ts';
import { missingIn } from '../testing/missing.ts';
import { app, hasRevision, newest, twoTagsAndGarbage, v1 } from '../testing/scenes.ts';

describe('a collection', () => {
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

  it('G2: removes what nothing reaches, and keeps every tagged image whole, marking in a thread of its own', async () => {
    tree.image('team/app', 'kept', { tag: 'v1', layers: ['shared', 'own'] });
    const garbage = tree.image('team/app', 'garbage', { layers: ['shared', 'garbage'] });
    tree.age(10 * minute);
    const before = new Set(tree.served());
    await world.replica();
    const report = await world.collect({}, {}, { openMarker: () => new ThreadMarker({ root: tree.root }) });
    expect(report.ended).toMatchObject({ succeeded: true, reason: 'Completed' });
    expect(report.audit).toMatchObject({ manifests: 1, missing: 0 });
    expect([...before.difference(new Set(tree.served()))].toSorted()).toEqual(
      [
        layout.revisionLink(app, garbage.digest),
        layout.layerLink(app, garbage.config),
        ...garbage.layers.slice(1).flatMap((layer) => [layout.layerLink(app, layer), layout.blob(layer)]),
        ...[layout.blob(garbage.digest), layout.blob(garbage.config)],
      ].toSorted(),
    );
    expect(report.sweep.removedBySteps).toMatchObject({ manifest: 1, layer: 2, data: 3 });
    expect(report.windows.count).toBe(3);
    expect(report.windows.longestMs).toBeGreaterThan(0);
  });

  it('removes by policy what its tombstone can bring back whole', async () => {
    const { old, garbage } = twoTagsAndGarbage(tree);
    const report = await world.collect({ policies: [newest] });
    expect(report.ended?.reason).toBe('Completed');
    expect(tree.exists(layout.tagDirectory(app, v1))).toBe(false);
    expect(hasRevision(tree, garbage.digest)).toBe(false);
    expect(hasRevision(tree, old.digest)).toBe(true); // D4: the tombstone is a root
    expect(await world.records.tombstones.list(world.signal)).toMatchObject([
      { kind: 'tag', tags: ['v1'], digest: old.digest },
    ]);
    expect(await missingIn(world)).toEqual([]);
  });

  it('G5: finds nothing left to do when it runs again', async () => {
    twoTagsAndGarbage(tree);
    await world.collect({ policies: [newest] });
    const after = tree.served();
    const again = await world.collect({ policies: [newest] });
    expect(again).toMatchObject({ ended: { reason: 'Completed' }, sweep: { removed: 0 } });
    expect(tree.served()).toEqual(after);
  });

  it('W1: fences a life that does not answer, and goes on without it', { timeout: 20_000 }, async () => {
    const { garbage } = twoTagsAndGarbage(tree);
    const { replica } = await world.replica();
    const life = replica.state?.life;
    if (life === undefined) throw new Error('no life');
    await world.kill(replica);
    // Its process hangs: the record says that it is there, and nobody answers.
    const { record } = (await world.records.members.read(life, world.signal)) ?? {};
    expect(record?.left ?? false).toBe(false);
    const fast = performance.now();
    const report = await world.collect({}, {}, { mono: () => fast + (performance.now() - fast) * 20 });
    expect(report.ended?.reason).toBe('Completed');
    expect(hasRevision(tree, garbage.digest)).toBe(false);
    expect(tree.exists(layout.stage(life))).toBe(false);
    expect(await world.records.members.read(life, world.signal)).toBeUndefined();
  });

  const others = [
    { what: 'a later run went on', meanwhile: async () => world.collect() },
    { what: 'a client deleted something else', meanwhile: async () => deleteOther() },
    { what: 'a life was fenced', meanwhile: async () => fenceNobody() },
    { what: 'nobody else did anything', meanwhile: async () => undefined },
  ];

  it.each(others)('G6: says what is missing though $what while its audit walked', async ({ meanwhile }) => {
    const { config } = tree.image('team/app', 'kept', { tag: 'v1' });
    const marker = world.inThread();
    const audit = marker.audit.bind(marker);
    marker.audit = async () => {
      if (tree.exists(layout.blob(config))) {
        await meanwhile();
        tree.drop(layout.blob(config));
      }
      return audit();
    };
    const report = await world.collect({}, {}, { openMarker: () => marker });
    expect([report.ended?.reason, report.audit?.missingItems]).toEqual(['Doubt', [config]]);
  });

  it.each(others)(
    'G6: looks again for what its audit, a walk of minutes, misses where $what',
    async ({ meanwhile }) => {
      const { digest } = tree.image('team/app', 'kept', { tag: 'v1' });
      const missed = { object: `elsewhere@${digest}`, digest, neededBy: 'an index that went with it' };
      const marker = world.inThread();
      const audit = marker.audit.bind(marker);
      marker.audit = async () => {
        marker.audit = audit;
        await meanwhile();
        return { manifests: 1, missing: [missed] };
      };
      const report = await world.collect({}, {}, { openMarker: () => marker });
      expect(report).toMatchObject({ ended: { succeeded: true }, audit: { missing: 0 } });
    },
  );

  async function deleteOther(): Promise<void> {
    tree.image('team/app', 'other', { tag: 'other' });
    const { deletions } = await world.replica();
    const target = { kind: 'tag', repository: app, tag: tagNamed('other') } as const;
    expect(await deletions.request(target, world.signal)).toEqual({ is: 'deleted' });
  }

  /** A gate that no run has made. */
  async function fenceNobody(): Promise<void> {
    const gate = await world.records.gates.read(world.signal);
    if (gate?.phase !== 'OPEN') throw new Error('a run is on');
    expect(await world.records.gates.cas(fence(gate, [], 1), world.signal)).toBe('won');
  }

  it('empties the trash once a later mark needs nothing of it, and takes away abandoned uploads', async () => {
    twoTagsAndGarbage(tree);
    tree.write(`${layout.upload(app, 'abandoned')}/startedat`, 'long ago');
    tree.age(20 * minute);
    tree.drop(layout.upload(app, 'abandoned'));
    tree.write(`${layout.upload(app, 'abandoned')}/startedat`, 'long ago');
    tree.write(`${layout.upload(app, 'active')}/startedat`, 'now');
    tree.age(20 * minute, layout.upload(app, 'abandoned'));
    tree.ageOne(20 * minute, layout.upload(app, 'abandoned'));
    const first = await world.collect();
    expect(first.sweep).toMatchObject({ uploads: 1, trash: { discarded: 0 } });
    expect(tree.exists(layout.upload(app, 'abandoned'))).toBe(false);
    expect(tree.exists(layout.upload(app, 'active'))).toBe(true);
    const { trash } = (await world.collect({}, { trashTTLMs: 0 })).sweep;
    expect(trash.discarded).toBe(first.sweep.removed + 1);
    expect(tree.served(layout.trashes)).toEqual([]);
  });

  it('is cancelled in order', async () => {
    twoTagsAndGarbage(tree);
    const before = tree.served();
    const abort = new AbortController();
    const marker = world.inThread();
    marker.mark = () => {
      abort.abort();
      return new Promise(() => undefined); // never ends by itself
    };
    const report = await world.collect({}, {}, { openMarker: () => marker }, abort.signal);
    expect(report.ended).toMatchObject({ reason: 'Cancelled', succeeded: false });
    expect((await world.records.gates.read(world.signal))?.phase).toBe('OPEN');
    expect(tree.served()).toEqual(before);
  });

  it('takes windows as large as they stay short', async () => {
    for (let n = 0; n < 100; n++) tree.layer('team/app', `layer ${n}`);
    tree.age(10 * minute);
    const report = await world.collect({}, { maxHeld: 30, holdTargetMs: 1_000 });
    expect(report.sweep.removed).toBe(200);
    expect(report.windows.count).toBe(8);
  });
});
