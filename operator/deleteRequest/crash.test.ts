import { describe, expect, it } from 'vitest';
import { Crash, Fuse } from './testing/fuse.ts';
import { planDigest, RequestWorld } from './testing/requestWorld.ts';

/** What a user, the replicas and time do next; `undefined`: nothing, so it goes on by itself. */
type Turn = (world: RequestWorld) => Promise<void>;

async function reason(world: RequestWorld): Promise<string | undefined> {
  return (await world.isGone) ? 'Gone' : (await world.seen()).reason;
}

/** Reconciles, over every crash, until the request says `awaited` and nothing changes any more. */
async function until(world: RequestWorld, awaited: string): Promise<void> {
  for (let round = 0; round < 60; round++) {
    try {
      await world.settle();
      if ((await reason(world)) === awaited) return;
      world.now += 500;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      world.restart();
    }
  }
  throw new Error(`it never came to ${awaited}, and is ${String(await reason(world))}`);
}

/** The runs that go on end as the real ones would: what was cancelled as `Cancelled`. */
function endRuns(world: RequestWorld, removed: number): void {
  for (const { id } of world.replicas.orders) {
    const view = world.replicas.view(id);
    if (view.ended !== undefined) continue;
    const reason = world.replicas.cancelled.includes(id) ? 'Cancelled' : 'Completed';
    const { sweep } = view;
    world.replicas.end(
      id,
      { reason },
      { sweep: { ...sweep, removed, removedBySteps: { ...sweep.removedBySteps, request: removed } } },
    );
  }
}

const stories: Record<string, readonly (readonly [Turn, string])[]> = {
  'planned, approved and carried out': [
    [
      async (world) => {
        await world.registry();
        await world.request();
      },
      'PlanReady',
    ],
    [(world) => world.request({ mode: 'Execute', approvedPlan: planDigest }), 'Executing'],
    [
      async (world) => {
        endRuns(world, 1);
      },
      'Completed',
    ],
  ],
  'suspended on the way and resumed': [
    [
      async (world) => {
        await world.registry();
        await world.request({ mode: 'Execute', approvedPlan: planDigest });
      },
      'Executing',
    ],
    [(world) => world.request({ suspend: true }), 'Executing'],
    [
      async (world) => {
        endRuns(world, 3);
      },
      'Suspended',
    ],
    [(world) => world.request({ suspend: false }), 'Executing'],
    [
      async (world) => {
        endRuns(world, 4);
      },
      'Completed',
    ],
  ],
  'cut off by its deadline': [
    [
      async (world) => {
        await world.registry();
        await world.request({ mode: 'Execute', approvedPlan: planDigest, activeDeadlineSeconds: 600 });
      },
      'Executing',
    ],
    [
      async (world) => {
        world.now += 600_000;
      },
      'DeadlineExceeded',
    ],
    [
      async (world) => {
        endRuns(world, 2);
      },
      'DeadlineExceeded',
    ],
  ],
  'removed while it goes on': [
    [
      async (world) => {
        await world.registry();
        await world.request({ mode: 'Execute', approvedPlan: planDigest });
      },
      'Executing',
    ],
    [(world) => world.home.remove('DeleteRequest', 'dr'), 'Gone'],
  ],
  'taken back too late': [
    [
      async (world) => {
        await world.registry();
        await world.request({ mode: 'Execute', approvedPlan: planDigest });
      },
      'Executing',
    ],
    [(world) => world.request({ mode: 'Preview', approvedPlan: '' }), 'Executing'],
    [
      async (world) => {
        endRuns(world, 1);
      },
      'Completed',
    ],
  ],
};

/** What is left at the end, without moments: a crash costs time. */
async function play(story: readonly (readonly [Turn, string])[], fuse: Fuse) {
  const world = new RequestWorld(({ home, replicas }) => ({
    home: fuse.guard(home, new Set(['record', 'watch'])),
    replicas: fuse.guard(replicas, new Set()),
  }));
  for (const [turn, awaited] of story) {
    await turn(world);
    await until(world, awaited);
  }
  await until(world, story.at(-1)?.[1] ?? '');
  const orders = world.replicas.orders.map(({ id, mode, approvedPlan }) => ({ id, mode, approvedPlan }));
  const { cancelled } = world.replicas;
  if (await world.isGone) return { orders, cancelled };
  const { metadata, status } = await world.object;
  const { result, runRef, plan } = status;
  const conditions = status.conditions?.map(({ type, status, reason }) => ({ type, status, reason }));
  return { orders, cancelled, result, runRef, plan, conditions, finalizers: metadata.finalizers ?? [] };
}

describe.each(Object.entries(stories))('a DeleteRequest that is %s', (_name, story) => {
  it('comes to the same end by the same orders wherever the operator dies, before and after each single step', async () => {
    const undisturbed = await play(story, new Fuse(Infinity));
    let points = 0;
    for (let isOver = false; !isOver; points++) {
      const fuse = new Fuse(points);
      expect(await play(story, fuse), `died at point ${points}`).toEqual(undisturbed);
      isOver = !fuse.hasBlown;
    }
    expect(points).toBeGreaterThan(20);
  });
});
