import { describe, expect, it } from 'vitest';
import { type Allowance, searchAll } from './testing/explorer/exhaustive.ts';
import type { Rule } from './testing/explorer/setting.ts';
import { smallWorld } from './testing/explorer/worlds.ts';

const untroubled: Allowance = { ticks: 0, kills: 0, leaves: 0 };

const searches = [
  { name: 'two replicas', cast: { replicas: 2 }, allowance: untroubled, limit: 100_000, isComplete: true },
  {
    name: 'a process that may be killed at any step',
    cast: {},
    allowance: { ...untroubled, kills: 1 },
    limit: 150_000,
    isComplete: true,
  },
  {
    name: 'a replica that may leave at any step',
    cast: {},
    allowance: { ...untroubled, leaves: 1 },
    limit: 60_000,
    isComplete: false,
  },
  {
    name: 'a clock that may tick at any step',
    cast: {},
    allowance: { ...untroubled, ticks: 1 },
    limit: 60_000,
    isComplete: false,
  },
  { name: 'two executors', cast: { executors: 2 }, allowance: untroubled, limit: 60_000, isComplete: false },
];

describe('every order of steps in a small world', () => {
  it.each(searches)(
    'W1, G2: keeps what is pushed, with $name',
    ({ cast, allowance, limit, isComplete }) => {
      const found = searchAll(smallWorld(cast), allowance, limit);
      expect(found.history?.join('\n')).toBeUndefined();
      expect(found.pushes).toBeGreaterThan(0);
      expect(found.isComplete).toBe(isComplete);
      expect(found.states).toBeGreaterThan(50_000);
    },
    200_000,
  );

  const broken: { readonly name: string; readonly without: Rule; readonly allowance: Allowance }[] = [
    { name: 'the handshake of MARKING', without: 'handshake', allowance: { ...untroubled, leaves: 1 } },
    { name: 'the record of a life that left', without: 'leavingKeepsRecord', allowance: { ...untroubled, leaves: 1 } },
    { name: 'the epoch in acknowledgements', without: 'acksOfThisEpoch', allowance: untroubled },
  ];

  it.each(broken)(
    'loses a push without $name',
    ({ without, allowance }) => {
      const { history } = searchAll(smallWorld({}, [without]), allowance, 200_000);
      expect(history?.at(-1)).toContain('G2: tag:t0 refers to m0, and data:b0 is missing');
    },
    200_000,
  );
});
