import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fence, type Gate, isWindow } from '../../../core/window/gate.ts';
import { parseLifeId, parseRunId } from '../../../core/window/identity.ts';
import { FilesystemDriver } from '../../storage/filesystem/driver.ts';
import { layout } from '../../storage/layout.ts';
import { known } from '../../storage/testing/testStorage.ts';
import type { Timers } from '../../window/ports.ts';
import { CollectorWorld, recordsOn } from '../testing/collectorWorld.ts';
import { Handshake } from './handshake.ts';

let world: CollectorWorld;
beforeEach(async () => {
  world = new CollectorWorld();
  await world.open();
});
afterEach(async () => {
  await world.close();
});

it('W1: takes the stage of a life away only when the gate that fences it is durable', async () => {
  const driver = new FilesystemDriver(world.tree.root);
  const durable = Promise.withResolvers<undefined>();
  const order: string[] = [];
  const [create, endLife] = [driver.create.bind(driver), driver.endLife.bind(driver)];
  driver.create = async (path, ...rest) => {
    const made = await create(path, ...rest);
    if (path.startsWith(layout.gates)) await durable.promise.then(() => order.push('durable'));
    return made;
  };
  driver.endLife = async (...asked) => {
    order.push('stage');
    await endLife(...asked);
  };
  const handshake = new Handshake(world.ports(driver, recordsOn(driver)), world.signal);
  const life = known(parseLifeId(randomUUID()));
  const open = await handshake.readGate();
  if (isWindow(open)) throw new Error('a window stands');
  const gate = fence(open, [life], 1);
  expect(await handshake.cas(gate)).toBe(true);
  const fencing = handshake.fence([life], 0);
  expect(await handshake.readGate()).toEqual(gate);
  expect(order).toEqual([]);
  durable.resolve(undefined);
  await fencing;
  expect(order).toEqual(['durable', 'stage']);
});

describe('waiting for members', () => {
  let pauses: (() => void)[];
  let answered: PromiseWithResolvers<undefined>;
  let handshake: Handshake;
  let gate: Gate;
  beforeEach(async () => {
    pauses = [];
    answered = Promise.withResolvers<undefined>();
    const timers: Timers = {
      after: (_ms, run) => {
        pauses.push(run);
        return { cancel: () => undefined };
      },
    };
    handshake = new Handshake({ ...world.ports(), timers, nudge: () => answered.promise }, world.signal);
    const open = await handshake.readGate();
    if (isWindow(open)) throw new Error('a window stands');
    gate = fence(open, [], 1);
    expect(await handshake.cas(gate)).toBe(true);
  });
  const read = async (): Promise<string> => {
    await handshake.readMembers(known(parseRunId('run-000001')), new Map());
    return 'read';
  };
  const still = async (): Promise<string> => {
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    return 'still waiting';
  };

  it('asks them when all whom a word reached have answered, whatever the clock says', async () => {
    const asked = read();
    expect(await Promise.race([asked, still()])).toBe('still waiting');
    answered.resolve(undefined);
    expect(await asked).toBe('read');
  });

  it('asks them all the same when somebody does not answer', async () => {
    const asked = read();
    await still();
    for (const pause of pauses.splice(0)) pause();
    expect(await asked).toBe('read');
  });

  it('waits for the clock once all have answered, and not without end for nothing', async () => {
    answered.resolve(undefined);
    await read();
    const waiting = handshake.wait().then(() => 'waited');
    expect(await Promise.race([waiting, still()])).toBe('still waiting');
    for (const pause of pauses.splice(0)) pause();
    expect(await waiting).toBe('waited');
    expect(await read()).toBe('read'); // and not a second time
  });
});
