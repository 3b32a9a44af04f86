import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../core/oci/digest.ts';
import type { Tombstone } from '../../../core/reach/tombstone.ts';
import type { DeletionTarget } from '../../repository/deletions.ts';
import { SyncTree } from '../inventory/syncTree.ts';
import { TreeInventory } from '../inventory/treeInventory.ts';
import type { TreeReader } from '../inventory/treeReader.ts';
import type { Marker } from '../marker/marker.ts';
import { MarkSession } from '../marker/markSession.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import { type ImageTree, tagNamed } from '../testing/imageTree.ts';
import { missingIn } from '../testing/missing.ts';
import { app, hasRevision, newest, twoTagsAndGarbage } from '../testing/scenes.ts';

/** A number from 0 up to below `n` each time, the same ones for the same seed. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Lets `pause` come between any two looks at the tree. */
function interrupted(tree: SyncTree, pause: () => Promise<void>): TreeReader {
  return {
    list: async (path) => {
      await pause();
      return tree.list(path);
    },
    look: (path) => tree.look(path),
    read: async (path, limitBytes) => {
      await pause();
      return tree.read(path, limitBytes);
    },
    rest: () => tree.rest(),
  };
}

describe('what unexpired tombstones keep', () => {
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

  /** Indexes, their children and signatures, some with tags; and what may be deleted of it. */
  function manyManifests(throwDice: (n: number) => number): DeletionTarget[] {
    const children = Array.from({ length: 5 }, (_, n) =>
      tree.image('team/app', `child ${n}`, { layers: [`own ${n}`, `shared ${throwDice(3)}`] }),
    );
    const signatures = children
      .slice(0, 2)
      .map(({ digest }, n) => tree.image('team/app', `signature ${n}`, { subject: digest }).digest);
    const some = (): Digest[] => children.filter(() => throwDice(2) === 0).map(({ digest }) => digest);
    const indexes = [tree.index('team/app', some(), 'i0'), tree.index('team/app', some())];
    const alone = children.filter(() => throwDice(2) === 0);
    for (const [n, { digest }] of alone.entries()) tree.tag('team/app', `c${n}`, digest);
    tree.age(10 * minute);
    const digests = [...indexes, ...children.map(({ digest }) => digest), ...signatures];
    return [
      ...digests.map((digest) => ({ kind: 'manifest', repository: app, digest }) as const),
      ...['i0', ...alone.keys().map((n) => `c${n}`)].map(
        (tag) => ({ kind: 'tag', repository: app, tag: tagNamed(tag) }) as const,
      ),
    ];
  }

  async function isOpen(): Promise<void> {
    while ((await world.records.gates.read(world.signal))?.phase !== 'OPEN') await new Promise(setImmediate);
  }

  /** A mark between any two looks of which `pause` may come, the lists of tombstones among them. */
  function interruptedMark(seed: number, pause: () => Promise<void>): Marker {
    const readTombstones = async (): Promise<readonly Tombstone[]> => {
      await pause();
      return world.records.tombstones.list(world.signal);
    };
    const { driver, records, signal } = world;
    const mono = (): number => performance.now();
    const openInventory = (): TreeInventory =>
      new TreeInventory(interrupted(new SyncTree(tree.root), pause), readTombstones);
    return new MarkSession(
      { openInventory, clock: driver, suspects: records.suspects, edges: records.edges, mono, seed: () => seed },
      signal,
    );
  }

  // Of sixty seeds those at which it fails without the second list of tombstones, or without sparing what a run itself buries.
  it.each([12, 26, 29, 33, 45, 51, 58])(
    'D4: stays whole when clients delete before and within a mark of everything untagged (seed %i)',
    async (seed) => {
      const throwDice = dice(seed * 7919);
      const targets = manyManifests(throwDice);
      const { deletions, ports } = await world.replica();
      const asked: Promise<void>[] = [];
      const deleteOne = async (): Promise<void> => {
        const [target] = targets.splice(throwDice(targets.length), 1);
        if (target !== undefined) await deletions.request(target, world.signal);
      };
      for (let n = throwDice(3); n > 0; n--) await deleteOne();
      await isOpen();
      let left = 4;
      const pause = async (): Promise<void> => {
        if (left === 0 || throwDice(25) !== 0) return;
        left--;
        const deleting = deleteOne();
        asked.push(deleting);
        if (throwDice(3) !== 0) await deleting;
      };
      const openMarker = (): Marker => interruptedMark(seed, pause);
      const report = await world.collect({}, { maxHeld: 4 }, { ...ports, openMarker });
      expect(report.ended?.reason).toBe('Completed');
      await Promise.all(asked);
      expect(await missingIn(world)).toEqual([]);
      await isOpen();
      expect(await world.collect({}, {}, ports)).toMatchObject({ ended: { reason: 'Completed' } });
      expect(await missingIn(world)).toEqual([]);
    },
  );

  async function lapse(): Promise<void> {
    const { tombstones } = world.records;
    for (const tombstone of await tombstones.list(world.signal)) {
      await tombstones.remove(tombstone.id, world.signal);
      const [at, until] = [tombstone.at - minute, tombstone.at - 1];
      await tombstones.write({ ...tombstone, at, until }, world.signal);
    }
  }

  it('goes when they lapse, and each lapsed tombstone with the run that finds nothing left to release', async () => {
    const { old } = twoTagsAndGarbage(tree);
    const keep = { untagged: 'Keep' } as const;
    await world.collect({ policies: [newest] }, keep);
    await world.collect({}, keep);
    expect(await world.records.tombstones.list(world.signal)).toHaveLength(1);
    await lapse();
    await world.collect({ mode: 'plan' }, keep);
    expect(hasRevision(tree, old.digest)).toBe(true);
    await world.collect({}, keep);
    expect(hasRevision(tree, old.digest)).toBe(false);
    expect(await world.records.tombstones.list(world.signal)).toHaveLength(1); // it went in this run
    await world.collect({}, keep);
    expect(await world.records.tombstones.list(world.signal)).toEqual([]);
  });

  it('leaves no lapsed tombstone of what a tag names again', async () => {
    const { old } = twoTagsAndGarbage(tree);
    await world.collect({ policies: [newest] });
    await lapse();
    tree.tag('team/app', 'v3', old.digest);
    tree.age(10 * minute);
    await world.collect();
    expect(hasRevision(tree, old.digest)).toBe(true);
    expect(await world.records.tombstones.list(world.signal)).toEqual([]);
  });
});
