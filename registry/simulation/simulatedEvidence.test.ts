import { describeEvidence } from '../evidence/testing/evidenceSuite.ts';
import type { Calls } from './testing/kernel/process.ts';
import { SimulatedDisk } from './testing/storage/disk.ts';
import { SimulatedDriver } from './testing/storage/driver.ts';
import { Tree } from './testing/storage/tree.ts';

const immediate: Calls = {
  step: async (_call, _about, effect) => {
    await new Promise((resolve) => setImmediate(resolve));
    return effect();
  },
  hear: queueMicrotask,
};

describeEvidence('simulated', async () => {
  let [time, given] = [1_700_000_000_000, 0];
  const now = (): number => (time += 1);
  const disk = new SimulatedDisk({ now, names: 'anyOrder', lags: false, cuts: true, syncs: true });
  const fresh = (): string => `f${(given += 1)}`;
  return {
    another: () => new SimulatedDriver(new Tree(immediate, disk, fresh, { refusesLate: true })),
    dispose: async () => undefined,
  };
});
