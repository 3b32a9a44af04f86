import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../core/oci/digest.ts';
import type { DeletionTarget } from '../../repository/deletions.ts';
import { SyncTree } from '../inventory/syncTree.ts';
import { TreeInventory } from '../inventory/treeInventory.ts';
import type { TreeReader } from '../inventory/treeReader.ts';
import { MarkSession } from '../marker/markSession.ts';
import { CollectorWorld, minute } from '../testing/collectorWorld.ts';
import type { ImageTree } from '../testing/imageTree.ts';
import { tagNamed } from '../testing/imageTree.ts';
import { missingIn } from '../testing/missing.ts';
import { app, hasRevision } from '../testing/scenes.ts';

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
  function manyManifests(throwDice: (n: number) => number): readonly DeletionTarget[] {
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

  it.each(Array.from({ length: 60 }, (_, n) => n + 1))(
    'D4: deletes before and within a mark of everything untagged (seed %i)',
    async (seed) => {
      const throwDice = dice(seed * 7919);
      const targets = [...manyManifests(throwDice)];
      const { deletions, ports } = await world.replica();
      const asked: Promise<unknown>[] = [];
      const outcomes: string[] = [];
      const deleteOne = async (): Promise<void> => {
        const [target] = targets.splice(throwDice(targets.length), 1);
        if (target === undefined) return;
        outcomes.push((await deletions.request(target, world.signal)).is);
      };
      for (let n = throwDice(3); n > 0; n--) await deleteOne();
      let left = 4;
      const pause = async (): Promise<void> => {
        if (left === 0 || throwDice(25) !== 0) return;
        left--;
        const deleting = deleteOne();
        asked.push(deleting);
        if (throwDice(3) !== 0) await deleting;
      };
      const session = new MarkSession(
        {
          openInventory: () =>
            new TreeInventory(interrupted(new SyncTree(tree.root), pause), async () => {
              await pause();
              return world.records.tombstones.list(world.signal);
            }),
          ...{ clock: world.driver, suspects: world.records.suspects, mono: () => performance.now(), seed: () => seed },
        },
        world.signal,
      );
      const begun = performance.now();
      Object.assign(session, {});
      const report = await world.collect({}, { maxHeld: 4 }, { ...ports, openMarker: () => session });
      await Promise.all(asked);
      console.log(
        seed,
        report.ended?.reason,
        report.ended?.message,
        report.sweep.removed,
        outcomes.join(),
        Math.round(performance.now() - begun),
      );
      expect(await missingIn(world)).toEqual([]);
      await world.collect({}, {}, ports);
      expect(await missingIn(world)).toEqual([]);
      void hasRevision;
    },
  );
});
