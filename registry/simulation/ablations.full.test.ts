import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Threads } from '../../core/window/testing/threads.ts';
import { ablationNames, type Caught } from './testing/ablations/ablations.ts';
import type { CatchAsked } from './testing/ablations/worker.ts';
import { replayOf } from './testing/sweep/tally.ts';

const within = 600;
const threads = 2;

describe.concurrent('a simulation without one thing around the code', () => {
  let crowd: Threads<CatchAsked, Caught | undefined>;
  beforeAll(() => {
    crowd = Threads.start(new URL('testing/ablations/worker.ts', import.meta.url), threads);
  });
  afterAll(async () => crowd.end());

  it.each(ablationNames)(`catches %s within ${within} schedules`, async (name) => {
    const caught = await crowd.ask({ name, within });
    console.log(`${name}: ${caught === undefined ? 'not caught' : replayOf(caught.seed, [caught.violation], name)}`);
    expect(caught).toBeDefined();
    expect(caught?.withoutIt).toEqual([]);
  });
});
