import { describe, expect, it } from 'vitest';
import { ablations } from './testing/explorer/ablations.ts';
import { type Ground, nets, rows } from './testing/explorer/evidence.ts';
import { searchClaims } from './testing/explorer/gateClaim.ts';
import { type Rule, rules } from './testing/explorer/rules.ts';
import { explore } from './testing/explorer/schedule.ts';

const schedules = 1_500;

describe('each rule of the protocol, switched off around the machines', () => {
  it.each(ablations.filter(({ isRare }) => !isRare))('is missed: $name', ({ makeStart }) => {
    let seed = 1;
    while (seed <= schedules && explore(seed, makeStart).flaw === undefined) seed += 1;
    expect(seed).toBeLessThanOrEqual(schedules);
  });

  const shown: ReadonlySet<Ground> = new Set<Ground>([
    ...ablations.flatMap(({ without }) => without),
    ...nets.map(({ name }) => name),
    'gateClaims',
  ]);

  it.each(Object.entries(rows))('row "%s" rests on an ablation, the search of claims, or a net', (_row, grounds) => {
    expect(grounds.filter((ground) => !shown.has(ground))).toEqual([]);
    expect(grounds.length).toBeGreaterThan(0);
  });

  it('leaves no rule without one', () => {
    const ofNets = nets.flatMap((net): Rule[] => ('rule' in net ? [net.rule] : []));
    expect(rules.filter((rule) => !shown.has(rule) && !ofNets.includes(rule))).toEqual([]);
    const cited = new Set(Object.values(rows).flat());
    expect(nets.filter(({ name }) => !cited.has(name))).toEqual([]);
  });
});

describe('claims of the gate on a filesystem, in every order of steps', () => {
  it('never give one epoch twice where the highest wins, old gates being pruned meanwhile', () => {
    expect(searchClaims({ wonBy: 'highest', claimants: 2, rounds: 3 })).toEqual({ states: 1_062, wonTwice: undefined });
    expect(searchClaims({ wonBy: 'highest', claimants: 3, rounds: 2 })).toEqual({ states: 7_239, wonTwice: undefined });
  });

  it.each(['predecessor', 'creation'] as const)('would, were they won by the %s alone', (wonBy) => {
    expect(searchClaims({ wonBy, claimants: 3, rounds: 2 }).wonTwice).toBeDefined();
  });
});
