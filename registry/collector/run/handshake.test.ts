import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fence, isWindow } from '../../../core/window/gate.ts';
import { parseLifeId } from '../../../core/window/identity.ts';
import { FilesystemDriver } from '../../storage/filesystem/driver.ts';
import { layout } from '../../storage/layout.ts';
import { known } from '../../storage/testing/testStorage.ts';
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
