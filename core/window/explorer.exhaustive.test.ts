import { describe, expect, it } from 'vitest';
import { searchAll, untroubled } from './testing/explorer/exhaustive.ts';
import { smallWorld } from './testing/explorer/worlds.ts';

const searches = [
  { name: 'two replicas', start: smallWorld({ replicas: 2 }), allowance: untroubled, isComplete: true },
  {
    name: 'object storage, and an answer that may fail to come',
    start: smallWorld({}, [], 'objects'),
    allowance: { ...untroubled, givenUp: 1 },
    isComplete: true,
  },
  {
    name: 'a process that may be killed at any step',
    start: smallWorld({}),
    allowance: { ...untroubled, kills: 1 },
    isComplete: false,
  },
  {
    name: 'a replica that may leave at any step',
    start: smallWorld({}),
    allowance: { ...untroubled, leaves: 1 },
    isComplete: false,
  },
  {
    name: 'a clock that may tick at any step',
    start: smallWorld({}),
    allowance: { ...untroubled, ticks: 1 },
    isComplete: false,
  },
];

describe('every order of steps in a small world', () => {
  it.each(searches)(
    'W1, G2: keeps what is pushed, with $name',
    ({ start, allowance, isComplete }) => {
      const found = searchAll(start, allowance, isComplete ? 100_000 : 30_000);
      expect(found.history?.join('\n')).toBeUndefined();
      expect(found.pushes).toBeGreaterThan(0);
      expect(found.isComplete).toBe(isComplete);
    },
    200_000,
  );

  it('W2: loses a push without the epoch in acknowledgements', () => {
    const { history } = searchAll(smallWorld({}, ['acksOfThisEpoch']), untroubled, 100_000);
    expect(history?.at(-1)).toContain('G2: tag:t0 refers to m0, and data:b0 is missing');
  }, 200_000);
});
