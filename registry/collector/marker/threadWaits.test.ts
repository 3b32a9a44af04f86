import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { threadWaits } from './threadWaits.ts';

/** Waits a thousand times, and says so in the second number. */
const waiter = `
  const { workerData } = require('node:worker_threads');
  const shared = new Int32Array(workerData);
  for (let time = 0; time < 1000; time += 1) Atomics.wait(shared, 0, 0, 0.1);
  Atomics.store(shared, 1, 1);
`;

describe.skipIf(process.platform !== 'linux')('the waits of a thread', () => {
  it('counts its own, and not those of the threads beside it', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const before = { own: threadWaits(), all: process.resourceUsage().voluntaryContextSwitches };
    for (let time = 0; time < 50; time += 1) Atomics.wait(shared, 0, 0, 1);
    expect(threadWaits() - before.own).toBeGreaterThanOrEqual(50);

    const thread = new Worker(waiter, { eval: true, workerData: shared.buffer });
    const beside = threadWaits();
    while (Atomics.load(shared, 1) === 0) continue; // busy, so that it does not wait itself
    await thread.terminate();
    expect(process.resourceUsage().voluntaryContextSwitches - before.all).toBeGreaterThan(1000);
    expect(threadWaits() - beside).toBeLessThan(100);
  });
});
