import { describe, expect, it } from 'vitest';
import { ablations } from './testing/explorer/ablations.ts';
import { explore } from './testing/explorer/schedule.ts';

const schedules = 5_000;

describe('each rule of the protocol, switched off around the machines', () => {
  it.each(ablations)('is missed: $name', ({ makeStart }) => {
    let seed = 1;
    while (seed <= schedules && explore(seed, makeStart).flaw === undefined) seed += 1;
    expect(seed).toBeLessThanOrEqual(schedules);
  });
});
