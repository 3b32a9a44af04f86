import { describe, expect, it } from 'vitest';
import { ablations } from './testing/explorer/ablations.ts';
import { type Counter, nothingCovered } from './testing/explorer/judge.ts';
import { explore, tellShortest } from './testing/explorer/schedule.ts';
import { anyWorld } from './testing/explorer/worlds.ts';

const schedules = Number(process.env['COPPICE_EXPLORER_SCHEDULES'] ?? 10_000);
const firstSeed = Number(process.env['COPPICE_EXPLORER_SEED'] ?? 1);

describe('random schedules', () => {
  it('W1 to W5, W7, G2, G3, D4: no schedule loses what was acknowledged, or leaves the registry held', () => {
    const times = Object.fromEntries(Object.keys(nothingCovered).map((counter) => [counter, 0]));
    for (let seed = firstSeed; seed < firstSeed + schedules; seed += 1) {
      const { flaw, covered } = explore(seed, anyWorld());
      if (flaw !== undefined) expect.unreachable(tellShortest(seed, anyWorld()));
      for (const [counter, count] of Object.entries(covered))
        times[counter] = (times[counter] ?? 0) + (count > 0 ? 1 : 0);
    }
    const share = (counter: Counter): number => (times[counter] ?? 0) / schedules;
    // A schedule in which nothing happens shows nothing: so often, in the midst of trouble, there was…
    expect(share('pushes')).toBeGreaterThan(0.6);
    expect(share('sweeps')).toBeGreaterThan(0.5);
    expect(share('removals')).toBeGreaterThan(0.5);
    expect(share('fenced')).toBeGreaterThan(0.4);
    expect(share('left')).toBeGreaterThan(0.3);
    expect(share('held')).toBeGreaterThan(0.15);
    expect(share('lapsed')).toBeGreaterThan(0.1);
    expect(share('deletes')).toBeGreaterThan(0.08);
    expect(share('spared')).toBeGreaterThan(0.05);
    expect(share('undeletes')).toBeGreaterThan(0.01);
    expect(share('writesRefused')).toBeGreaterThan(0.01);
    expect(share('removalsRefused')).toBeGreaterThan(0.001);
  }, 400_000);

  it('are the same each time: one seed, one schedule', () => {
    const [first, second] = [explore(7, anyWorld()), explore(7, anyWorld())];
    expect(first.moves.length).toBeGreaterThan(100);
    expect(second).toEqual(first);
  });

  it('tell a failure as a short history that still goes wrong', () => {
    const journal = ablations.find(({ without }) => without.includes('journal'));
    if (journal === undefined) throw new Error('no ablation of the journal');
    let seed = 1;
    while (explore(seed, journal.makeStart).flaw === undefined) seed += 1;
    const told = tellShortest(seed, journal.makeStart).split('\n');
    expect(told[0]).toMatch(new RegExp(`^seed ${seed}: (G2|G3|D4|W7)`));
    expect(told.length).toBeLessThan(explore(seed, journal.makeStart).moves.length);
    expect(told.at(-1)).toContain('removed');
  });
});
