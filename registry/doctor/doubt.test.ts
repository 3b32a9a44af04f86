import { cpSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CollectorWorld } from '../collector/testing/collectorWorld.ts';
import { findingKinds } from './findingKinds.ts';
import { damages } from './testing/damages.ts';
import { Patient } from './testing/patient.ts';

describe('what the doctor says of collections', () => {
  // Records of Coppice are made anew for these, so that damage to them has its own words.
  it.each(damages.filter(({ isOfRecords }) => isOfRecords !== true))('G1: holds for $what', async (damage) => {
    const patient = new Patient();
    const world = new CollectorWorld();
    try {
      const told = damage.break(patient.tree, patient);
      cpSync(patient.root, world.tree.root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      await world.open();
      await world.records.storage.adopt(world.signal);
      const { ended } = await world.collect();
      const endsInDoubt = told.some(([name]) => findingKinds[name].todo.includes('collections end in doubt'));
      expect(ended?.reason, ended?.message).toBe(endsInDoubt ? 'Doubt' : 'Completed');
    } finally {
      patient.remove();
      await world.close();
    }
  });
});
