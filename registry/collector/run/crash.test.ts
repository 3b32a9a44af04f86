import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import type { RetentionPolicy } from '../../../core/retention/policy.ts';
import { layout } from '../../storage/layout.ts';
import { CollectorWorld, minute, recordsOn } from '../testing/collectorWorld.ts';
import { missingIn } from '../testing/missing.ts';
import { Crash, crashingBefore } from '../testing/crashing.ts';

/** So much faster does this executor's own clock go, which decides when a dead one's window has lapsed. */
const hurry = 100;
const hurried = (): number => performance.now() * hurry;

const policy: RetentionPolicy = {
  name: 'test/newest',
  repositories: { include: ['**'], exclude: [] },
  rules: [{ name: 'newest', select: { by: 'glob', globs: ['*'] }, keep: { latest: 1, orderBy: 'pushed' } }],
};

async function builtWorld(): Promise<CollectorWorld> {
  const world = new CollectorWorld();
  await world.open();
  world.tree.image('team/app', 'old', { tag: 'old' });
  world.tree.age(minute);
  world.tree.image('team/app', 'new', { tag: 'new' });
  world.tree.image('team/app', 'garbage');
  world.tree.age(10 * minute);
  return world;
}

/** Old gates are pruned in the background: what dies there is told to nobody who waits. */
function mustBeCrash(error: unknown): 'Crash' {
  if (!(error instanceof Crash)) throw error;
  return 'Crash';
}

/** Whether the `n`th change was reached. */
async function dieAndRunAgain(n: number, expected: readonly string[]): Promise<boolean> {
  const world = await builtWorld();
  const driver = crashingBefore(n, world.tree.root);
  const ended = await world
    .collect({ policies: [policy] }, {}, world.ports(driver, recordsOn(driver, mustBeCrash)))
    .then(({ ended }) => ended?.reason)
    .catch(mustBeCrash);
  expect(await missingIn(world), `crash before change ${n}`).toEqual([]);
  // What the dead one left looks as old as it will when somebody comes.
  if (world.tree.exists(layout.runs)) world.tree.age(minute, layout.runs);
  world.tree.age(minute, layout.gates);
  const report = await world.collect({ policies: [policy] }, { attemptMs: 1 }, { mono: hurried });
  expect(report, `crash before change ${n}`).toMatchObject({ ended: { reason: 'Completed' }, audit: { missing: 0 } });
  expect(world.tree.served(), `crash before change ${n}`).toEqual(expected);
  expect((await world.records.gates.read(world.signal))?.phase).toBe('OPEN');
  await world.close();
  return ended === 'Crash';
}

describe('an executor that dies', () => {
  it(
    'G5: before any of its changes of the storage, leaves garbage only, and the next run ends where an undisturbed one would have',
    { timeout: 120_000 },
    async () => {
      const undisturbed = await builtWorld();
      expect((await undisturbed.collect({ policies: [policy] })).ended?.reason).toBe('Completed');
      const expected = undisturbed.tree.served();
      await undisturbed.close();

      const atOnce = 8;
      let crashes = 0;
      for (let from = 0; ; from += atOnce) {
        const batch = Array.from({ length: atOnce }, (_, each) => dieAndRunAgain(from + each, expected));
        const died = (await Promise.all(batch)).filter(Boolean).length;
        crashes += died;
        if (died < atOnce) break;
      }
      expect(crashes).toBeGreaterThan(30);
    },
  );
});
