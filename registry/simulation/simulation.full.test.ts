import { expect, it } from 'vitest';
import { interesting } from './testing/sweep/interesting.ts';
import { sweep } from './testing/sweep/sweep.ts';
import { replayOf, Tally } from './testing/sweep/tally.ts';

const schedules = 5000;

it(`G2, G5, D1, D4: ${schedules} schedules lose nothing that was acknowledged, and come to rest`, async () => {
  const begun = performance.now();
  const { signal } = new AbortController();
  const { figures } = await sweep({ from: 1, count: schedules }, 2, signal);
  console.log(new Tally(figures).describe((performance.now() - begun) / 1000));
  expect(figures.failures.map(({ seed, violations }) => replayOf(seed, violations))).toEqual([]);
  expect(figures.schedules).toBe(schedules);
  // What did not happen was not shown.
  expect(interesting.filter((what) => figures.counts[what] === undefined)).toEqual([]);
});
