import { describe, expect, it } from 'vitest';
import { ablationNames, firstCaught } from './testing/ablations/ablations.ts';
import { replayOf } from './testing/sweep/tally.ts';

const within = 300;

describe('a simulation without one thing around the code', () => {
  it.each(ablationNames)(`catches %s within ${within} schedules`, async (name) => {
    const caught = await firstCaught(name, within);
    console.log(`${name}: ${caught === undefined ? 'not caught' : replayOf(caught.seed, [caught.violation], name)}`);
    expect(caught).toBeDefined();
    expect(caught?.withoutIt).toEqual([]);
  });
});
