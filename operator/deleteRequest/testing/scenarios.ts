import type { State } from '../state.ts';
import { eachPlan } from './fakePlanning.ts';
import { planDigest, RequestWorld, someDigest } from './requestWorld.ts';

/** How a world comes into a state, from nothing but what users, replicas and time do; settled there. */
type Scenario = (world: RequestWorld) => Promise<void>;

export const approved = { mode: 'Execute', approvedPlan: planDigest } as const;
export const closedRegistry = { collection: { allowed: [{ schedule: '0 2 * * *', duration: '2h' }] } };

async function preview(world: RequestWorld): Promise<void> {
  await world.registry();
  await world.request();
  await world.settle();
}

async function executing(world: RequestWorld): Promise<void> {
  await preview(world);
  await world.request(approved);
  await world.settle();
}

async function ended(world: RequestWorld, reason: string): Promise<void> {
  await executing(world);
  world.replicas.end(await world.run(), { reason, at: '2026-11-23T02:00:00.000Z' });
  await world.settle();
}

type Settled = Exclude<State['at'], 'leaving' | 'finished' | 'starting'>;

export const scenarios: Readonly<Record<Settled, Scenario>> = {
  invalid: async (world) => {
    await world.registry();
    await world.request({ ...approved, targets: [{ repository: 'team/app-', digest: someDigest }] });
    await world.settle();
  },
  registryNotFound: async (world) => {
    await world.request();
    await world.settle();
    world.now += 10_000;
    await world.settle();
  },
  unavailable: async (world) => {
    await world.registry({}, { status: 'False', reason: 'Unreachable' });
    await world.request(approved);
    await world.settle();
  },
  suspended: async (world) => {
    await world.registry();
    await world.request({ ...approved, suspend: true });
    await world.settle();
  },
  planning: async (world) => {
    await world.registry();
    world.planning.answer = undefined;
    await world.request();
    await world.settle();
  },
  planReady: preview,
  approvalRequired: async (world) => {
    await preview(world);
    await world.request({ mode: 'Execute' });
    await world.settle();
  },
  planChanged: async (world) => {
    world.planning.answer = {
      ...{ is: 'planned', run: 'plan-2', at: '2026-11-23T03:00:00.000Z' },
      plan: eachPlan({ digest: `sha256:${'2'.repeat(64)}` }),
    };
    await ended(world, 'PlanChanged');
  },
  refused: (world) => ended(world, 'Doubt'),
  waiting: async (world) => {
    await world.registry(closedRegistry);
    await world.request(approved);
    await world.settle();
  },
  executing,
  stopping: async (world) => {
    await executing(world);
    await world.request({ suspend: true });
    await world.settle();
  },
  succeeded: async (world) => {
    await executing(world);
    const id = await world.run();
    const { sweep } = world.replicas.view(id);
    const removed = { ...sweep, removed: 1, removedBySteps: { ...sweep.removedBySteps, request: 1 } };
    world.replicas.end(id, {}, { sweep: removed });
    await world.settle();
  },
  absentAlready: async (world) => {
    await world.registry();
    world.planning.answer = { is: 'alreadyAbsent', at: '2026-11-23T02:00:00.000Z' };
    await world.request();
    await world.settle();
  },
  expired: async (world) => {
    await world.registry(closedRegistry);
    await world.request({ ...approved, activeDeadlineSeconds: 60 });
    await world.settle();
    world.now += 60_000;
    await world.settle();
  },
};

export const settledStates = Object.keys(scenarios) as readonly Settled[];

export const otherDigest = `sha256:${'2'.repeat(64)}`;
export const later = '2026-11-23T04:00:00.000Z';

/** A world that is in this state. */
export async function enter(at: keyof typeof scenarios): Promise<RequestWorld> {
  const world = new RequestWorld();
  await scenarios[at](world);
  return world;
}

/** Ends the recorded run as one that removed so many entries. */
export async function end(
  world: RequestWorld,
  removed: number,
  reason = 'Completed',
  more: object = {},
): Promise<void> {
  const id = await world.run();
  const { sweep } = world.replicas.view(id);
  const swept = { ...sweep, removed, removedBySteps: { ...sweep.removedBySteps, request: removed } };
  world.replicas.end(id, { reason, at: later }, { sweep: swept, ...more });
}
