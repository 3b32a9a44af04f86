import { type Allowance, untroubled } from './exhaustive.ts';
import type { Rule } from './rules.ts';
import type { World } from './world.ts';
import { smallWorld } from './worlds.ts';

export interface Search {
  readonly name: string;
  readonly start: World;
  readonly allowance: Allowance;
  /** Bounded: this many states of more. */
  readonly limit?: number;
}

export const searches: readonly Search[] = [
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

/** In which a push is lost, for something is missing. */
export const brokenSearches: readonly Search[] = [
  without('handshake', 'the handshake of MARKING', { ...untroubled, leaves: 1 }),
  without('leavingKeepsRecord', 'the record of a life that left', { ...untroubled, leaves: 1 }),
  without('acksOfThisEpoch', 'the epoch in acknowledgements', untroubled),
];

function without(rule: Rule, name: string, allowance: Allowance): Search {
  return { name, start: smallWorld({}, [rule]), allowance, limit: 400_000 };
}
