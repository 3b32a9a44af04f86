import { expect, it } from 'vitest';
import { counters } from './testing/explorer/coverage.ts';
import { exploreSeeds } from './testing/explorer/crowd.ts';
import { tellShortest } from './testing/explorer/shrinking.ts';
import { anyWorld } from './testing/explorer/worlds.ts';

const count = 200_000;

it('W1 to W5, W7, G2 to G4, D1, D4: none of 200,000 schedules loses what was acknowledged, or leaves the registry held', async () => {
  const begun = performance.now();
  const end = await exploreSeeds({ from: 1, count, workers: 2 }, new AbortController().signal, () => undefined);
  const seconds = (performance.now() - begun) / 1_000;
  if (end.flawed !== undefined) expect.unreachable(tellShortest(end.flawed, anyWorld()));
  console.log(
    `${end.schedules} schedules, ${end.moves} moves, ${Math.round(end.schedules / seconds)} schedules a second`,
  );
  for (const counter of counters) {
    const share = ((100 * end.schedulesWith[counter]) / end.schedules).toFixed(1);
    console.log(`${counter}: ${end.events[counter]}, in ${share} % of the schedules`);
    expect(end.events[counter]).toBeGreaterThan(0);
  }
  expect(end.schedules).toBe(count);
});
