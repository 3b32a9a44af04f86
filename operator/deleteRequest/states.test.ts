import { describe, expect, it } from 'vitest';
import { RequestWorld, type Seen } from './testing/requestWorld.ts';
import type { scenarios } from './testing/scenarios.ts';
import { closedRegistry, enter, settledStates } from './testing/scenarios.ts';

function row(succeeded: string, ready: string, reason: string, also: string | undefined, kstatus: string): Seen {
  return { succeeded, ready, reason, also, kstatus };
}

/** The table of issue 4, row by row, and what kstatus makes of it. */
const table: Record<keyof typeof scenarios, Seen> = {
  planning: row('Unknown', 'False', 'Planning', 'Reconciling/Planning', 'InProgress'),
  waiting: row('Unknown', 'False', 'WaitingForWindow', 'Reconciling/WaitingForWindow', 'InProgress'),
  executing: row('Unknown', 'False', 'Executing', 'Reconciling/Executing', 'InProgress'),
  stopping: row('Unknown', 'False', 'Executing', 'Reconciling/Executing', 'InProgress'),
  unavailable: row('Unknown', 'False', 'RegistryUnavailable', 'Reconciling/ProgressingWithRetry', 'InProgress'),
  planReady: row('Unknown', 'True', 'PlanReady', undefined, 'Current'),
  planChanged: row('Unknown', 'False', 'PlanChanged', 'Stalled/PlanChanged', 'Failed'),
  approvalRequired: row('Unknown', 'False', 'ApprovalRequired', 'Stalled/ApprovalRequired', 'Failed'),
  succeeded: row('True', 'True', 'Completed', undefined, 'Current'),
  absentAlready: row('True', 'True', 'AlreadyAbsent', undefined, 'Current'),
  expired: row('False', 'False', 'DeadlineExceeded', 'Stalled/DeadlineExceeded', 'Failed'),
  suspended: row('Unknown', 'True', 'Suspended', undefined, 'Current'),
  invalid: row('Unknown', 'False', 'InvalidSpec', 'Stalled/InvalidSpec', 'Failed'),
  registryNotFound: row('Unknown', 'False', 'RegistryNotFound', 'Stalled/RegistryNotFound', 'Failed'),
  refused: row('Unknown', 'False', 'Doubt', 'Stalled/Doubt', 'Failed'),
};

const over = new Set<string>(['succeeded', 'absentAlready', 'expired']);
const begun = new Set<string>(['executing']);

describe.each(settledStates)('a DeleteRequest that is %s', (at) => {
  it('looks as the table says', async () => {
    const world = await enter(at);
    expect(await world.seen()).toEqual(table[at]);
  });

  it('is left as it is by another look, and by an operator that starts anew', async () => {
    const world = await enter(at);
    const before = await world.object;
    await world.step();
    world.restart();
    await world.settle();
    const after = await world.object;
    expect(after.status.conditions).toEqual(before.status.conditions);
    expect(after.status.result).toEqual(before.status.result);
    expect(new Set(world.replicas.begun).size).toBe(world.replicas.orders.length);
  });

  it('has its finalizer only while a run may go on', async () => {
    const { metadata } = await (await enter(at)).object;
    expect(metadata.finalizers ?? []).toEqual(at === 'executing' || at === 'stopping' ? ['coppice.dev/run'] : []);
  });

  it('can be taken back (rule 8)', async () => {
    const world = await enter(at);
    if (at === 'registryNotFound') await world.registry();
    const orders = world.replicas.orders.length;
    await world.request({ mode: 'Preview', approvedPlan: '', suspend: false });
    if (at === 'planning') world.planning.answer = new RequestWorld().planning.answer;
    if (at === 'unavailable') await world.registry();
    if (at === 'stopping') world.replicas.end(await world.run(), { reason: 'Cancelled' });
    await world.settle();
    expect(world.replicas.orders).toHaveLength(orders);
    const { reason, kstatus } = await world.seen();
    if (over.has(at) || begun.has(at) || at === 'invalid') {
      expect(reason).toBe(table[at].reason);
      expect(world.events().includes('ModeChangeIgnored')).toBe(at === 'executing' || at === 'succeeded');
    } else {
      expect({ reason, kstatus }).toEqual({ reason: 'PlanReady', kstatus: 'Current' });
      expect((await world.object).status).not.toHaveProperty('startTime');
    }
  });

  it('goes within seconds when it is removed, and orders nothing more (rule 7)', async () => {
    const world = await enter(at);
    const orders = world.replicas.orders.length;
    await world.home.remove('DeleteRequest', 'dr');
    for (let look = 0; look < 21 && !(await world.isGone); look++) {
      await world.step();
      world.now += 250;
    }
    expect(await world.isGone).toBe(true);
    expect(world.replicas.orders).toHaveLength(orders);
    expect(world.replicas.cancelled).toEqual(
      at === 'executing' || at === 'stopping' ? [world.replicas.orders[0]?.id] : [],
    );
  });

  it('goes within seconds also when no replica answers, and when its Registry is gone', async () => {
    for (const isSilent of [true, false]) {
      const world = await enter(at);
      world.replicas.isSilent = isSilent;
      if (!isSilent) await world.home.remove('Registry', 'main');
      await world.home.remove('DeleteRequest', 'dr');
      for (let look = 0; look < 21 && !(await world.isGone); look++) {
        await world.step();
        world.now += 250;
      }
      expect(await world.isGone).toBe(true);
    }
  });

  it('says when its Registry is gone, and goes on where it was when that comes back', async () => {
    const world = await enter(at);
    if (at === 'registryNotFound') return;
    await world.home.remove('Registry', 'main');
    world.now += 10_000; // it is no longer new
    await world.settle();
    const { reason } = await world.seen();
    expect(reason).toBe(over.has(at) || at === 'invalid' ? table[at].reason : 'RegistryNotFound');
    const orders = world.replicas.orders.map(({ id }) => id);
    await enterRegistry(at, world);
    await world.settle();
    expect(await world.seen()).toEqual(table[at]);
    expect(world.replicas.orders.map(({ id }) => id)).toEqual(orders);
  });

  it('never waits for a person and reports that it is under way (rule 5)', async () => {
    const world = await enter(at);
    const outcome = await world.step();
    const { kstatus } = await world.seen();
    if (kstatus === 'InProgress') expect(outcome.kind).toBe('again');
  });
});

it('waits for a Registry that was applied with it and arrives later, and says nowhere that it failed', async () => {
  const world = new RequestWorld();
  await world.request();
  const outcome = await world.step();
  expect(outcome.kind).toBe('again');
  expect(await world.seen()).toEqual(table.unavailable);
  await world.registry();
  await world.settle();
  expect(await world.seen()).toEqual(table.planReady);
});

async function enterRegistry(at: string, world: RequestWorld): Promise<void> {
  if (at === 'waiting' || at === 'expired') await world.registry(closedRegistry);
  else if (at === 'unavailable') await world.registry({}, { status: 'False', reason: 'Unreachable' });
  else await world.registry();
}
