import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declare, type ReadOnlyPorts, withdraw } from './readOnly.ts';
import { eventually } from './testing/handClock.ts';
import { signal, TestWorld } from './testing/testWorld.ts';
import { token } from './testing/tokens.ts';

const backup = { reason: 'backup', owner: 'ops', since: 1 };
const done = (): Promise<string> => Promise.resolve('done');

describe('read-only', () => {
  let world: TestWorld;
  let ports: ReadOnlyPorts;
  beforeEach(async () => {
    world = await TestWorld.inMemory();
    ports = { gates: world.records.gates, mono: world.clock.mono, timers: world.clock.timers };
  });
  afterEach(() => world.close());

  it('refuses commits at once with the reason, and lets promises pass', async () => {
    const { replica, metrics } = await world.replica();
    expect(await declare(ports, backup, 0, signal)).toMatchObject({ is: 'set' });
    await replica.nudge();
    await expect(replica.operate('commit', [token('a')], signal, done)).rejects.toMatchObject({
      reason: 'readOnly',
      message: 'the registry is read-only: backup',
    });
    expect(await replica.operate('promise', [token('a')], signal, done)).toBe('done');
    expect(metrics.refused).toEqual(['readOnly']);
    expect(await withdraw(ports, 'ops', 0, signal)).toMatchObject({ is: 'set' });
    await replica.nudge();
    expect(await replica.operate('commit', [token('a')], signal, done)).toBe('done');
  });

  it('W5: stays until its owner ends it', async () => {
    await declare(ports, backup, 0, signal);
    const { epoch } = await world.gate();
    expect(await declare(ports, backup, 0, signal)).toEqual({ is: 'standing', epoch });
    expect(await declare(ports, { ...backup, owner: 'other' }, 0, signal)).toEqual({ is: 'ownedBy', owner: 'ops' });
    expect(await withdraw(ports, 'other', 0, signal)).toEqual({ is: 'ownedBy', owner: 'ops' });
    expect((await world.gate()).readOnly).toEqual(backup);
    expect(await withdraw(ports, undefined, 0, signal)).toMatchObject({ is: 'set' });
    expect(await withdraw(ports, 'ops', 0, signal)).toMatchObject({ is: 'standing' });
  });

  it('waits while a window stands, and gives up when its budget is spent', async () => {
    await world.beginRun();
    await world.holdWindow([token('a')]);
    expect(await declare(ports, backup, 0, signal)).toEqual({ is: 'busy' });
    const declared = declare(ports, backup, 10_000, signal);
    await world.openUp();
    let outcome: unknown;
    void declared.then((came) => {
      outcome = came;
    });
    await eventually(() => {
      world.clock.advance(10);
      return outcome !== undefined;
    });
    expect(outcome).toMatchObject({ is: 'set' });
    expect((await world.gate()).readOnly).toEqual(backup);
  });
});
