import { afterAll, describe, expect, it } from 'vitest';
import { type Allowance, searchAll, untroubled } from './testing/explorer/exhaustive.ts';
import type { Rule } from './testing/explorer/rules.ts';
import { smallWorld } from './testing/explorer/worlds.ts';
import type { World } from './testing/explorer/world.ts';

interface Search {
  readonly name: string;
  readonly start: World;
  readonly allowance: Allowance;
  /** Bounded: this many states of more. */
  readonly limit?: number;
}

const searches: readonly Search[] = [
  { name: 'two replicas', start: smallWorld({ replicas: 2 }), allowance: untroubled },
  { name: 'a process killed at any step', start: smallWorld({}), allowance: { ...untroubled, kills: 1 } },
  { name: 'a replica that leaves at any step', start: smallWorld({}), allowance: { ...untroubled, leaves: 1 } },
  {
    name: 'a clock that ticks at any step',
    start: smallWorld({}),
    allowance: { ...untroubled, ticks: 1 },
    limit: 250_000,
  },
  { name: 'two executors', start: smallWorld({ executors: 2 }), allowance: untroubled, limit: 200_000 },
  {
    name: 'object storage, an answer that does not come, and a clock that ticks',
    start: smallWorld({}, [], 'objects'),
    allowance: { ...untroubled, givenUp: 1, ticks: 1 },
    limit: 250_000,
  },
  {
    name: 'object storage and a process killed at any step',
    start: smallWorld({}, [], 'objects'),
    allowance: { ...untroubled, kills: 1 },
  },
];

let states = 0;
afterAll(() => {
  console.log(`${states} states in all`);
});

describe('every order of steps in a small world', () => {
  it.each(searches)('W1, G2: keeps what is pushed, with $name', ({ name, start, allowance, limit }) => {
    const found = searchAll(start, allowance, limit ?? 1_000_000);
    states += found.states;
    console.log(`${name}: ${found.states} states, ${found.isComplete ? 'complete' : 'bounded'}`);
    expect(found.history?.join('\n')).toBeUndefined();
    expect(found.pushes).toBeGreaterThan(0);
    expect(found.isComplete).toBe(limit === undefined);
  });

  it('reaches a million states', () => {
    expect(states).toBeGreaterThanOrEqual(1_000_000);
  });

  const broken: { readonly name: string; readonly without: Rule; readonly allowance: Allowance }[] = [
    { name: 'the handshake of MARKING', without: 'handshake', allowance: { ...untroubled, leaves: 1 } },
    { name: 'the record of a life that left', without: 'leavingKeepsRecord', allowance: { ...untroubled, leaves: 1 } },
    { name: 'the epoch in acknowledgements', without: 'acksOfThisEpoch', allowance: untroubled },
  ];

  it.each(broken)('loses a push without $name', ({ name, without, allowance }) => {
    const { history, states: needed } = searchAll(smallWorld({}, [without]), allowance, 400_000);
    console.log(`without ${name}: lost after ${(history?.length ?? 0) - 1} steps, ${needed} states`);
    expect(history?.at(-1)).toContain('G2: tag:t0 refers to m0, and data:b0 is missing');
  });
});
