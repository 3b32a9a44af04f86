import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../core/oci/digest.ts';
import { digestToken } from '../../../core/window/token.ts';
import { openRepositories } from '../../repository/repositories.ts';
import type { UndeleteOutcome } from '../../repository/undelete.ts';
import { layout } from '../../storage/layout.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { type Image, type ImageTree, tagNamed } from '../testing/imageTree.ts';
import { missingIn } from '../testing/missing.ts';
import { app, deleteByDigest, hasRevision, twoTagsAndGarbage, v1 } from '../testing/scenes.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('a deletion in a run', () => {
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

  async function undelete(digest: Digest): Promise<UndeleteOutcome> {
    const { replica } = await world.replica();
    const { undelete: wayBack } = openRepositories(
      {
        ...{ store: world.driver, admission: replica, tombstones: world.records.tombstones, stopping: world.signal },
        ...{ mono: () => performance.now(), freshUpload: randomUUID, log: silent, mustHaveRoom: async () => undefined },
      },
      { promiseTTLMs: minute, validation: 'full' },
    );
    return wayBack.undelete({ kind: 'manifest', repository: app, digest }, world.signal);
  }

  /** Two untagged indexes over one child, and a signature of that child. */
  function sharedChild(): { child: Image; signature: Image; indexes: readonly [Digest, Digest] } {
    const [child, own] = [tree.image('team/app', 'child'), tree.image('team/app', 'own')];
    const signature = tree.image('team/app', 'signature', { subject: child.digest });
    const indexes = [
      tree.index('team/app', [child.digest]),
      tree.index('team/app', [own.digest, child.digest]),
    ] as const;
    tree.age(10 * minute);
    return { child, signature, indexes };
  }

  it.each([0, 1])(
    'D4: of two indexes that share a child and go by one request, number %i comes back complete',
    async (n) => {
      const { child, signature, indexes } = sharedChild();
      const index = indexes[n] ?? indexes[0];
      const report = await world.collect({ requests: [deleteByDigest(...indexes)] });
      expect(report).toMatchObject({ ended: { reason: 'Completed' }, sweep: { removedBySteps: { request: 2 } } });
      const shared = [child.digest, signature.digest];
      expect([...indexes, ...shared].filter((digest) => hasRevision(tree, digest))).toEqual([]);
      expect(await undelete(index)).toMatchObject({ is: 'undeleted', digest: index });
      expect([index, ...shared].filter((digest) => !hasRevision(tree, digest))).toEqual([]);
      expect(await missingIn(world)).toEqual([]);
    },
  );

  it('carries out a request that names an index and, by itself, the child of that index', async () => {
    const child = tree.image('team/app', 'child');
    const index = tree.index('team/app', [child.digest], 'v1');
    tree.age(10 * minute);
    const report = await world.collect({ requests: [deleteByDigest(child.digest, index)] });
    expect(report).toMatchObject({ ended: { reason: 'Completed' }, sweep: { spared: 0 } });
    for (const digest of [index, child.digest]) expect(hasRevision(tree, digest)).toBe(false);
  });

  it('G2: a child that was promised since the plan does not go along with its index', async () => {
    const { child, signature, indexes } = sharedChild();
    const { replica, ports } = await world.replica();
    const marker = world.inThread();
    const plan = marker.plan.bind(marker);
    marker.plan = async (order) => {
      await replica.operate('promise', [digestToken(child.digest)], world.signal, () => Promise.resolve());
      return plan(order);
    };
    const requests = [deleteByDigest(...indexes)];
    const report = await world.collect({ requests }, {}, { ...ports, openMarker: () => marker });
    expect(report).toMatchObject({ ended: { reason: 'Completed' }, sweep: { removedBySteps: { request: 2 } } });
    expect(indexes.filter((index) => hasRevision(tree, index))).toEqual([]);
    for (const { digest } of [child, signature]) expect(hasRevision(tree, digest)).toBe(true);
    for (const digest of child.layers) expect(tree.exists(layout.layerLink(app, digest))).toBe(true);
    expect(await missingIn(world)).toEqual([]);
  });

  it('D1: a request carries out what it names once, whatever comes there later', async () => {
    const { old } = twoTagsAndGarbage(tree);
    const requests = [deleteByDigest(old.digest)];
    expect(await world.collect({ requests })).toMatchObject({
      ended: { reason: 'Completed' },
      sweep: { removedBySteps: { request: 1 } },
    });
    expect(hasRevision(tree, old.digest)).toBe(false);
    expect(tree.exists(layout.tagDirectory(app, v1))).toBe(false);
    expect(await missingIn(world)).toEqual([]); // D4
    tree.image('team/app', 'old', { tag: 'v1' });
    tree.age(10 * minute);
    expect(await world.collect({ requests })).toMatchObject({ sweep: { removed: 0 }, alreadyAbsent: ['registry/dr'] });
    expect(hasRevision(tree, old.digest)).toBe(true);
  });

  it('D3: a request spares a manifest to which an index refers that was pushed after the plan', async () => {
    const { old } = twoTagsAndGarbage(tree);
    const marker = world.inThread();
    const choose = marker.choose.bind(marker);
    marker.choose = (limit) => {
      if (!tree.exists(layout.tagLink(app, tagNamed('index')))) {
        tree.index('team/app', [old.digest], 'index');
        tree.age(10 * minute);
      }
      return choose(limit);
    };
    await world.collect({ requests: [deleteByDigest(old.digest)] }, {}, { openMarker: () => marker });
    expect(hasRevision(tree, old.digest)).toBe(true);
    expect(await missingIn(world)).toEqual([]);
  });

  it('serves a client’s DELETE while it marks, and marks on', async () => {
    const { old, garbage } = twoTagsAndGarbage(tree);
    const { deletions, ports } = await world.replica();
    const marker = world.inThread();
    const mark = marker.mark.bind(marker);
    const deleted = Promise.withResolvers<string>();
    marker.mark = async (order) => {
      const outcome = await deletions.request({ kind: 'manifest', repository: app, digest: old.digest }, world.signal);
      deleted.resolve(outcome.is);
      return mark(order);
    };
    const report = await world.collect({}, {}, { ...ports, openMarker: () => marker });
    expect(await deleted.promise).toBe('deleted');
    expect(report.ended?.reason).toBe('Completed');
    expect(hasRevision(tree, old.digest)).toBe(false);
    expect(hasRevision(tree, garbage.digest)).toBe(false);
    expect(await missingIn(world)).toEqual([]);
  });

  it('D4: keeps what a client deleted after the mark had found it unreachable', async () => {
    const { garbage } = twoTagsAndGarbage(tree);
    const { deletions, ports } = await world.replica();
    const marker = world.inThread();
    const plan = marker.plan.bind(marker);
    const outcomes: Promise<{ is: string }>[] = [];
    marker.plan = async (order) => {
      const target = { kind: 'manifest', repository: app, digest: garbage.digest } as const;
      outcomes.push(deletions.request(target, world.signal));
      while ((await world.records.requests.listOpen(world.signal)).length === 0) await new Promise(setImmediate);
      return plan(order);
    };
    const report = await world.collect({}, {}, { ...ports, openMarker: () => marker });
    expect(report.ended?.reason).toBe('Completed');
    expect(await Promise.all(outcomes)).toEqual([{ is: 'deleted' }]);
    expect(tree.exists(layout.blob(garbage.config))).toBe(true);
    expect(await missingIn(world)).toEqual([]);
  });
});
