import { describe, expect, it } from 'vitest';
import { runSchedule } from './testing/schedule/schedule.ts';
import { replayOf, Tally } from './testing/sweep/tally.ts';

const schedules = 120;
/** Of what has to have happened (`interesting`), what a few schedules show. */
const soon = [
  ...['PUT-manifest: pushed', 'mount: mounted', 'DELETE-tag: deleted', 'undelete: undeleted', 'runs: Completed'],
  ...['objects removed', 'lives ended: permitLapsed', 'nudges lost'],
  ...['faults: ambush', 'faults: kill', 'faults: cut', 'bucket: requests without an answer'],
];

describe('the registry on a simulated storage', () => {
  it(`G2, G5, D1, D4: ${schedules} schedules lose nothing that was acknowledged, and come to rest`, async () => {
    const tally = new Tally();
    for (let seed = 1; seed <= schedules; seed += 1) tally.add(await runSchedule(seed));
    const { failures, counts } = tally.figures;
    expect(failures.map(({ seed, violations }) => replayOf(seed, violations))).toEqual([]);
    expect(soon.filter((what) => counts[what] === undefined)).toEqual([]);
  });

  // Between them a bucket and a filesystem, a power cut and a process that is killed.
  it.each([1, 2, 3, 4, 5, 6])('replays the one history of seed %d exactly', async (seed) => {
    const once = await runSchedule(seed, {}, 'calls');
    const again = await runSchedule(seed, {}, 'calls');
    expect(again.history).toEqual(once.history);
    expect(again.digest).toBe(once.digest);
    expect(again.counts).toEqual(once.counts);
    // Told or not, it is the same.
    expect((await runSchedule(seed)).digest).toBe(once.digest);
    expect((await runSchedule(seed + 100)).digest).not.toBe(once.digest);
  });
});
