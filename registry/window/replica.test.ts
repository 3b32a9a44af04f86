import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LifeState } from '../../core/window/life.ts';
import { StorageError } from '../storage/driver.ts';
import { layout } from '../storage/layout.ts';
import { MemoryDisk } from '../storage/testing/memoryDisk.ts';
import { MemoryDriver } from '../storage/testing/memoryDriver.ts';
import type { DroppedTokens, Operation } from './admission.ts';
import { fenceLife } from './fencing.ts';
import type { Replica } from './replica.ts';
import { eventually } from './testing/handClock.ts';
import { durations, known, signal, type TestReplica, TestWorld } from './testing/testWorld.ts';
import { token } from './testing/tokens.ts';
import { hashToken } from './tokenHash.ts';

const done = (): Promise<string> => Promise.resolve('done');

function lifeOf({ replica }: TestReplica): LifeState['life'] {
  return known(replica.state).life;
}

const worlds = [
  { on: 'a filesystem', open: () => TestWorld.onDisk() },
  { on: 'memory', open: () => TestWorld.inMemory() },
];

describe.each(worlds)('a replica on $on', ({ open }) => {
  let world: TestWorld;
  afterEach(() => world.close());

  it('W4: registers, reads the gate and only then admits', async () => {
    world = await open();
    const { replica, metrics } = await world.replica();
    const [life] = metrics.began;
    expect(await world.records.members.list(signal)).toEqual([life]);
    expect(await replica.operate('commit', [token('a')], signal, done)).toBe('done');
  });

  it('acknowledges a mark with what it touched before, in a segment that its record counts', async () => {
    world = await open();
    const member = await world.replica();
    const run = await world.beginRun();
    await member.replica.nudge();
    await member.replica.operate('commit', [token('a')], signal, done);
    expect(member.replica.touch([token('b')])).toBe(true);
    const { epoch } = await world.holdWindow([token('c')]);
    await member.replica.nudge();
    const [view] = await world.records.members.readAll({ run, read: new Map() }, signal);
    expect(view?.record.acknowledged).toMatchObject({ epoch, run, phase: 'HOLDING', touchedUpTo: 2, segments: 1 });
    expect(view?.touched).toEqual([hashToken(token('a')), hashToken(token('b'))]);
  });

  it('W1: acknowledges a window only when what was in flight on its held set has settled', async () => {
    world = await open();
    const { replica, metrics } = await world.replica();
    await world.beginRun();
    await replica.nudge();
    const answer = Promise.withResolvers<string>();
    const operation = replica.operate('commit', [token('a')], signal, () => answer.promise);
    await world.holdWindow([token('a')]);
    await replica.nudge();
    expect(metrics.acknowledged).toBe(1); // of the mark
    answer.resolve('done');
    await operation;
    await eventually(() => metrics.acknowledged === 2);
  });

  it('W2: acknowledges each run and epoch for itself', async () => {
    world = await open();
    const { replica } = await world.replica();
    const first = await world.beginRun();
    const before = await replica.nudge();
    const second = await world.beginRun();
    expect(before?.acknowledged).toMatchObject({ run: first, epoch: 2 });
    const after = await replica.nudge();
    expect(after?.acknowledged).toMatchObject({ run: second, epoch: 3, touchedUpTo: 0, segments: 0 });
  });

  it('keeps the journal of one run, and drops that of the run before', async () => {
    world = await open();
    const member = await world.replica();
    const life = lifeOf(member);
    const first = await world.beginRun();
    await member.replica.nudge();
    await member.replica.operate('commit', [token('a')], signal, done);
    await world.holdWindow([token('b')]);
    await member.replica.nudge();
    expect(await world.driver.list(layout.segments(life, first), signal)).toHaveLength(1);
    await world.openUp();
    await world.beginRun();
    await member.replica.nudge();
    expect(await world.driver.list(layout.segments(life, first), signal)).toBeUndefined();
  });

  it('W6: an operation that touches no candidate is never held, and no metric says it was', async () => {
    world = await open();
    const { replica, metrics } = await world.replica();
    await world.beginRun();
    await world.holdWindow([token('a')]);
    await replica.nudge();
    for (let push = 0; push < 50; push += 1) await replica.operate('commit', [token('b')], signal, done);
    expect(replica.touch([token('b')])).toBe(true);
    expect(metrics.heldMs).toEqual([]);
    expect(replica.touch([token('a')])).toBe(false);
  });

  it('W3: a held operation goes on with a newer gate, and what was held leaves the caches before that', async () => {
    world = await open();
    const { replica, metrics } = await world.replica();
    const order: string[] = [];
    replica.onDrop((dropped: DroppedTokens) => {
      if (!dropped.all && dropped.has(token('a')) && !dropped.has(token('b'))) order.push('dropped');
    });
    await world.beginRun();
    await world.holdWindow([token('a')]);
    await replica.nudge();
    expect(replica.mayUseCache([token('a')])).toBe(false);
    const operation = replica.operate('commit', [token('a')], signal, async () => order.push('went on'));
    await eventually(() => replica.waiting === 1);
    world.clock.advance(20);
    await world.openUp();
    await replica.nudge();
    await operation;
    expect(order).toEqual(['dropped', 'went on']);
    expect(metrics.heldMs).toEqual([20]);
  });

  it('W5: a window whose executor died is ended after its time, and the removal that comes late is refused', async () => {
    world = await open();
    const { replica } = await world.replica();
    const blob = layout.reserve; // stands for content: any path of the storage can go through a door
    await world.driver.write(blob, new Uint8Array([1]), signal);
    await world.beginRun();
    const { window } = await world.holdWindow([token('a')]);
    await replica.nudge();
    const waits = expect(replica.operate('commit', [token('a')], signal, done)).rejects.toMatchObject({
      reason: 'held',
    });
    for (let passed = 0; passed < durations.windowMs; passed += 2_000) {
      expect((await world.gate()).phase).toBe('HOLDING');
      world.clock.advance(2_000);
      await replica.nudge();
    }
    await waits;
    world.clock.advance(2_000);
    await replica.nudge();
    expect((await world.gate()).phase).toBe('OPEN');
    expect(await replica.operate('commit', [token('a')], signal, done)).toBe('done');
    expect(await world.driver.remove(window, blob, signal)).toBe('windowOver');
    expect(await world.driver.stat(blob, signal)).toBeDefined();
  });

  it('W5: of several replicas one ends the lapsed window, and all go on', async () => {
    world = await open();
    const members = [await world.replica(), await world.replica(), await world.replica()];
    const run = await world.beginRun();
    const { epoch } = await world.holdWindow([token('a')]);
    await Promise.all(members.map(({ replica }) => replica.nudge()));
    const views = await world.records.members.readAll({ run, read: new Map() }, signal);
    expect(views.map(({ record }) => record.acknowledged?.epoch)).toEqual([epoch, epoch, epoch]);
    for (let passed = 0; passed <= durations.windowMs; passed += 2_000) {
      world.clock.advance(2_000);
      await Promise.all(members.map(({ replica }) => replica.nudge()));
    }
    expect(await world.gate()).toMatchObject({ phase: 'OPEN', epoch: epoch + 1 });
    await Promise.all(members.map(({ replica }) => replica.nudge()));
    const pushes = members.map(({ replica }) => replica.operate('commit', [token('a')], signal, done));
    expect(await Promise.all(pushes)).toEqual(['done', 'done', 'done']);
    expect(members.flatMap(({ metrics }) => metrics.ended)).toEqual([]);
  });

  it('W7: a permit that ran out between two readings ends the life, with everything it had begun', async () => {
    world = await open();
    const { replica, metrics } = await world.replica();
    let begun: Operation | undefined;
    const never = replica.operate('commit', [token('a')], signal, (operation) => {
      begun = operation;
      return new Promise((_resolve, reject) => {
        operation.signal.addEventListener('abort', () => {
          reject(operation.signal.reason as Error);
        });
      });
    });
    const refusal = expect(never).rejects.toMatchObject({ reason: 'lifeEnded' });
    await eventually(() => begun !== undefined);
    known(begun).mustStillHold();
    world.clock.advance(durations.permitTTLMs + 1);
    expect(() => {
      known(begun).mustStillHold();
    }).toThrow();
    await refusal;
    await eventually(() => metrics.began.length === 2);
    expect(metrics.ended).toEqual(['permitLapsed']);
  });

  it('F4: a life that leaves waits for what is in flight, keeps its journal in its record, and commits nothing more', async () => {
    world = await open();
    const member = await world.replica();
    const life = lifeOf(member);
    const run = await world.beginRun();
    await member.replica.nudge();
    const answer = Promise.withResolvers<string>();
    const operation = member.replica.operate('commit', [token('a')], signal, () => answer.promise);
    const stopped = member.replica.stop(signal);
    await expect(member.replica.operate('commit', [token('b')], signal, done)).rejects.toMatchObject({
      reason: 'lifeEnded',
    });
    answer.resolve('done');
    await operation;
    await stopped;
    expect(await member.replica.closed).toBe('left');
    const [view] = await world.records.members.readAll({ run, read: new Map() }, signal);
    expect(view).toMatchObject({ record: { life, left: true }, touched: [hashToken(token('a'))] });
    expect(metricsOf(member).ended).toEqual(['left']);
    expect(await world.driver.commit(life, layout.reserve, new Uint8Array([1]), signal)).toBe('refused');
  });

  it('ends a life whose record was removed, and begins another', async () => {
    world = await open();
    const member = await world.replica();
    const life = lifeOf(member);
    await world.records.members.remove(life, signal);
    await member.replica.nudge();
    await eventually(() => metricsOf(member).began.length === 2);
    expect(metricsOf(member).ended).toEqual(['recordGone']);
    expect(await member.replica.operate('commit', [token('a')], signal, done)).toBe('done');
  });

  it('ends a life whose stage was removed, and the storage refuses its commits already before it looks', async () => {
    world = await open();
    const member = await world.replica();
    const life = lifeOf(member);
    await world.driver.endLife(life, signal);
    expect(await world.driver.commit(life, layout.reserve, new Uint8Array([1]), signal)).toBe('refused');
    await member.replica.nudge();
    await eventually(() => metricsOf(member).began.length === 2);
    expect(metricsOf(member).ended).toEqual(['stageGone']);
  });

  it('ends a life whose acknowledgement is refused', async () => {
    world = await open();
    const member = await world.replica();
    await world.beginRun(); // which it may be acknowledging by now
    await fenceLife(world, lifeOf(member), signal);
    await member.replica.nudge();
    await eventually(() => metricsOf(member).began.length === 2);
    await member.replica.nudge();
    expect(await world.records.members.list(signal)).toEqual([lifeOf(member)]);
  });
});

describe('a replica whose storage fails in part', () => {
  let disk: MemoryDisk;
  let world: TestWorld;
  beforeEach(async () => {
    disk = new MemoryDisk(() => 1_000_000);
    world = await TestWorld.open(
      () => new MemoryDriver(disk),
      () => Promise.resolve(),
    );
  });
  afterEach(() => world.close());

  it('W3: no clock releases a hold, neither the budget nor the end of the window', async () => {
    const unableToEnd = new MemoryDriver(disk, {
      before: (method) => {
        if (method === 'endWindow') throw new StorageError(layout.doors, 'the test lets no window end');
      },
    });
    const { replica, metrics } = await world.replica({}, unableToEnd);
    await world.beginRun();
    await world.holdWindow([token('a')]);
    await replica.nudge();
    for (let passed = 0; passed <= 2 * durations.windowMs; passed += 2_000) {
      world.clock.advance(2_000);
      await replica.nudge();
    }
    const operation = replica.operate('commit', [token('a')], signal, done);
    const refusal = expect(operation).rejects.toMatchObject({ reason: 'held', retryAfterSeconds: 1 });
    world.clock.advance(5_000);
    await refusal;
    expect(metrics.refused).toEqual(['held']);
    expect(metrics.heldMs).toEqual([5_000]);
  });

  it('W6: looks once at a gate, whoever tells of it and how often, and has acknowledged it when it says so', async () => {
    let looks = 0;
    const counting = new MemoryDriver(disk, {
      before: (method, path) => {
        if (method === 'stat' && path.startsWith(`${layout.gates}/`)) looks += 1;
      },
    });
    const { replica } = await world.replica({}, counting);
    await world.beginRun();
    await replica.nudge();
    looks = 0;
    const { epoch } = await world.holdWindow([token('a')]); // the storage tells of it
    expect((await replica.nudge(epoch))?.acknowledged?.epoch).toBe(epoch);
    await world.driver.discard(layout.gate(1), signal); // and of that, too
    for (const known of [epoch, epoch - 1, 0]) await replica.nudge(known);
    expect(looks).toBe(1);
    await replica.nudge(epoch + 1);
    expect(looks).toBe(2);
  });

  it('says what it acknowledged also to one who tells of a gate while that is being written', async () => {
    const told: ReturnType<Replica['nudge']>[] = [];
    const writing = new MemoryDriver(disk, {
      before: (method) => {
        if (method === 'commitRecord' && epoch > 0) told.push(replica.nudge(epoch));
      },
    });
    let epoch = 0;
    const { replica } = await world.replica({}, writing);
    await world.beginRun();
    await replica.nudge();
    epoch = (await world.gate()).epoch + 1;
    await world.holdWindow([token('a')]);
    await replica.nudge(epoch);
    expect((await told[0])?.acknowledged?.epoch).toBe(epoch);
  });

  it('W5: a window whose held set nobody can read is ended, too', async () => {
    const unableToRead = new MemoryDriver(disk, {
      before: (method, path) => {
        const isLost = method === 'readSmall' && path.startsWith(layout.heldSets);
        if (isLost) throw new StorageError(path, 'the test has lost the held sets');
      },
    });
    const { replica, metrics } = await world.replica({}, unableToRead);
    await world.beginRun();
    await world.holdWindow([token('a')]);
    await replica.nudge();
    expect(metrics.failedPolls).toBeGreaterThan(0);
    for (let passed = 0; passed <= durations.windowMs; passed += 2_000) {
      world.clock.advance(2_000);
      await replica.nudge();
    }
    expect((await world.gate()).phase).toBe('OPEN');
    await eventually(() => replica.state?.at === 'serving' && replica.touch([token('a')]));
  });

  it('repeats an acknowledgement whose answer was lost word for word, so that nobody who read it misses what came after', async () => {
    let lost = 0;
    const losesAnswers = new (class extends MemoryDriver {
      override async commitRecord(...call: Parameters<MemoryDriver['commitRecord']>): Promise<'landed' | 'refused'> {
        const outcome = await super.commitRecord(...call);
        const isAcknowledgement = new TextDecoder().decode(call[2]).includes('"HOLDING"');
        if (isAcknowledgement && lost === 0) {
          lost += 1;
          throw new StorageError(call[1], 'the test has lost the answer');
        }
        return outcome;
      }
    })(disk);
    const { replica } = await world.replica({}, losesAnswers);
    const run = await world.beginRun();
    await replica.nudge();
    await replica.operate('commit', [token('b')], signal, done);
    await world.holdWindow([token('a')]);
    await eventually(() => lost === 1);
    const [early] = await world.records.members.readAll({ run, read: new Map() }, signal);
    expect(early?.touched).toEqual([hashToken(token('b'))]);
    await replica.operate('commit', [token('c')], signal, done);
    await world.openUp();
    const next = await world.gate();
    await world.resume(run);
    await world.holdWindow([token('a')]);
    await replica.nudge();
    const read = new Map([[known(early).record.life, known(early).record.acknowledged?.segments ?? 0]]);
    const [late] = await world.records.members.readAll({ run, read }, signal);
    expect(late?.record.acknowledged?.epoch).toBe(next.epoch + 2);
    expect(late?.touched).toEqual([hashToken(token('c'))]);
  });
});

function metricsOf({ metrics }: TestReplica): TestReplica['metrics'] {
  return metrics;
}
