import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CollectorWorld } from '../testing/collectorWorld.ts';
import type { Fault, Scene } from '../testing/faults/fault.ts';
import { inRecords } from '../testing/faults/inRecords.ts';
import { onDisk } from '../testing/faults/onDisk.ts';
import { whileReading } from '../testing/faults/whileReading.ts';
import { newest, twoTagsAndGarbage } from '../testing/scenes.ts';

const kinds: Readonly<Record<string, Fault>> = { ...onDisk, ...inRecords, ...whileReading };

describe('faults in the mark', () => {
  let world: CollectorWorld;
  let scene: Scene;
  beforeEach(async () => {
    world = new CollectorWorld();
    await world.open();
    scene = { world, tree: world.tree, ...twoTagsAndGarbage(world.tree) };
  });
  afterEach(async () => {
    await world.close();
  });

  it('removes a tag and what nothing reaches, without a fault', async () => {
    const report = await world.collect({ policies: [newest] });
    expect(report.ended).toMatchObject({ succeeded: true, reason: 'Completed' });
    expect(report.sweep.removedBySteps).toMatchObject({ tag: 1, manifest: 1, data: 3 });
  });

  it.each(Object.entries(kinds))(
    'G1: ends with nothing removed and its record names the object: %s',
    async (_, fault) => {
      const { object, reason = 'Doubt', ports } = await fault(scene);
      const before = world.tree.served();
      const { id } = await world.collect({ policies: [newest] }, {}, ports);
      const record = await world.records.runs.readReport(id, (value) => value, world.signal);
      expect(record?.document).toMatchObject({ ended: { succeeded: false, reason }, sweep: { removed: 0 } });
      expect(record?.document).toHaveProperty('ended.message', expect.stringContaining(object));
      expect(world.tree.served().filter((path) => !path.includes('/foreign/'))).toEqual(before);
      expect((await world.records.gates.read(world.signal))?.phase).toBe('OPEN');
    },
  );
});
