import { afterEach, describe, expect, it } from 'vitest';
import { fence, isWindow } from '../../core/window/gate.ts';
import type { LifeId } from '../../core/window/identity.ts';
import { fenceLife } from './fencing.ts';
import { fenceSilent } from './housekeeping.ts';
import { eventually } from './testing/handClock.ts';
import { known, signal, TestWorld } from './testing/testWorld.ts';

async function fenceNow(world: TestWorld, life: LifeId): Promise<void> {
  const gate = await world.gate();
  if (isWindow(gate)) throw new Error('a window stands');
  expect(await world.records.gates.cas(fence(gate, [life], 1), signal)).toBe('won');
  await fenceLife(world, life, signal);
}

describe('the lives of an instance', () => {
  let world: TestWorld;
  afterEach(() => world.close());

  it('takes a later generation than a process that died under the same instance', async () => {
    world = await TestWorld.onDisk();
    const dead = await world.replica({ instance: 'pod' });
    const deadLife = known(dead.replica.state).life;
    await dead.replica.stop(AbortSignal.abort());
    const { replica } = await world.replica({ instance: 'pod' });
    const before = await world.records.members.read(deadLife, signal);
    const after = await world.records.members.read(known(replica.state).life, signal);
    expect(known(after).record.generation).toBeGreaterThan(known(before).record.generation);
  });

  it('begins a new life at once when it is fenced', async () => {
    world = await TestWorld.inMemory();
    const { replica, metrics } = await world.replica();
    await fenceNow(world, known(replica.state).life);
    await eventually(() => metrics.began.length === 2);
    expect(['fenced', 'recordGone', 'stageGone']).toContain(metrics.ended[0]);
  });

  it('stops when it is fenced twice in a minute by another process under its instance', async () => {
    world = await TestWorld.inMemory();
    const one = await world.replica({ instance: 'twin' });
    await world.replica({ instance: 'twin' });
    await fenceNow(world, known(one.replica.state).life);
    await eventually(() => one.metrics.began.length === 2);
    await world.replica({ instance: 'twin' });
    await fenceNow(world, known(one.replica.state).life);
    expect(await one.replica.closed).toBe('duplicateInstance');
  });

  it('goes on when it is fenced often by executors alone, also where its predecessor left a record', async () => {
    world = await TestWorld.inMemory();
    const predecessor = await world.replica({ instance: 'alone' });
    await predecessor.replica.stop(AbortSignal.abort());
    const { replica, metrics } = await world.replica({ instance: 'alone' });
    for (let lives = 1; lives < 5; lives += 1) {
      await eventually(() => metrics.began.length === lives && replica.state?.at === 'serving');
      await eventually(() => replica.touch([]));
      await fenceNow(world, known(replica.state).life);
    }
    await eventually(() => metrics.began.length === 5);
  });
});

describe('housekeeping', () => {
  let world: TestWorld;
  let storageNow = 0;
  afterEach(() => world.close());

  it('fences a life whose record is ten minutes old, and no other, and its commits are refused', async () => {
    storageNow = 1_000_000;
    world = await TestWorld.inMemory(() => storageNow);
    const silent = await world.replica();
    const silentLife = known(silent.replica.state).life;
    await silent.replica.stop(AbortSignal.abort()); // dies: its record and stage stay
    storageNow += 10 * 60_000 + 1;
    const { replica } = await world.replica(); // tidies as it begins
    const life = known(replica.state).life;
    await eventually(async () => (await world.records.members.list(signal)).length === 1);
    expect(await world.records.members.list(signal)).toEqual([life]);
    expect((await world.gate()).fenced.map((fenced) => fenced.life)).toEqual([silentLife]);
    expect(await world.driver.standsLife(silentLife, signal)).toBe(false);
  });

  it('fences nobody while a run goes on, whose journals it would take away', async () => {
    storageNow = 1_000_000;
    world = await TestWorld.inMemory(() => storageNow);
    const { replica } = await world.replica();
    await replica.stop(AbortSignal.abort());
    await world.beginRun();
    storageNow += 60 * 60_000;
    expect(await fenceSilent(world, undefined, signal)).toEqual([]);
    expect(await world.records.members.list(signal)).toHaveLength(1);
  });

  it('renews the record of a life each minute', async () => {
    storageNow = 1_000_000;
    world = await TestWorld.inMemory(() => storageNow);
    const { replica } = await world.replica();
    const { life } = known(replica.state);
    storageNow = 2_000_000;
    for (let passed = 0; passed < 60_000; passed += 2_500) {
      world.clock.advance(2_500);
      await replica.nudge();
    }
    expect(await world.records.members.writtenAt(life, signal)).toBe(2_000_000);
    expect(known(replica.state).life).toBe(life);
  });
});
