import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CollectorWorld, minute } from '../collector/testing/collectorWorld.ts';
import { repositoryNamed, tagNamed } from '../collector/testing/imageTree.ts';
import { layout } from '../storage/layout.ts';
import { Repairs } from './repair.ts';

const app = repositoryNamed('team/app');
const [v1, v2] = [tagNamed('v1'), tagNamed('v2')];

describe('a repair', () => {
  let world: CollectorWorld;
  beforeEach(() => {
    world = new CollectorWorld();
  });
  afterEach(async () => {
    await world.close();
    expect(world.failures).toEqual([]);
  });

  it('takes dangling tags away, each with its tombstone, and abandoned uploads, and nothing else', async () => {
    const { tree, driver } = world;
    const [one, two] = [tree.image('team/app', 'one', { tag: 'v1' }), tree.image('team/app', 'two', { tag: 'v2' })];
    tree.drop(layout.revisionDirectory(app, one.digest));
    const lost = tree.image('team/app', 'lost');
    tree.drop(layout.blobDirectory(lost.digest));
    for (const name of ['old', 'new']) tree.write(`${layout.uploads(app)}/${name}/startedat`, '');
    for (const path of ['old/startedat', 'old']) tree.ageOne(20 * minute, `${layout.uploads(app)}/${path}`);
    const { deletions } = await world.replica();
    const served = tree.served();

    const repairs = new Repairs();
    const what = { says: '' };
    const mend = { take: 'tag', repository: app, tag: v1, digest: one.digest } as const;
    repairs.add({ name: 'DanglingTag', object: 'team/app:v1', ...what, mend });
    repairs.add({ name: 'AbandonedUpload', object: 'old', ...what, mend: { take: 'uploads', repository: app } });
    repairs.add({ name: 'OrphanBlob', object: two.digest, ...what });
    repairs.add({
      ...{ name: 'ManifestLinkWithoutBlob', object: '', ...what },
      mend: { take: 'manifest', repository: app, digest: lost.digest },
    });
    expect(repairs.counts).toEqual({ tags: 1, manifests: 1, uploads: 1 });
    const repaired = await repairs.carryOut(
      { deletions, driver, fresh: randomUUID, uploadsMs: 10 * minute },
      world.signal,
    );
    expect(repaired).toEqual({ tags: 1, manifests: 1, spared: 0, waiting: [], uploads: 1 });

    const gone = [
      layout.tagDirectory(app, v1),
      layout.revisionDirectory(app, lost.digest),
      `${layout.uploads(app)}/old`,
    ];
    expect(tree.served()).toEqual(served.filter((path) => !gone.some((each) => path.startsWith(`${each}/`))));
    const stones = await world.records.tombstones.list(world.signal);
    expect(stones.toSorted((a, b) => (a.kind < b.kind ? 1 : -1))).toMatchObject([
      { kind: 'tag', tags: ['v1'], digest: one.digest },
      { kind: 'manifest', tags: [], digest: lost.digest },
    ]);
  });

  it('D2: spares a tag that was pushed again since it was found dangling', async () => {
    const { tree, driver } = world;
    const [one, two] = [tree.image('team/app', 'one', { tag: 'v1' }), tree.image('team/app', 'two', { tag: 'v2' })];
    const { deletions } = await world.replica();
    const repairs = new Repairs();
    for (const [tag, digest] of [
      [v1, one.digest], // the same image again: its manifest is there by now
      [v2, one.digest], // another image: the tag has gone on
    ] as const)
      repairs.add({ name: 'DanglingTag', object: '', says: '', mend: { take: 'tag', repository: app, tag, digest } });
    const whole = { take: 'manifest', repository: app, digest: two.digest } as const; // its bytes are there by now
    repairs.add({ name: 'ManifestLinkWithoutBlob', object: '', says: '', mend: whole });
    const repaired = await repairs.carryOut({ deletions, driver, fresh: randomUUID, uploadsMs: minute }, world.signal);
    expect(repaired).toEqual({ tags: 0, manifests: 0, spared: 3, waiting: [], uploads: 0 });
    expect(tree.exists(layout.tagLink(app, v1))).toBe(true);
    expect(tree.exists(layout.tagLink(app, v2))).toBe(true);
    expect(await world.records.tombstones.list(world.signal)).toEqual([]);
    expect(tree.exists(layout.revisionLink(app, two.digest))).toBe(true);
  });
});
