import { describe, expect, it } from 'vitest';
import { Coalesced } from './coalesced.ts';

describe('coalesced work', () => {
  it('never runs twice at once, and once more for all who asked meanwhile', async () => {
    const steps: PromiseWithResolvers<undefined>[] = [];
    let running = 0;
    let most = 0;
    const work = new Coalesced(async () => {
      running += 1;
      most = Math.max(most, running);
      const step = Promise.withResolvers<undefined>();
      steps.push(step);
      await step.promise;
      running -= 1;
    });
    const first = work.request();
    const meanwhile = [work.request(), work.request(), work.request()];
    expect(steps).toHaveLength(1);
    steps[0]?.resolve(undefined);
    await first;
    while (steps.length < 2) await Promise.resolve();
    steps[1]?.resolve(undefined);
    await Promise.all(meanwhile);
    expect([steps.length, most]).toEqual([2, 1]);
    const later = work.request();
    steps[2]?.resolve(undefined);
    await later;
    expect(steps).toHaveLength(3);
  });
});
